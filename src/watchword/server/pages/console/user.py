"""One user: roles and who gave them, sessions, suspension, and what may be done about them.

Each act has a page of its own, which names the user and asks why; a deletion asks for the name too.

Source: users.md U40 and U43; security.md rules 43, 45 and 96.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.roles import Assignment, is_role_name
from watchword.accounts.person.deletion import is_name_of
from watchword.accounts.sessions import ListedSession
from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.administration.scopes import Action, Thing
from watchword.server.device import Device, device_of
from watchword.server.errors import NotPossible
from watchword.server.languages import N_
from watchword.server.pages.account.activity import entries_of
from watchword.server.pages.account.frame import Form, Member, go, notice_in
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console import deeds
from watchword.server.pages.console.act_page import ShownAct, act_page
from watchword.server.pages.console.acting import may_act_as
from watchword.server.pages.console.calls import calls_of, of_act, of_user, told_of
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    page_of,
    reason_in,
    refusal,
    show_console,
)
from watchword.server.pages.console.offer import done
from watchword.server.pages.console.roles import known_roles
from watchword.server.pages.console.ways_in import factors_of
from watchword.server.pages.problem import not_found_page

__all__ = ["ACTS", "NO_ROLE", "Act", "act", "change_user", "show_act", "show_user"]

PATH = "/admin/users"
EVENTS_SHOWN = 20
OTHER_NAME = N_("This is not the name of the account. Type it as it stands above.")
NO_ROLE = N_("A role is written in small letters, digits, - and _.")


@dataclass(frozen=True, slots=True)
class Given:
    """A role that a user holds."""

    role: str
    when: When | None
    by: str | None
    reason: str | None
    is_inherited: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a user is signed in."""

    device: Device
    address: str | None
    used: When
    applications: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """What may be done about a user."""

    shown: ShownAct
    action: Action
    thing: Thing
    do: Callable[[User, Form, str, Desk], Awaitable[bool]]  # tells whether it changed anything


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/users/{user_id}`."""
    user = await desk.store.read_user(request.path_params["user_id"])
    if user is None:
        return not_found_page(member.guest.site)
    return await _page(user, desk, member, notice=notice_in(request))


async def _give(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/users/{user_id}`: give a role."""
    user = await desk.store.read_user(_id_in(member))
    if user is None:
        return not_found_page(member.guest.site)
    role, reason = form.get("role", "").strip(), reason_in(form)
    if not is_role_name(role):
        return await _page(user, desk, member, problem=NO_ROLE, status=400)
    if reason is None:
        return await _page(user, desk, member, problem=NO_REASON, status=400)
    desk.permit("update", "user")
    is_changed = await deeds.give(user, form, reason, desk)
    return await done(desk, member, f"{PATH}/{user.id}", is_changed=is_changed)


async def _show_act(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/users/{user_id}/{act}`: what it means, and why it is done."""
    user = await desk.store.read_user(request.path_params["user_id"])
    found = ACTS.get(request.path_params["act"])
    if user is None or found is None or not desk.may(found.action, found.thing):
        return not_found_page(member.guest.site)
    role = request.query_params.get("role", "")
    calls = calls_of(desk, [of_act(request.path_params["act"], user, role)])
    return act_page(user, found.shown, member, role=role, calls=calls)


