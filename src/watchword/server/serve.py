"""The process: a socket that is bound first, uvicorn behind the deadlines, a drain at the end.

Source: ARCHITECTURE section 2 (HTTP server); users.md U21; security.md section 9 (protocol class
named, own access log, no banner).
"""

import contextlib
import errno
import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.server.deadlines import limits_of, protocol_with
from watchword.server.errors import ConfigurationError, PortInUse, ServerError
from watchword.server.settings import Settings

__all__ = ["bind", "make_server", "run"]

BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """Return a listening-ready socket, so that a taken port is known before anything starts.

    Raises:
        PortInUse: another program listens there.
        ConfigurationError: it is no address of this machine, or a port for the administrator only.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol's name asyncio leaves Nagle's algorithm on: 40 ms for each kept request.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        # On some systems two sockets may bind one address until one of them listens.
        sock.listen(BACKLOG)
    except (OSError, UnicodeError) as error:  # the second: a name that IDNA cannot encode
        sock.close()
        raise _refused(host, port, error) from None
    sock.setblocking(False)
    return sock


def make_server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """Return the HTTP server for `app`, not yet running."""
    config = uvicorn.Config(
        app,
        http=protocol_with(limits_of(settings)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the public URL comes from settings: security.md rule 97
        server_header=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.drain_seconds,
    )
    return _Server(config, drain=getattr(app, "drain", None))


def run(app: ASGIApp, settings: Settings, sock: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then let open requests finish.

    Raises:
        Exception: what the start of the application raised, such as ConfigurationError.
    """
    start = _Start(app)
    server = make_server(start, settings)
    with sock, contextlib.suppress(SystemExit):  # uvicorn's way to say that the start failed
        server.run(sockets=[sock])
    gc.unfreeze()
    if start.error is not None:
        raise start.error


def _refused(host: str, port: int, error: OSError | UnicodeError) -> ServerError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return PortInUse(host, port, "another program listens there")
    if number in {errno.EACCES, errno.EPERM}:
        return ConfigurationError(
            "port",
            f"{port} may not be used by this user",
            fix="Choose one above 1023, and let a proxy listen on it",
            origin="settings",
        )
    return ConfigurationError(
        "host",
        f"{host} is no address of this machine",
        fix='Write one, such as "127.0.0.1" or "0.0.0.0"',
        origin="settings",
    )


class _Start:
    """Keeps the exception of a failed start, which a server would only print."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: Exception | None = None

    def drain(self) -> None:
        """Have the application send those away who wait."""
        drain: Callable[[], None] | None = getattr(self._app, "drain", None)
        if drain is not None:
            drain()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        told: list[str] = []

        async def quietly(message: Message) -> None:
            told.append(message["type"])
            if message["type"] == "lifespan.startup.complete":
                # What a start leaves stays until the end: to look through it takes 75 ms each time,
                # during which nobody is answered.
                gc.freeze()
            await send({**message, "message": ""} if "message" in message else message)

        try:
            await self._app(scope, receive, quietly)
        except Exception as error:  # noqa: BLE001  # raised again by run()
            self.error = error
            if not told:  # or the server would take the application for one without a lifespan
                await send({"type": "lifespan.startup.failed", "message": ""})


class _Server(uvicorn.Server):
    """uvicorn's server, except for its end.

    A signal which it obeyed is not raised a second time, and those who wait for something to happen
    are sent away before open requests are waited for.
    """

    def __init__(self, config: uvicorn.Config, *, drain: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and let open requests finish."""
        if self._drain is not None:
            self._drain()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
