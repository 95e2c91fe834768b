"""What a page says after a change: that it is made, and how it is undone.

The address names the entry of the log; whether it may be undone is looked up when the page is made.

Source: users.md U40.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.administration.audit import AuditEntry
from watchword.accounts.administration.undoing import UNDONE_BY, is_last_word, is_undoable
from watchword.server.administration.desk import Desk
from watchword.server.administration.undoing import UNDOINGS
from watchword.server.pages.account.frame import Member, go

__all__ = ["done", "may_undo", "offered", "stands", "undo_path", "undoable"]

POSITION_DIGITS_MAX = 15
OFFER_SECONDS = 300  # after that an address with an offer is an old one, which says too little
LOOKED_AT = 10  # entries that others may have written since the change that was just made


async def done(
    desk: Desk, member: Member, path: str, *, is_changed: bool = True, after: str = ""
) -> Response:
    """Answer a form with the page to look at next, which says what became of it.

    Args:
        desk: who made the change.
        member: the same person, and when the request came.
        path: of the page.
        is_changed: whether there was anything to change.
        after: the entry of a list after which the page begins.
    """
    if not is_changed:
        return go(member, path, after=after, notice="admin-unchanged")
    newest = await desk.store.list_audit(limit=LOOKED_AT)
    made = [one for one in newest if isinstance(one, AuditEntry) and one.author.actor == desk.me.id]
    is_offered = bool(made) and made[0].at >= member.now and may_undo(made[0], desk)
    undo = str(made[0].position) if is_offered and await stands(made[0], desk) else ""
    return go(member, path, after=after, notice="admin-done", undo=undo)


async def offered(request: Request, desk: Desk) -> str:
    """Return where the change is undone that the address names, if it was just made; or nothing."""
    entry = await undoable(request.query_params.get("undo", ""), desk)
    if entry is None or desk.now - entry.at >= OFFER_SECONDS or not await stands(entry, desk):
        return ""
    return undo_path(entry)


async def undoable(position: str, desk: Desk) -> AuditEntry | None:
    """Return the entry at a position, if it is one that this administrator may undo."""
    is_number = position.isascii() and position.isdecimal()
    if not is_number or len(position) > POSITION_DIGITS_MAX:
        return None
    found = await desk.store.list_audit(before=int(position) + 1, limit=1)
    entry = found[0] if found else None
    if not isinstance(entry, AuditEntry) or entry.position != int(position):
        return None
    return entry if may_undo(entry, desk) else None


def may_undo(entry: AuditEntry, desk: Desk) -> bool:
    """Whether an act is this administrator's own, can be undone, and may be by the rules."""
    if not is_undoable(entry, actor=desk.me.id, now=desk.now):
        return False
    undoing = UNDOINGS[UNDONE_BY[entry.deed.action]]
    return desk.may(undoing.action, undoing.thing)


async def stands(entry: AuditEntry, desk: Desk) -> bool:
    """Whether an act is the last word about its matter at this moment."""
    return is_last_word(entry, await desk.store.list_audit(target=entry.deed.target))


def undo_path(entry: AuditEntry) -> str:
    """Return the path of the page that undoes an act, below the issuer's."""
    return f"/admin/log/{entry.position}/undo"