async def _act(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/users/{user_id}/{act}`."""
    user = await desk.store.read_user(_id_in(member))
    name = member.path.rpartition("/")[2]
    found = ACTS.get(name)
    if user is None or found is None:
        return not_found_page(member.guest.site)
    desk.permit(found.action, found.thing)
    role, reason = form.get("role", ""), reason_in(form)
    if found.shown.asks_name and not is_name_of(form.get("name", ""), user.name):
        return act_page(user, found.shown, member, role=role, wrong=(OTHER_NAME, 400))
    if reason is None:
        return act_page(user, found.shown, member, role=role, wrong=(NO_REASON, 400))
    try:
        is_changed = await found.do(user, form, reason, desk)
    except NotPossible as error:
        return act_page(user, found.shown, member, role=role, wrong=(refusal(error), 409))
    if name == "delete":
        return go(member, PATH, notice="admin-user-deleted")
    return await done(desk, member, f"{PATH}/{user.id}", is_changed=is_changed)


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "suspend": Act(
            ShownAct(
                title=N_("Suspend this account"),
                consequence=N_(
                    "Every session ends at once, and nobody signs in until the account is resumed."
                ),
                button=N_("Suspend"),
                is_bad=True,
            ),
            "update",
            "user",
            deeds.suspend,
        ),
        "resume": Act(
            ShownAct(
                title=N_("Resume this account"),
                consequence=N_(
                    "The person may sign in again. Ended sessions stay ended."
                ),
                button=N_("Resume"),
            ),
            "update",
            "user",
            deeds.resume,
        ),
        "take": Act(
            ShownAct(
                title=N_("Take a role away"),
                consequence=N_(
                    "From the next request on. The sign-ins of applications that were made with "
                    "the role end."
                ),
                button=N_("Take it away"),
                is_bad=True,
            ),
            "update",
            "user",
            deeds.take,
        ),
        "end-sessions": Act(
            ShownAct(
                title=N_("End all sessions"),
                consequence=N_(
                    "The person is signed out everywhere, and every application with them."
                ),
                button=N_("End all sessions"),
                is_bad=True,
            ),
            "delete",
            "session",
            deeds.end_sessions,
        ),
        "reset-factors": Act(
            ShownAct(
                title=N_("Reset second factors"),
                consequence=N_(
                    "Every passkey, authenticator app and recovery code of the account is removed, "
                    "and all its sessions end. The person is told by mail."
                ),
                button=N_("Reset second factors"),
                is_bad=True,
            ),
            "delete",
            "factor",
            deeds.reset_factors,
        ),
        "delete": Act(
            ShownAct(
                title=N_("Delete this account"),
                consequence=N_(
                    "Everything that is held about the person goes at once, and nobody can undo it."
                ),
                button=N_("Delete the account for good"),
                is_bad=True,
                asks_name=True,
            ),
            "delete",
            "user",
            deeds.delete,
        ),
    }
)  # fmt: skip

show_user = page_of("user", _show)
change_user = form_of("user", _give)
show_act = page_of("user", _show_act)
act = form_of("user", _act)


async def _page(
    user: User,
    desk: Desk,
    member: Member,
    *,
    notice: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    store, now = desk.store, member.now
    given = await store.list_assignments(user.id)
    sessions = await store.list_sessions(user.id, now=now)
    suspension = await store.find_suspension(user.id)
    events = await store.list_events(user.id, limit=EVENTS_SHOWN)
    inherited = sorted(user.roles - {one.role for one in given})
    values = {
        "user": user,
        "since": ago(user.created_at, now),
        "given": [
            *(_given(one, now) for one in given),
            *(Given(role, None, None, None, is_inherited=True) for role in inherited),
        ],
        "more_roles": [
            role for role in await known_roles(desk) if role not in {one.role for one in given}
        ],
        "places": [_place(one, now) for one in sessions.listed],
        "more": sessions.more,
        "entries": await entries_of(events, member, desk.runtime),
        "suspension": suspension,
        "suspended": None if suspension is None else ago(suspension.suspended_at, now),
        "may_change": desk.may("update", "user"),
        "calls": calls_of(desk, of_user(user, given, suspension, await told_of(user.id, desk))),
        "may_act_as": may_act_as(user, desk),
        "may_let_in": desk.may("create", "link"),
        "factors": await factors_of(user, desk),
        "notice": notice,
        "problem": problem,
        "has_errors": status != 200,
    }
    return show_console(member, "user.html", values, here=PATH, status=status)


def _id_in(member: Member) -> str:
    """Return the user that the address names, which the form need not repeat."""
    after = member.path.partition(f"{PATH}/")[2]
    return after.partition("/")[0]


def _given(one: Assignment, now: int) -> Given:
    when = None if one.given_at is None else ago(one.given_at, now)
    return Given(one.role, when, one.given_by, one.reason)


def _place(one: ListedSession, now: int) -> Place:
    return Place(
        device_of(one.origin.device), one.origin.address, ago(one.used_at, now), one.clients
    )
