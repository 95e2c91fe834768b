"""The lists whose rows may be changed at once, and what may be done in each.

Nobody acts on the own account or the own session among several others: that is done alone, where it
is seen. So whoever changes several accounts stays an administrator.

Source: users.md U40.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from watchword.accounts.sessions import OwnedSession
from watchword.accounts.users import User
from watchword.oauth.registration.administration import KeptClient
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Form, Member
from watchword.server.pages.console import deeds
from watchword.server.pages.console.app import at
from watchword.server.pages.console.several import SAME, Listed, SeveralAct, several_of
from watchword.server.pages.console.user import ACTS

__all__ = [
    "APPS",
    "SESSIONS",
    "USERS",
    "several_apps",
    "several_sessions",
    "several_users",
]

OWN_ACCOUNT = N_("It is your own account.")
OWN_SESSION = N_("It is the session that you are using.")

IsSo: TypeAlias = Callable[[User, Form, Desk], Awaitable[bool]]


async def _is_active(user: User, _: Form, __: Desk) -> bool:
    return user.is_active


async def _is_suspended(user: User, _: Form, __: Desk) -> bool:
    return not user.is_active


async def _has_role(user: User, words: Form, desk: Desk) -> bool:
    """Whether the role was given; one that comes with another may be given as well."""
    given = await desk.store.list_assignments(user.id)
    return words["role"] in {one.role for one in given}


async def _lacks_role(user: User, words: Form, desk: Desk) -> bool:
    return not await _has_role(user, words, desk)


async def _is_signed_out(user: User, _: Form, desk: Desk) -> bool:
    return not (await desk.store.list_sessions(user.id, now=desk.now)).listed


def _others(
    is_so: IsSo,
) -> Callable[[User, Form, Desk, Member], Awaitable[str | None]]:
    """Spare the own account, and whoever stands already as they would after the act."""

    async def spares(user: User, words: Form, desk: Desk, member: Member) -> str | None:
        if user.id == member.user_id:
            return OWN_ACCOUNT
        return SAME if await is_so(user, words, desk) else None

    return spares


async def _spare_own(one: OwnedSession, _: Form, __: Desk, member: Member) -> str | None:
    return OWN_SESSION if one.session.sid == member.session.sid else None


async def _spare_off(kept: KeptClient, _: Form, __: Desk, ___: Member) -> str | None:
    return None if kept.is_active else SAME


async def _spare_on(kept: KeptClient, _: Form, __: Desk, ___: Member) -> str | None:
    return SAME if kept.is_active else None


USER_ACTS: Mapping[str, SeveralAct[User]] = MappingProxyType(
    {
        "suspend": SeveralAct(
            ACTS["suspend"].shown.button,
            ACTS["suspend"].shown.consequence,
            "update",
            "user",
            _others(_is_suspended),
            deeds.suspend,
        ),
        "resume": SeveralAct(
            ACTS["resume"].shown.button,
            ACTS["resume"].shown.consequence,
            "update",
            "user",
            _others(_is_active),
            deeds.resume,
            is_bad=False,
        ),
        "give": SeveralAct(
            N_("Give a role"),
            N_("What the role allows is theirs from the next request on."),
            "update",
            "user",
            _others(_has_role),
            deeds.give,
            is_bad=False,
            asks_role=True,
        ),
        "take": SeveralAct(
            ACTS["take"].shown.title,
            ACTS["take"].shown.consequence,
            "update",
            "user",
            _others(_lacks_role),
            deeds.take,
            asks_role=True,
        ),
        "end-sessions": SeveralAct(
            ACTS["end-sessions"].shown.title,
            ACTS["end-sessions"].shown.consequence,
            "delete",
            "session",
            _others(_is_signed_out),
            deeds.end_sessions,
        ),
    }
)
APP_ACTS: Mapping[str, SeveralAct[KeptClient]] = MappingProxyType(
    {
        "off": SeveralAct(
            N_("Switch off"),
            N_("Its sign-ins and tokens end at once, and nobody signs in to it."),
            "update",
            "client",
            _spare_off,
            deeds.switch_off,
        ),
        "on": SeveralAct(
            N_("Switch on"),
            N_("People may sign in to it again. What has ended stays ended."),
            "update",
            "client",
            _spare_on,
            deeds.switch_on,
            is_bad=False,
        ),
    }
)
SESSION_ACTS: Mapping[str, SeveralAct[OwnedSession]] = MappingProxyType(
    {
        "end": SeveralAct(
            N_("End the sessions"),
            N_("Each is signed out at once, and its applications with it."),
            "delete",
            "session",
            _spare_own,
            deeds.end_session,
        ),
    }
)


async def _user(user_id: str, desk: Desk) -> User | None:
    return await desk.store.read_user(user_id)


async def _app(client_id: str, desk: Desk) -> KeptClient | None:
    return await desk.store.find_kept_client(client_id)


async def _session(sid: str, desk: Desk) -> OwnedSession | None:
    return await desk.store.find_owned_session(sid, now=desk.now)


def _page_of_user(user_id: str) -> str:
    return f"/admin/users/{user_id}"


USERS = Listed(
    "/admin/users",
    "user",
    _user,
    lambda user: user.name,
    lambda user: _page_of_user(user.id),
    USER_ACTS,
)
APPS = Listed(
    "/admin/apps",
    "client",
    _app,
    lambda kept: kept.client.name,
    lambda kept: at(kept.client.client_id),
    APP_ACTS,
)
SESSIONS = Listed(
    "/admin/sessions",
    "session",
    _session,
    lambda one: one.user_name,
    lambda one: _page_of_user(one.user_id),
    SESSION_ACTS,
)

several_users = several_of(USERS)
several_apps = several_of(APPS)
several_sessions = several_of(SESSIONS)
