"""The middleware: no route without a declaration, and refusals as problems.

Source: security.md rules 80, 81, 84 and 88; ARCHITECTURE section 6 (undeclared routes); RFC 9457.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.defaults import ERROR_PAGE_TEMPLATE

from watchword.access import NotFound
from watchword.guards.answers import REFUSALS
from watchword.guards.bodies import invalid_request
from watchword.guards.declarations import Access, declaration_of
from watchword.guards.django.bodies import InvalidRequest
from watchword.guards.django.guard import caller_of, current, response_of
from watchword.guards.django.reports import report_discreetly
from watchword.guards.django.routes import scopes_of
from watchword.guards.document import METHODS
from watchword.guards.errors import BrowserRefusal, UnguardedViews

__all__ = ["BearerMiddleware", "refused"]

_log = logging.getLogger(__name__)

_NOT_FOUND = "The requested resource was not found on this server."
_PAGES = {
    400: ERROR_PAGE_TEMPLATE % {"title": "Bad Request (400)", "details": ""},
    404: ERROR_PAGE_TEMPLATE % {"title": "Not Found", "details": _NOT_FOUND},
    500: ERROR_PAGE_TEMPLATE % {"title": "Server Error (500)", "details": ""},
}
"""What Django answers by itself where the site has no page of its own."""


class BearerMiddleware:
    """Looks at the site's routes before the first request, and answers what guarded views refuse.

    It belongs behind Django's own middleware for sessions and messages, in any order to the others.

    Args:
        get_response: the rest of the site; synchronous or not.
    """

    sync_capable = True
    async_capable = True
    looks_at_routes = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        self.process_view: Callable[..., Any] = self._look
        if self.is_async:
            markcoroutinefunction(self)
            self.process_view = self._alook

    def __call__(self, request: HttpRequest) -> Any:
        """Pass one request on."""
        report_discreetly(request)
        if self.is_async:
            return self._apass(request)
        early, served = _before(request), current().served
        if early is None and served is not None:
            with _hiding(request):
                served.start()
            if request.path in served.at_the_root:
                early = served.answer(request, request.path)
        return early or _after(self.get_response(request))

    async def _apass(self, request: HttpRequest) -> HttpResponseBase:
        early, served = _before(request), current().served
        if early is None and served is not None:
            with _hiding(request):
                await served.astart()
            if request.path in served.at_the_root:
                early = await served.aanswer(request, request.path)
        return early or _after(await self.get_response(request))

    def _look(
        self, request: HttpRequest, view: Callable[..., Any], _args: object, _kwargs: object
    ) -> HttpResponseBase | None:
        """Look at the view that was matched: another middleware may have chosen other URLs."""
        match = request.resolver_match
        path, name = ("", "") if match is None else (f"/{match.route}", match.view_name)
        if current().survey.is_declared(view, path=path, name=name):
            return None
        return _unguarded((f"ANY {path}",))

    async def _alook(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        refused = self._look(request, view, args, kwargs)
        # The server's own view needs no thread where the site has an event loop.
        on_a_loop = getattr(view, "on_a_loop", None)
        if refused is not None or on_a_loop is None:
            return refused
        answered: HttpResponseBase = await on_a_loop(request, *args, **kwargs)
        return answered

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer a refusal, whichever guarded view or policy it comes from."""
        core, match = current().core, request.resolver_match
        view = None if match is None else match.func
        if isinstance(exception, REFUSALS):
            return _helped(request, exception) or refused(request, exception)
        if isinstance(exception, InvalidRequest):
            return response_of(invalid_request(core.answers, exception.errors))
        if not _is_guarded(view):
            return None
        if isinstance(exception, Http404):
            return response_of(core.answer(NotFound(detail=f"{type(exception).__name__}")))
        if isinstance(exception, RequestDataTooBig):
            return response_of(core.answers.unreached(413))
        return None


def refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
    """Return the answer to a refusal, one of `REFUSALS`."""
    match, caller = request.resolver_match, caller_of(request)
    answer = current().core.answer(
        refusal,
        scopes=() if match is None else scopes_of(match.func),
        endpoint=f"{request.method} {request.path if match is None else f'/{match.route}'}",
        found=None if caller is None else caller.found,
    )
    return response_of(answer)


@contextmanager
def _hiding(request: Any) -> Iterator[None]:
    """Keep what a form holds out of Django's report of a failure: it may be a password."""
    try:
        yield
    except BaseException:
        request.sensitive_post_parameters = "__ALL__"  # as Django's decorator of this name says it
        raise


def _helped(request: HttpRequest, refusal: Exception) -> HttpResponseBase | None:
    """Send a person who looks at a page to the one that helps, where one does."""
    served = current().served
    if served is None or not isinstance(refusal, BrowserRefusal):
        return None
    there = served.help_at(request, refusal)
    if there is None:
        return None
    return HttpResponse(status=303, headers={"Location": there, "Cache-Control": "no-store"})


def _before(request: HttpRequest) -> HttpResponseBase | None:
    site = current()
    undeclared = site.survey.undeclared()
    if undeclared:
        return _unguarded(undeclared)
    if request.path in site.core.document.paths and request.method in METHODS:
        return response_of(site.core.document.answer(request.method))
    return None


def _unguarded(routes: tuple[str, ...]) -> HttpResponseBase:
    _log.error("%s", UnguardedViews(routes))
    return response_of(current().core.answers.unreached(503, hint=UnguardedViews.hint))


def _after(response: HttpResponseBase) -> HttpResponseBase:
    """Put a problem in the place of what Django answered in its own words."""
    if not isinstance(response, HttpResponse) or response.status_code not in {*_PAGES, 405}:
        return response
    said = response.content.decode(errors="replace")
    if said != _PAGES.get(response.status_code, ""):
        return response
    answer = response_of(current().core.answers.unreached(response.status_code))
    for name, value in response.headers.items():
        if name not in answer.headers and name != "Content-Length":
            answer.headers[name] = value
    answer.cookies = response.cookies
    return answer


def _is_guarded(view: object) -> bool:
    declaration = declaration_of(view)
    return declaration is not None and declaration.access is not Access.PUBLIC
