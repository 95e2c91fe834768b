"""One row of the route table as an ASGI application, and the router over all rows.

What every answer has in common happens here once: method, host, limits, errors, headers, HEAD.

Source: oauth.md E-2 and E-5; RFC 9110 sections 9.3.2, 9.3.7 and 15.5.6; security.md rules 77, 104
and 110.
"""

import contextlib
import re
from collections.abc import Callable, Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.base.chance import Chance, new_id
from watchword.server.bodies import LIMITS, BodyLimits
from watchword.server.cross_origin import (
    Cors,
    cors_headers,
    is_preflight,
    listed_headers,
    preflight_headers,
)
from watchword.server.errors import HostRefused, NotStarted
from watchword.server.failures import Failure, Kind, failure_of, log_failure, render
from watchword.server.peer import answering
from watchword.server.route import Route
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings, is_loopback
from watchword.server.tracing import TRACE_HEADER, is_traced, noting, trace_of
from watchword.server.within import within
from watchword.stores.errors import StoreError

__all__ = ["Endpoint", "make_router"]

ECHOED_CHARACTERS_MAX = 1_024  # of a field that an answer carries back
HSTS = "max-age=63072000; includeSubDomains"  # two years
_FIXED_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}
# What a field may hold (RFC 9110 section 5.5).
_ECHOED_SHAPE = re.compile(rf"[\t\x20-\x7e\x80-\xff]{{1,{ECHOED_CHARACTERS_MAX}}}")


class Endpoint:
    """Answers for one route.

    Args:
        route: the row.
        settings: for limits and links; they are known before the start.
        chance: makes the ids of failures.
        runtime: returns the runtime, or raises NotStarted.
    """

    __slots__ = ("_chance", "_headers", "_limits", "_route", "_runtime", "_settings")

    def __init__(
        self,
        route: Route,
        *,
        settings: Settings,
        chance: Chance,
        runtime: Callable[[], Runtime],
    ) -> None:
        self._route = route
        self._settings = settings
        self._chance = chance
        self._runtime = runtime
        self._limits = BodyLimits(route.body_bytes_max, settings.body_seconds)
        self._headers = _encoded(_security_headers(settings) + cors_headers(route.cors))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope[LIMITS] = self._limits
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        if self._route.cors is Cors.LISTED:
            await self._add_listed(request, response)
        _add_missing(response, self._headers)
        _add_missing(response, _echoed(request, self._route.echoed))
        if request.method == "HEAD":
            send = _without_body(send)
        with contextlib.suppress(TimeoutError):  # the server closes what stays unfinished
            await within(self._settings.send_seconds, response(scope, receive, send))

    async def _answer(self, request: Request) -> Response:
        with noting(self._new_id) as noted:
            try:
                response = await self._answer_or_raise(request)
            except ClientDisconnect:
                raise
            except Exception as error:  # noqa: BLE001  # the outermost rim: security.md rule 110
                failure = self._fail(request, error, self._new_id())
                response = render(failure, self._route.kind_for(request), request, self._settings)
                self._trace(request, failure, error, response)
            if noted.error is not None:  # what the answer carries to the client
                failure = self._fail(request, noted.error, noted.id)
                self._trace(request, failure, noted.error, response)
            return response

    def _new_id(self) -> str:
        return new_id(self._chance, "failure")

    def _fail(self, request: Request, error: Exception, failure_id: str) -> Failure:
        failure = failure_of(error, failure_id, issuer=self._settings.issuer)
        log_failure(failure, method=request.method, path=request.scope["path"])
        return failure

    def _trace(
        self, request: Request, failure: Failure, error: Exception, response: Response
    ) -> None:
        """Have the refusal written down, and name its trace."""
        if not is_traced(error, failure.status):
            return
        with contextlib.suppress(NotStarted):
            runtime = self._runtime()
            runtime.tracer.add(trace_of(request, failure, error, now=runtime.clock.now()))
            response.headers[TRACE_HEADER] = failure.id

    async def _answer_or_raise(self, request: Request) -> Response:
        route = self._route
        if request.method == "OPTIONS":
            return _options(request, route)
        is_head = request.method == "HEAD" and route.has_head
        handler = route.handlers.get("GET" if is_head else request.method)
        if handler is None:
            return self._refuse_method(request)
        _require_known_host(request, self._settings)
        with answering(request):
            answer = handler(request, self._runtime())
            return await within(self._settings.request_seconds, answer)

    async def _add_listed(self, request: Request, response: Response) -> None:
        """Let a page of a listed origin read the answer, a refusal as well."""
        with contextlib.suppress(NotStarted, StoreError):  # then nobody else's page reads it
            store, own = self._runtime().store, self._settings.origin
            headers = await listed_headers(request, own, store)
            if headers and is_preflight(request):
                headers += tuple(preflight_headers(self._route.methods).items())
            _add_missing(response, _encoded(headers))

    def _refuse_method(self, request: Request) -> Response:
        failure = Failure(
            405,
            "method_not_allowed",
            f"this address takes {self._route.methods}",
            new_id(self._chance, "failure"),
            headers={"allow": self._route.methods},
        )
        return render(failure, self._route.kind_for(request), request, self._settings)


