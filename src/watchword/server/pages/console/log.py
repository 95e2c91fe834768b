"""The log: who changed what, when, from where and why.

Source: users.md U40; security.md rule 100.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.audit import (
    AUDIT_ENTRIES_MAX,
    AuditAction,
    AuditEntry,
    Entry,
)
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Member
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console.events import EVENTS, TABS
from watchword.server.pages.console.frame import page_of, show_console

__all__ = ["SENTENCES", "show_log"]

POSITION_DIGITS_MAX = 15

SENTENCES: Mapping[AuditAction, str] = MappingProxyType(
    {
        AuditAction.ACTING_BEGUN: N_("An administrator began to act as a user"),
        AuditAction.ACTING_ENDED: N_("An administrator stopped acting as a user"),
        AuditAction.CLIENT_ADDED: N_("An application was added"),
        AuditAction.CLIENT_CHANGED: N_("An application was changed"),
        AuditAction.CLIENT_REMOVED: N_("An application was removed"),
        AuditAction.CLIENT_SECRET_REPLACED: N_("An application got another secret"),
        AuditAction.CLIENT_SWITCHED_OFF: N_("An application was switched off"),
        AuditAction.CLIENT_SWITCHED_ON: N_("An application was switched on"),
        AuditAction.EPOCH_BEGUN: N_("Every sign-in was ended, as after a restore"),
        AuditAction.FACTORS_RESET: N_("All second factors were removed"),
        AuditAction.INVITATION_MADE: N_("A token to register applications was made"),
        AuditAction.KEY_ANNOUNCED: N_("The next signing key was announced"),
        AuditAction.KEY_REPLACED: N_("A signing key was replaced at once"),
        AuditAction.LINK_MADE: N_("A link to set a password was made"),
        AuditAction.ROLE_ADDED: N_("A role was written down"),
        AuditAction.ROLE_GIVEN: N_("A role was given"),
        AuditAction.ROLE_INHERITS: N_("A role includes another"),
        AuditAction.ROLE_INHERITS_NO_MORE: N_("A role includes another no more"),
        AuditAction.ROLE_REMOVED: N_("A role was struck out"),
        AuditAction.ROLE_TAKEN: N_("A role was taken away"),
        AuditAction.SESSIONS_ENDED: N_("All sessions were ended"),
        AuditAction.SESSION_ENDED: N_("A session was ended"),
        AuditAction.SHARE_ADDED: N_("Something was shared"),
        AuditAction.SHARE_REMOVED: N_("A share was ended"),
        AuditAction.USERS_IMPORTED: N_("Accounts were imported"),
        AuditAction.USER_ADDED: N_("An account was added"),
        AuditAction.USER_DELETED: N_("An account was deleted"),
        AuditAction.USER_RESUMED: N_("An account was resumed"),
        AuditAction.USER_SUSPENDED: N_("An account was suspended"),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, with names in the place of ids where somebody still has them."""

    entry: AuditEntry
    sentence: str
    when: When
    actor: str
    target: str


@dataclass(frozen=True, slots=True)
class Unread:
    """In the place of an entry that cannot be read."""

    position: int
    sentence: str = N_("An entry that cannot be read")


async def _show(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/log`."""
    asked = request.query_params.get("before", "")
    is_number = asked.isascii() and asked.isdecimal() and len(asked) <= POSITION_DIGITS_MAX
    before = int(asked) if is_number else None
    found = await desk.store.list_audit(before=before, limit=AUDIT_ENTRIES_MAX + 1)
    page = found[:AUDIT_ENTRIES_MAX]
    read = [one for one in page if isinstance(one, AuditEntry)]
    names: dict[str, str] = {}
    for user_id in {one.author.actor for one in read} | {one.deed.target for one in read}:
        user = await desk.store.read_user(user_id)
        names[user_id] = user_id if user is None else user.name
    values = {
        "tabs": TABS,
        "tab": TABS[3],
        "lines": [_line(one, names, member.now) for one in page],
        "older": page[-1].position if len(found) > AUDIT_ENTRIES_MAX else None,
        "is_first": before is None,
    }
    return show_console(member, "log.html", values, here=EVENTS)


show_log = page_of("audit", _show)


def _line(entry: Entry, names: Mapping[str, str], now: int) -> Line | Unread:
    if not isinstance(entry, AuditEntry):
        return Unread(entry.position)
    return Line(
        entry,
        SENTENCES[entry.deed.action],
        ago(entry.at, now),
        names[entry.author.actor],
        names[entry.deed.target],
    )
