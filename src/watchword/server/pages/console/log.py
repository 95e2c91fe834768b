"""The log: who changed what, when, from where and why.

Source: users.md U40; security.md rule 100.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.audit import (
    AUDIT_ENTRIES_MAX,
    AuditAction,
    AuditEntry,
    Entry,
)
from watchword.accounts.administration.undoing import ENDS, is_last_word
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.languages import N_
from watchword.server.pages.account.frame import Member
from watchword.server.pages.ago import When, ago
from watchword.server.pages.console.events import EVENTS, TABS
from watchword.server.pages.console.frame import page_of, show_console
from watchword.server.pages.console.offer import may_undo, undo_path
from watchword.server.pages.times import moment

__all__ = ["SENTENCES", "Line", "line_of", "show_log"]

POSITION_DIGITS_MAX = 15
_CLIENT, _USER = "client", "user"
SECONDS_DIGITS_MAX = 11  # up to the year 5138

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
class Named:
    """Whoever acted, or what an act is about: by its name where somebody still has it."""

    name: str  # else the id
    path: str = ""  # of its page, if there is one that the reader may see


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, with names in the place of ids where somebody still has them."""

    entry: AuditEntry
    sentence: str
    when: When
    actor: Named
    target: Named
    facts: tuple[str, ...]  # further ones, as words
    undo: str  # where it is undone, if it may be


Names: TypeAlias = Mapping[tuple[str, str], Named]


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
    names = await _names(read, desk)
    values = {
        "tabs": TABS,
        "tab": TABS[3],
        "lines": [_line(one, read, names, desk) for one in page],
        "older": page[-1].position if len(found) > AUDIT_ENTRIES_MAX else None,
        "is_first": before is None,
    }
    return show_console(member, "log.html", values, here=EVENTS)


show_log = page_of("audit", _show)


async def line_of(entry: AuditEntry, desk: Desk) -> Line:
    """Return one entry as the log shows it."""
    return _read(entry, [entry], await _names([entry], desk), desk)


async def _names(entries: Sequence[AuditEntry], desk: Desk) -> Names:
    """Return whoever acted and what the acts are about, by kind and id."""
    acted = {(_USER, one.author.actor) for one in entries}
    return {
        (kind, its_id): await (_client if kind == _CLIENT else _user)(its_id, desk)
        for kind, its_id in acted | {_about(one) for one in entries}
    }


def _about(entry: AuditEntry) -> tuple[str, str]:
    """Return the kind by which a target is looked up, and its id: whatever is no client by user."""
    return _CLIENT if entry.deed.kind == _CLIENT else _USER, entry.deed.target


async def _user(user_id: str, desk: Desk) -> Named:
    user = await desk.store.read_user(user_id)
    if user is None:
        return Named(user_id)
    return Named(user.name, f"/admin/users/{user.id}" if desk.may("read", "user") else "")


async def _client(client_id: str, desk: Desk) -> Named:
    client = await desk.store.find_client(client_id)
    if client is None:
        return Named(client_id)
    path = f"/admin/apps?{urlencode({'id': client_id})}"
    return Named(client.name, path if desk.may("read", "client") else "")


def _line(entry: Entry, page: Sequence[AuditEntry], names: Names, desk: Desk) -> Line | Unread:
    if not isinstance(entry, AuditEntry):
        return Unread(entry.position)
    return _read(entry, page, names, desk)


def _read(entry: AuditEntry, page: Sequence[AuditEntry], names: Names, desk: Desk) -> Line:
    history = [one for one in page if one.deed.target == entry.deed.target]
    is_undone = not may_undo(entry, desk) or not is_last_word(entry, history)
    return Line(
        entry,
        SENTENCES[entry.deed.action],
        ago(entry.at, desk.now),
        names[_USER, entry.author.actor],
        names[_about(entry)],
        tuple(_fact(name, value) for name, value in sorted(entry.deed.detail.items())),
        "" if is_undone else undo_path(entry),
    )


def _fact(name: str, value: str) -> str:
    """Return a value as it is read; a time as RFC 3339."""
    is_time = name == ENDS and value.isdecimal() and len(value) <= SECONDS_DIGITS_MAX
    return moment(int(value)).machine if is_time else value
