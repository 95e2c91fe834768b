"""The server under WSGI: its event loop runs beside the threads that the requests come in.

Source: PEP 3333; ASGI specification 3.0 (HTTP); users.md U9.
"""

import asyncio
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Scope

from watchword.net.loop import Loop
from watchword.oauth.feed import WAIT_SECONDS_MAX

__all__ = ["ANSWER_SECONDS_MAX", "BODY_BYTES_MAX", "asked", "scope_of", "under_wsgi"]

BODY_BYTES_MAX = 1024 * 1024  # no endpoint takes as much; each has a limit of its own
ANSWER_SECONDS_MAX = WAIT_SECONDS_MAX + 35.0  # the longest poll, and the longest password hash

Environ = dict[str, Any]


def under_wsgi(app: ASGIApp, loop: Loop) -> Callable[[Environ, Any], Iterable[bytes]]:
    """Return an ASGI application as a WSGI application.

    Args:
        app: the application; it gets no lifespan.
        loop: where it runs.
    """

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = _body(environ)
        if body is None:
            start_response("413 Content Too Large", [("Content-Length", "0")])
            return []
        sent = loop.run(asked(app, scope_of(environ), body), seconds=ANSWER_SECONDS_MAX)
        start = sent[0]
        status = start["status"]
        headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [message.get("body", b"") for message in sent[1:]]

    return answer


async def asked(app: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    """Return all that the application sends in answer to one request."""
    sent: list[Message] = []
    waiting = asyncio.Event()  # nobody can tell that a client has gone away
    is_read = False

    async def receive() -> Message:
        nonlocal is_read
        if not is_read:
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}
        await waiting.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def _body(environ: Environ) -> bytes | None:
    """Return the body of a request; None where it is longer than any that is taken."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit() or int(length) > BODY_BYTES_MAX:
        return None
    body: bytes = environ["wsgi.input"].read(int(length)) if int(length) else b""
    return body


def scope_of(environ: Environ) -> Scope:
    """Return the ASGI scope of a WSGI request."""
    path = environ.get("PATH_INFO", "").encode("latin-1")
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower().encode(), value.encode("latin-1"))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    headers += [
        (field, environ[name].encode("latin-1"))
        for name, field in (
            ("CONTENT_TYPE", b"content-type"),
            ("CONTENT_LENGTH", b"content-length"),
        )
        if environ.get(name)
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").removeprefix("HTTP/"),
        "method": environ["REQUEST_METHOD"],
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "path": path.decode("utf-8", "replace"),
        "raw_path": quote(path).encode(),
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "client": (environ.get("REMOTE_ADDR", ""), int(environ.get("REMOTE_PORT") or 0)),
        "server": (environ.get("SERVER_NAME", ""), int(environ.get("SERVER_PORT") or 0)),
    }
