"""Decorators of pages, where the cookie of the server in the site says who is signed in.

    @session.required
    def profile(request):
        return render(request, "profile.html", {"form_token": session.form_token(request)})

    @session.required(acr="aal2", fresh="5m")
    def payout(request): ...

A browser that asks for a page and is not signed in is sent to the sign-in page. An unsafe method
must come from a page of this origin and carry its `form_token`, which belongs to the session; so
Django's own token, which belongs to a browser, is not asked for as well.

Source: ARCHITECTURE section 6 (`auth.session`); security.md rules 38, 39 and 47.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from watchword.base.duration import Duration
from watchword.base.records import dataclass
from watchword.guards.declarations import Access, Declaration, Owner
from watchword.guards.django.account import set_user
from watchword.guards.django.guard import current
from watchword.guards.django.served import Served
from watchword.guards.django.views import declared
from watchword.guards.errors import SessionMissing, SessionOver
from watchword.guards.session import SignedIn, browser_demand, recognise, require_own, subject
from watchword.guards.session_form import FORM_FIELD, FORM_HEADER
from watchword.guards.user import User

__all__ = ["Visitor", "form_token", "optional", "required"]

View = Callable[..., Any]
V = TypeVar("V", bound=View)
_BROWSERS: object = "browsers"  # whom a declaration is about


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, as views find it: `request.auth`."""

    found: SignedIn

    @property
    def user(self) -> User:
        """The person."""
        return self.found.user


@overload
def required(view: V, /) -> V: ...


@overload
def required(
    *,
    owner: Owner | None = None,
    acr: str | None = None,
    max_age: Duration | None = None,
    fresh: Duration | None = None,
) -> Callable[[V], V]: ...


def required(
    view: Any = None,
    /,
    *,
    owner: Owner | None = None,
    acr: str | None = None,
    max_age: Duration | None = None,
    fresh: Duration | None = None,
) -> Any:
    """Let a view be called by whoever is signed in: `@session.required`, or with conditions.

    The view finds the person as `request.auth.user` and the subject of decisions as
    `request.subject`.

    Args:
        view: the view, where there are no conditions.
        owner: returns the id of the owning user, and takes those of the URL's keywords that it
            names. The role `admin` passes.
        acr: the level of the sign-in, such as "aal2" for two factors.
        max_age: how long ago the last proof may be, such as "5m".
        fresh: another word for `max_age`.

    Raises:
        ValueError: a demand that no sign-in can meet.
    """
    asked = browser_demand(acr, max_age, fresh)
    declaration = Declaration(_BROWSERS, Access.REQUIRED, owner=owner, asked=asked)
    if view is not None:
        return declared(_behind(view, declaration), declaration)
    return lambda view: declared(_behind(view, declaration), declaration)


def optional(view: V) -> V:
    """Let a view be called by anybody: `request.auth` is None where nobody is signed in."""
    declaration = Declaration(_BROWSERS, Access.OPTIONAL)
    return cast("V", declared(_behind(view, declaration), declaration))


def form_token(request: HttpRequest) -> str:
    """Return the text that forms carry in their field `form_token`, scripts in `X-Form-Token`.

    Raises:
        SessionMissing: the browser has lost one of two cookies; signing in gives it both.
    """
    served = _served()
    token = served.browsers.form_token(served.connection(request))
    if token is None:
        raise SessionMissing(detail="the cookie that forms are bound to is missing")
    return token


def _behind(view: View, declaration: Declaration) -> View:
    """Put a view behind a look at the session, the form, the owner and the sign-in."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def aguarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            served = _served()
            try:
                found = await served.loop.wait(_recognised(served, request))
                await sync_to_async(_admit)(request, found, declaration, kwargs)
            except (SessionMissing, SessionOver):
                if declaration.access is not Access.OPTIONAL:
                    raise
                _admit_nobody(request)
            return await view(request, *args, **kwargs)

        return aguarded

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        served = _served()
        try:
            found = served.loop.run(_recognised(served, request))
            _admit(request, found, declaration, kwargs)
        except (SessionMissing, SessionOver):
            if declaration.access is not Access.OPTIONAL:
                raise
            _admit_nobody(request)
        return view(request, *args, **kwargs)

    return guarded


async def _recognised(served: Served, request: HttpRequest) -> SignedIn:
    """Recognise a browser, in the loop of the server that knows it."""
    connection = served.connection(request)
    core = current().core
    return await recognise(connection, served.browsers, issuer=core.issuer, shared=core.shared)


def _admit(
    request: Any, found: SignedIn, declaration: Declaration, arguments: dict[str, Any]
) -> None:
    """Let a request pass whose form is the browser's own, and that meets what the view asks."""
    served, core = _served(), current().core
    require_own(served.connection(request), served.browsers, _presented(request))
    declaration.check_rest(found, lambda: arguments, core.clock.now())
    request.auth, request.subject = Visitor(found), subject(found, core.policy)
    request.circumstances = current().circumstances
    set_user(request, found.user.id)


def _admit_nobody(request: Any) -> None:
    request.auth = request.subject = None
    request.circumstances = current().circumstances


def _presented(request: HttpRequest) -> str | None:
    """Return the token of the form or of the header; a repeated one is none."""
    sent = request.headers.get(FORM_HEADER)
    if sent is not None:
        return sent
    found = request.POST.getlist(FORM_FIELD)
    return found[0] if len(found) == 1 and isinstance(found[0], str) else None


def _served() -> Served:
    served = current().served
    if served is None:
        raise ImproperlyConfigured(
            "a session is known where the server is in the site: add 'watchword.django' to "
            "INSTALLED_APPS, and take ISSUER out of WATCHWORD"
        )
    return served
