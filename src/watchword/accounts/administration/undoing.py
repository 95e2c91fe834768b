"""Undoing a change of administration: what undoes what, and whether it still can be.

An act is undone while it is the last word about its matter: nobody has said anything about the same
thing since, and what there was before is known. What ended (sessions, sign-ins, secrets, accounts)
stays ended, and no act that only ends something is here.

Source: users.md U40.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from watchword.accounts.administration.audit import AuditAction, AuditEntry, Deed, Entry

__all__ = ["ENDS", "UNDONE_BY", "UNDO_SECONDS", "ChangedSince", "is_last_word", "is_undoable"]

UNDO_SECONDS = 3_600  # later it is a change like any other, which wants a reason of its own
ENDS = "ends"  # in the detail of a share that was ended: when it would have ended by itself

_PAIRS = (
    (AuditAction.CLIENT_SWITCHED_OFF, AuditAction.CLIENT_SWITCHED_ON),
    (AuditAction.ROLE_GIVEN, AuditAction.ROLE_TAKEN),
    (AuditAction.ROLE_INHERITS, AuditAction.ROLE_INHERITS_NO_MORE),
    (AuditAction.SHARE_ADDED, AuditAction.SHARE_REMOVED),
    (AuditAction.USER_SUSPENDED, AuditAction.USER_RESUMED),
)
UNDONE_BY: Mapping[AuditAction, AuditAction] = MappingProxyType(
    {act: other for pair in _PAIRS for act, other in (pair, pair[::-1])}
)


class ChangedSince(Exception):
    """The act is not the last word about its matter: raised in a transaction, so that it ends."""


def is_undoable(entry: Entry, *, actor: str, now: int) -> bool:
    """Whether an act is of a kind that is undone, is this person's own, and is young enough."""
    return (
        isinstance(entry, AuditEntry)
        and entry.deed.action in UNDONE_BY
        and entry.author.actor == actor
        and now - entry.at < UNDO_SECONDS
        and (entry.deed.kind != "share" or entry.deed.target.count("/") == 1)  # type/id
    )


def is_last_word(entry: AuditEntry, history: Sequence[Entry]) -> bool:
    """Whether nothing was said about the matter of an act since.

    Args:
        entry: the act.
        history: what was done to its target, the newest first; what it does not reach back to
            counts as said.
    """
    said = [one for one in history if _is_about(entry.deed, one)]
    if not said or said[0].position != entry.position:
        return False
    # The same act twice, such as a share whose end was changed: what was before is not known.
    before = said[1] if len(said) > 1 else None
    return before is None or (
        isinstance(before, AuditEntry) and before.deed.action is not entry.deed.action
    )


def _is_about(deed: Deed, other: Entry) -> bool:
    """Whether an entry says something about the matter of a deed; one that is illegible may."""
    if not isinstance(other, AuditEntry):
        return True
    actions = {deed.action, UNDONE_BY[deed.action]}
    return other.deed.action in actions and _matter(other.deed) == _matter(deed)


def _matter(deed: Deed) -> tuple[str, str, dict[str, str]]:
    detail = {name: value for name, value in deed.detail.items() if name != ENDS}
    return deed.kind, deed.target, detail
