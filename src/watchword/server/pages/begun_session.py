"""What both steps of a sign-in share: who asks, what the login is bound to, and its end.

Source: security.md rules 35, 38 and 47; decisions/0111 (the device that is known).
"""

from dataclasses import replace

from starlette.responses import Response

from watchword.accounts.attempts import Caller
from watchword.accounts.flow import Bindings, Completed, FlowPurpose
from watchword.accounts.levels import Level
from watchword.accounts.sessions import Session, new_browser_session, reaches
from watchword.base.chance import new_secret
from watchword.base.secrets import Secret
from watchword.server.languages import N_
from watchword.server.pages.acting import strike_aside
from watchword.server.pages.render import see_other
from watchword.server.pages.visit import Visit
from watchword.server.pages.way_back import address, way_back
from watchword.server.runtime import Runtime

__all__ = [
    "BUSY",
    "STALE",
    "TOO_MANY",
    "bindings_of",
    "caller_of",
    "complete",
    "device_of",
    "go_on",
    "way_up",
]

STALE = N_("This form was open in another tab, or for too long. Please send it again.")
TOO_MANY = N_("Too many attempts did not match. Wait a while, or set the password by mail.")
BUSY = N_("Too many people are signing in at this moment. Please try again in a few seconds.")


def caller_of(guest: Visit, runtime: Runtime) -> Caller:
    """Return who asks, and what the browser is known by."""
    return Caller(guest.origin, device_of(guest, runtime))


def device_of(guest: Visit, runtime: Runtime) -> Secret:
    """Return what the browser is known by: what it holds, or another, which counts at the end."""
    return new_secret(runtime.chance) if guest.device is None else guest.device


def bindings_of(guest: Visit) -> Bindings:
    """Return what a login under way is bound to: this browser, on these pages."""
    return Bindings(FlowPurpose.PAGE, bound_to=guest.bound_to)


async def complete(
    login: Completed, caller: Caller, guest: Visit, runtime: Runtime
) -> Response | None:
    """Open a session with a cookie of its own, and end the one that this browser had.

    Returns:
        The way to where the person wanted to go; None where the account was suspended, or its
        password changed, meanwhile.
    """
    now = runtime.clock.now()
    cookie = new_secret(runtime.chance)
    session = new_browser_session(
        cookie,
        proofs=login.proofs,
        limits=runtime.settings.session_limits,
        origin=guest.origin,
        now=now,
        chance=runtime.chance,
    )
    opened = await runtime.store.open_session(
        replace(session, device_hash=login.device_hash),
        user_id=login.user_id,
        password_hash=login.password_hash,
        now=now,
    )
    if opened is None:
        return None
    if guest.held_session is not None:
        await runtime.store.end_session(guest.held_session.sid, now=now, origin=guest.origin)
    wish = login.request.get("next", "")
    response = go_on(opened, way_back(wish, otherwise=guest.site.path("/")), guest, runtime)
    guest.rules.write(response, guest.rules.session, cookie)
    guest.rules.write(response, guest.rules.form, new_secret(runtime.chance))
    await strike_aside(response, guest, runtime)
    if caller.device_secret is not None:
        guest.rules.write_device(response, caller.device_secret)
    return response


def go_on(session: Session, there: str, guest: Visit, runtime: Runtime) -> Response:
    """Lead a person whose session is open to where they go, or first to what it lacks."""
    least = runtime.settings.least_level
    if reaches(session, least):
        return see_other(guest.site, there)
    return see_other(guest.site, way_up(there, guest, least))


def way_up(there: str, guest: Visit, least: Level) -> str:
    """Return the address where a person proves as much as every login has to, and is led on."""
    return address(guest.site.path("/account/confirm"), back=there, acr=least.value)
