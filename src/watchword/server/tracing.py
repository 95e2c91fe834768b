"""Writing down what was refused, for `watchword explain ID`.

A refusal waits for no database: its trace is queued, and a task writes what is queued twice a
second. A flood of refusals costs as many rows as fit into a group, and no more; the log has them
all.

Source: oauth.md section 17, W-6; users.md U58.
"""

import asyncio
import contextlib
import logging
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol
from urllib.parse import unquote_plus

from starlette.requests import Request

from watchword.base.clock import Clock
from watchword.base.log_text import one_line
from watchword.oauth.clients import CLIENT_ID_CHARACTERS_MAX
from watchword.oauth.errors import OAuthError
from watchword.oauth.login_errors import LoginUnfinished
from watchword.oauth.traces import Sent, Trace, TraceStore, shown
from watchword.server.background import Background
from watchword.server.bodies import SENT
from watchword.stores.errors import StoreError

__all__ = [
    "SUBJECT",
    "TRACE_HEADER",
    "Noted",
    "Tracer",
    "is_traced",
    "note",
    "noted_id",
    "noting",
    "trace_of",
]

TRACE_HEADER = "watchword-trace"
SUBJECT = "watchword.subject"  # where the user of a good token stands in the ASGI scope
GROUP_SECONDS = 0.5
GROUP_TRACES_MAX = 20  # what the store takes at once: forty a second on each node
_PACKAGE = "watchword."
_RIM = frozenset({"watchword.server.dispatch", "watchword.server.within"})
_log = logging.getLogger("watchword.traces")


@dataclass(slots=True)
class Noted:
    """A refusal that travels in an answer, as the redirect of an authorization request does.

    Args:
        new_id: makes the id under which it is written down.
        error: the first that was noted, which is the one that counts.
        id: of that one.
    """

    new_id: Callable[[], str]
    error: OAuthError | None = None
    id: str = ""


_noted: ContextVar[Noted | None] = ContextVar("watchword_noted", default=None)


class Refused(Protocol):
    """What is known of a refusal: a `Failure`."""

    @property
    def id(self) -> str:
        """As the answer and the log name it."""
        ...

    @property
    def status(self) -> int:
        """Of the answer."""
        ...

    @property
    def code(self) -> str:
        """Its reason."""
        ...

    @property
    def text(self) -> str:
        """For the peer."""
        ...

    @property
    def detail(self) -> str:
        """For the operator."""
        ...


@dataclass(slots=True)
class Tracer:
    """Writes traces behind the answers. Lives in one event loop."""

    store: TraceStore
    clock: Clock
    _waiting: "deque[Trace]" = field(default_factory=deque, repr=False)
    _background: Background = field(
        default_factory=lambda: Background("watchword traces"), repr=False
    )

    def start(self) -> None:
        """Begin to write, in the running event loop."""
        self._background.start(self._write())

    async def stop(self) -> None:
        """Write what waits, and end."""
        await self._background.stop()
        await self.flush()

    def add(self, trace: Trace) -> None:
        """Have a trace written, unless too many were refused at once."""
        if len(self._waiting) < GROUP_TRACES_MAX:
            self._waiting.append(trace)

    async def flush(self) -> None:
        """Write what waits."""
        group = tuple(self._waiting)
        self._waiting.clear()
        if not group:
            return
        try:
            await self.store.add_traces(group, now=self.clock.now())
        except StoreError as error:
            _log.warning("%d traces could not be written: %s", len(group), error)

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(GROUP_SECONDS)
            await self.flush()


class noting:  # noqa: N801  # reads as contextlib.suppress does, and is entered by each request
    """Keep what `note` is told first while one request is handled."""

    __slots__ = ("_found", "_token")

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._found = Noted(new_id)

    def __enter__(self) -> Noted:
        self._token = _noted.set(self._found)
        return self._found

    def __exit__(self, *raised: object) -> None:
        _noted.reset(self._token)


def note(error: OAuthError) -> str:
    """Say that the answer under way carries a refusal; return the id under which it is found."""
    found = _noted.get()
    if found is None:
        return ""
    if found.error is None:
        found.error, found.id = error, found.new_id()
    return found.id


def noted_id() -> str:
    """Return the id of what was noted while this request is handled; nothing, where nothing was."""
    found = _noted.get()
    return "" if found is None else found.id


def is_traced(error: BaseException, status: int) -> bool:
    """Whether a refusal is written down: what is missing, or only goes on, is none."""
    return status not in {404, 405} and not isinstance(error, LoginUnfinished)


def trace_of(request: Request, failure: Refused, error: BaseException, *, now: int) -> Trace:
    """Return the trace of a refused request."""
    sent = (*shown(request.scope.get(SENT, ())), *_headers(request))
    route = request.scope.get("route")
    path = getattr(route, "path", request.scope["path"])
    return Trace(
        id=failure.id,
        at=now,
        endpoint=one_line(f"{request.method} {path}"),
        status=failure.status,
        code=failure.code,
        client_id=_client_id(request, sent),
        user_id=request.scope.get(SUBJECT),
        sent=sent,
        steps=_steps(error.__traceback__),
        public=failure.text,
        detail=one_line(failure.detail),
    )


def _headers(request: Request) -> tuple[Sent, ...]:
    """Return what headers say, without what they prove."""
    found = []
    for name in ("content-type", "origin"):
        if name in request.headers:
            found.append(Sent(name, one_line(request.headers[name][:200])))
    for value in request.headers.getlist("authorization"):
        scheme, _, rest = value.partition(" ")
        found.append(Sent("authorization", f"{one_line(scheme[:20])} ({len(rest)} characters)"))
    if "dpop" in request.headers:
        found.append(Sent("dpop", f"({len(request.headers['dpop'])} characters)"))
    return tuple(found)


def _client_id(request: Request, sent: tuple[Sent, ...]) -> str | None:
    """Return whom the request says it comes from."""
    for each in sent:
        if each.name == "client_id":
            return each.value
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    with contextlib.suppress(ValueError):
        name = b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")[0]
        return one_line(unquote_plus(name)[:CLIENT_ID_CHARACTERS_MAX])
    return None


def _steps(traceback: TracebackType | None) -> tuple[str, ...]:
    """Return the functions of ours that a request went through, from the endpoint on."""
    steps: list[str] = []
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "")
        if module.startswith(_PACKAGE) and module not in _RIM:
            step = f"{module.removeprefix(_PACKAGE)}.{traceback.tb_frame.f_code.co_qualname}"
            if step not in steps[-1:]:
                steps.append(step)
        traceback = traceback.tb_next
    return tuple(steps)
