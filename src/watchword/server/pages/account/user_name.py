"""Another user name: the name that one signs in with.

Source: users.md U46; security.md rules 29 and 43; decisions/0114.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.errors import TooManyAttempts
from watchword.accounts.person.rename import NAME_KEPT_SECONDS, RenameContext, change_name
from watchword.accounts.signup import NameRefused, parse_new_name
from watchword.server.languages import N_
from watchword.server.pages import fields
from watchword.server.pages.account.frame import Form, Member, go, show
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.signing_in.signup import BAD_NAME, NAME_HAS_AT, NAME_TAKEN, NO_NAME
from watchword.server.runtime import Runtime

__all__ = ["change_user_name", "show_user_name"]

PATH = "/account/name"
PROFILE = "/account/profile"
TOO_MANY_NAMES = N_("You have changed it often of late. Take one of your earlier names, or wait.")
TOO_MANY_TRIES = N_("Too many names were tried. Wait a while, then try again.")
FAULTS: Mapping[str, str] = {
    "taken": NAME_TAKEN,
    "too_many": TOO_MANY_NAMES,
    "at_sign": NAME_HAS_AT,
}


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /account/name`."""
    return _page(member, member.session.user.name)


async def _change(form: Form, runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/name`: take the name, unless it is somebody's."""
    typed = form.get("username", "")
    if not typed.strip():
        return _page(member, typed, error=NO_NAME, status=400)
    context = RenameContext(runtime.store, runtime.clock, runtime.credentials.decoy_key)
    user, sid = member.session.user, member.session.sid
    try:
        await change_name(user, parse_new_name(typed), sid, member.origin, context)
    except NameRefused as refused:
        return _page(member, typed, error=FAULTS.get(refused.why, BAD_NAME), status=400)
    except TooManyAttempts as throttled:
        response = _page(member, typed, problem=TOO_MANY_TRIES, status=429)
        response.headers["retry-after"] = str(throttled.retry_after)
        return response
    return go(member, PROFILE, notice="name-changed")


show_user_name = page_at(PATH, _show)
change_user_name = form_at(PATH, _change)


def _page(
    member: Member,
    typed: str,
    *,
    error: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    field = replace(fields.user_name(value=typed, error=error), autocomplete="username")
    return show(
        member,
        "name.html",
        {
            "name": fields.focused(field)[0],
            "days": NAME_KEPT_SECONDS // 86_400,
            "problem": problem,
            "has_errors": status != 200,  # OK
        },
        here=PROFILE,
        status=status,
    )
