"""Decorators of views: who may call them, and which row they are about.

    @required("notes:read")
    def index(request): ...

    @may("update", Note)                 # loads by the URL keyword `id`
    def update(request, note): ...

A decorated view refuses by itself, whatever leads to it, and only for the token in the
Authorization header, which no page of another site can make a browser send. So it needs no CSRF
token, and `optional` needs one for whoever sends no access token.

Source: access.md section 4.3 and G1 to G4; users.md section 5; security.md rules 80 to 93.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.db import models, router, transaction
from django.http import HttpRequest
from django.views.decorators.csrf import csrf_protect

from watchword.access.lower.django import answered
from watchword.base.duration import Duration
from watchword.guards.core import check_scopes
from watchword.guards.declarations import Access, Declaration, Owner, Row, declare
from watchword.guards.django.account import set_user
from watchword.guards.django.caller import Caller
from watchword.guards.django.guard import SiteGuard, current
from watchword.guards.step_up import demand
from watchword.oauth.bearer import TokenMissing

__all__ = ["admitted", "declared", "may", "optional", "public", "required"]

View = Callable[..., Any]
V = TypeVar("V", bound=View)
_SITE: object = "site"  # whose tokens a declaration is about: there is one guard in a process


@overload
def required(view: V, /) -> V: ...


@overload
def required(
    *scopes: str,
    owner: Owner | None = None,
    acr: str | None = None,
    max_age: Duration | None = None,
    fresh: Duration | None = None,
) -> Callable[[V], V]: ...


def required(
    *scopes: Any,
    owner: Owner | None = None,
    acr: str | None = None,
    max_age: Duration | None = None,
    fresh: Duration | None = None,
) -> Any:
    """Let a view be called with a good token only: `@required` or `@required("notes:read")`.

    The view finds the person as `request.auth.user` and the subject of decisions as
    `request.subject`.

    Args:
        scopes: all of them are needed.
        owner: returns the id of the owning user, and takes those of the URL's keywords that it
            names. The role `admin` passes.
        acr: the level of the login, such as "aal2" for two factors.
        max_age: how long ago the login may be, such as "5m".
        fresh: another word for `max_age`.

    Raises:
        ValueError: a scope is a word that no token can have, or a demand that no login can meet.
    """
    if len(scopes) == 1 and callable(scopes[0]):
        return required()(scopes[0])
    check_scopes(scopes)
    declaration = Declaration(
        _SITE, Access.REQUIRED, scopes, owner=owner, asked=demand(acr, max_age, fresh)
    )
    return lambda view: declared(_behind(view, declaration), declaration)


def may(action: str, model: type[models.Model], *, key: str = "id") -> Callable[[V], V]:
    """Hand a view the row that its URL names, if the action is allowed on it; else 404 or 403.

    One statement reads the row and judges it. Where the action changes the row, the database locks
    it and the view runs in that transaction, so that nobody changes it in between (access.md S12);
    in an asynchronous view Django has no transactions, and the row is not locked.

    Args:
        action: as the policy names it.
        model: the class.
        key: the URL keyword with the primary key; the view gets the row in its place.
    """
    row = Row(action, model, key)
    return lambda view: declared(_with_row(view, row), Declaration(_SITE, Access.REQUIRED, row=row))


def optional(view: V) -> V:
    """Let a view be called with a good token or with none: `request.auth` is None without one."""
    return cast("V", declared(_perhaps(view), Declaration(_SITE, Access.OPTIONAL)))


def public(view: V) -> V:
    """Let anybody call a view."""
    declare(view, Declaration(None, Access.PUBLIC))
    return view


def declared(view: Any, declaration: Declaration) -> Any:
    """Return a view that refuses by itself, marked so that Django asks it nothing more."""
    view.csrf_exempt = True  # Django's own mark; the module's docstring says why
    view.login_required = False  # another: Django's session does not say who calls
    declare(view, declaration)
    return view


def _behind(view: View, declaration: Declaration) -> View:
    """Put a view behind a check of the token, its scopes, the owner and the login."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def aguarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            site = current()
            found = admitted(request, await site.aauthenticate(request)).found
            declaration.check_scopes(found)
            # An owner is often asked of the database, which an event loop may not wait for.
            check_rest = sync_to_async(declaration.check_rest)
            await check_rest(found, lambda: kwargs, site.core.clock.now())
            return await view(request, *args, **kwargs)

        return aguarded

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        site = current()
        found = admitted(request, site.authenticate(request)).found
        declaration.check_scopes(found)
        declaration.check_rest(found, lambda: kwargs, site.core.clock.now())
        return view(request, *args, **kwargs)

    return guarded


def _with_row(view: View, row: Row) -> View:
    """Put a view behind a check of the token and of the row that the URL names."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def aguarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            site = current()
            caller = admitted(request, await site.aauthenticate(request))
            key = _taken(kwargs, row.key)
            load = sync_to_async(_loaded)
            return await view(
                request, await load(site, caller, row, key, using=None), *args, **kwargs
            )

        return aguarded

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        site = current()
        caller = admitted(request, site.authenticate(request))
        key = _taken(kwargs, row.key)
        if row.action == "read":
            return view(request, _loaded(site, caller, row, key, using=None), *args, **kwargs)
        using = router.db_for_write(row.model)
        with transaction.atomic(using=using):
            return view(request, _loaded(site, caller, row, key, using=using), *args, **kwargs)

    return guarded


def _perhaps(view: View) -> View:
    """Let a view be called by whoever sends a good token, or none and no foreign form."""
    protected = csrf_protect(view)
    if iscoroutinefunction(view):

        @wraps(view)
        async def aguarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                admitted(request, await current().aauthenticate(request))
            except TokenMissing:
                _admit_nobody(request)
                return await protected(request, *args, **kwargs)
            return await view(request, *args, **kwargs)

        return aguarded

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            admitted(request, current().authenticate(request))
        except TokenMissing:
            _admit_nobody(request)
            return protected(request, *args, **kwargs)
        return view(request, *args, **kwargs)

    return guarded


def admitted(request: Any, caller: Caller) -> Caller:
    """Note on a request who was proved to send it."""
    request.auth, request.subject = caller, caller.subject
    request.circumstances = current().circumstances
    set_user(request, caller.user.id)
    return caller


def _admit_nobody(request: Any) -> None:
    request.auth = request.subject = None
    request.circumstances = current().circumstances


def _taken(arguments: dict[str, Any], key: str) -> object:
    if key not in arguments:
        raise TypeError(f"the URL of this view has no keyword {key!r}; write may(..., key=...)")
    return arguments.pop(key)


def _loaded(site: SiteGuard, caller: Caller, row: Row, key: object, *, using: str | None) -> object:
    """Load the row, locked where `using` names the database of a transaction."""
    lookup = site.policy.get(
        caller.subject, row.action, row.model, key, site.circumstances, lock=using is not None
    )
    rows = cast("models.QuerySet[models.Model]", lookup.statement)
    if using is not None:
        rows = rows.using(using)
    return lookup.answer(answered(next(iter(rows), None)))