def make_router(
    routes: Sequence[Route],
    *,
    settings: Settings,
    chance: Chance,
    runtime: Callable[[], Runtime],
) -> ASGIApp:
    """Return the router over `routes`; what no row names is answered 404.

    An address without a part that varies is looked up, since asking one row after the other costs
    more than a request to the last of them.
    """
    endpoints = {
        route.path: Endpoint(route, settings=settings, chance=chance, runtime=runtime)
        for route in routes
    }

    async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        failure = Failure(
            404, "not_found", "there is nothing at this address", new_id(chance, "failure")
        )
        response = render(failure, _kind_wanted(request), request, settings)
        _add_missing(response, _encoded(_security_headers(settings)))
        await response(scope, receive, _without_body(send) if request.method == "HEAD" else send)

    varying = Router(
        [
            StarletteRoute(path, endpoint, name=path)
            for path, endpoint in endpoints.items()
            if "{" in path
        ],
        redirect_slashes=False,
        default=nothing_here,
    )

    fixed = {path: endpoint for path, endpoint in endpoints.items() if "{" not in path}

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        await fixed.get(path, varying)(scope, receive, send)

    return routed


def _options(request: Request, route: Route) -> Response:
    headers = {"allow": route.methods}
    if is_preflight(request) and route.cors is Cors.OPEN:
        headers |= preflight_headers(route.methods)
    return Response(status_code=204, headers=headers)


def _require_known_host(request: Request, settings: Settings) -> None:
    """Refuse strangers as long as the server knows no public URL. The header is only compared.

    Source: users.md U7; security.md rule 97.
    """
    if settings.url is not None:
        return
    host = request.headers.get("host", "")
    name = host.partition("]")[0] if host.startswith("[") else host.rpartition(":")[0] or host
    if host and not is_loopback(name):
        raise HostRefused(
            "the public URL of this server is not set; "
            "set WATCHWORD_URL (or url=) to the https address that people type"
        )


def _kind_wanted(request: Request) -> Kind:
    """A browser gets a page; a program, and anyone at a well-known path, gets JSON."""
    wants_page = "text/html" in request.headers.get("accept", "")
    is_well_known = "/.well-known" in request.scope["path"]
    if request.method in {"GET", "HEAD"} and wants_page and not is_well_known:
        return Kind.PAGE
    return Kind.PROTOCOL


def _security_headers(settings: Settings) -> tuple[tuple[str, str], ...]:
    hsts = (("strict-transport-security", HSTS),) if settings.is_https else ()
    return tuple(_FIXED_HEADERS.items()) + hsts


def _encoded(headers: Sequence[tuple[str, str]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)


def _echoed(request: Request, names: Sequence[str]) -> tuple[tuple[bytes, bytes], ...]:
    """Return those fields of the request that its answer carries back, a refusal as well."""
    said = ((name, request.headers.get(name, "")) for name in names)
    return _encoded([(name, value) for name, value in said if _ECHOED_SHAPE.fullmatch(value)])


def _add_missing(response: Response, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Add those headers that the answer does not decide itself."""
    present = {name for name, _ in response.raw_headers}
    response.raw_headers.extend(pair for pair in headers if pair[0] not in present)


def _without_body(send: Send) -> Send:
    """HEAD: the headers of GET, and nothing after them (RFC 9110 section 9.3.2)."""

    async def headers_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only
