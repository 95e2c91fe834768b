"""Acting as a user, in the browser: how it begins, what it keeps shut, how it ends.

The cookie of whoever acts is set aside under a name of its own, and the browser gets another one
for the session of the user. So every reader of the session cookie sees the user, whatever it knows
of acting, and the own session is worth nothing until it is put back. It is put back only where the
session that ends hangs on it: a cookie that somebody planted is not.

Source: users.md U42; security.md rules 38, 39 and 47; decisions/0282.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.acting import new_acting_session
from watchword.accounts.administration.audit import Author
from watchword.accounts.sessions import Session
from watchword.base.chance import new_secret
from watchword.base.secrets import digest
from watchword.server.bodies import read_form
from watchword.server.csrf import FORM_TOKEN
from watchword.server.errors import ActingAsUser
from watchword.server.pages.problem import problem_page
from watchword.server.pages.render import Site, see_other
from watchword.server.pages.visit import Visit, refuse_foreign, visit
from watchword.server.runtime import Runtime

__all__ = ["begin", "shut_page", "stop", "stop_acting", "strike_aside"]

USERS = "/admin/users"


async def begin(
    own: Session, user_id: str, reason: str, guest: Visit, runtime: Runtime
) -> Response | None:
    """Have the browser act as a user from here on; None where the store refuses it.

    Args:
        own: the session of whoever acts.
        user_id: as whom.
        reason: for the log.
        guest: the browser.
        runtime: where sessions are.
    """
    if guest.session_cookie is None:
        return None
    now = runtime.clock.now()
    cookie = new_secret(runtime.chance)
    new = new_acting_session(cookie, own, now=now, chance=runtime.chance)
    by = Author(own.user.id, reason, guest.origin)
    begun = await runtime.store.begin_acting(new, user_id=user_id, by=by, now=now)
    if begun is None:
        return None
    response = see_other(guest.site, guest.site.path("/account"))
    guest.rules.write(response, guest.rules.aside, guest.session_cookie)
    guest.rules.write(response, guest.rules.session, cookie)
    guest.rules.write(response, guest.rules.form, new_secret(runtime.chance))
    return response


async def stop_acting(request: Request, runtime: Runtime) -> Response:
    """Answer `POST /acting/stop`.

    Raises:
        Rejected: the form comes from another site, or is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    guest = await visit(request, runtime)
    if not guest.owns(form.get(FORM_TOKEN)):
        return see_other(guest.site, guest.site.path("/"))  # the button there works
    return await stop(guest, runtime)


async def stop(guest: Visit, runtime: Runtime) -> Response:
    """End what the browser does as another user, and put its own session back."""
    session, rules = guest.held_session, guest.rules
    if session is not None and session.actor is not None:
        now = runtime.clock.now()
        await runtime.store.end_session(session.sid, now=now, origin=guest.origin)
        there = f"{USERS}/{session.user.id}?notice=admin-done"
    else:
        there = USERS
    own = await _own_session(guest, runtime)
    if own is None and (session is None or session.actor is not None):
        response = see_other(guest.site, guest.site.path("/signin"))
        rules.clear(response, rules.session)
    elif own is None or guest.aside_cookie is None:  # somebody has signed in meanwhile
        response = see_other(guest.site, guest.site.path("/"))
    else:
        response = see_other(guest.site, guest.site.path(there))
        rules.write(response, rules.session, guest.aside_cookie)
    rules.clear(response, rules.aside)
    rules.write(response, rules.form, new_secret(runtime.chance))
    return response


async def strike_aside(response: Response, guest: Visit, runtime: Runtime) -> None:
    """End the session that a browser has set aside, where somebody signs in with that browser."""
    if guest.aside_cookie is None:
        return
    now = runtime.clock.now()
    own = await runtime.store.find_session(digest(guest.aside_cookie), now=now)
    if own is not None:
        await runtime.store.end_session(own.sid, now=now, origin=guest.origin)
    guest.rules.clear(response, guest.rules.aside)


def shut_page(site: Site) -> Response:
    """Render what stands in place of a page that whoever acts as a user may not use."""
    return problem_page(ActingAsUser.code, site, status=ActingAsUser.status)


async def _own_session(guest: Visit, runtime: Runtime) -> Session | None:
    """Return the live session that was set aside, if what the browser holds hangs on it."""
    if guest.aside_cookie is None or guest.cookie_hash is None:
        return None
    own_sid = await runtime.store.find_own_sid(guest.cookie_hash)
    own = await runtime.store.find_session(
        digest(guest.aside_cookie), now=runtime.clock.now(), origin=guest.origin
    )
    return own if own is not None and own.sid == own_sid else None
