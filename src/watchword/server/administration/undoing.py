"""Undoing what an administrator did: which verb carries each act out, and who may.

The table is keyed by the act that undoes another; which that is stands in
`accounts.administration.undoing`.

Source: users.md U40; security.md rules 95 and 100.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias, assert_never

from watchword.accounts.administration.audit import AuditAction, AuditEntry, Author, Deed
from watchword.accounts.administration.roles import InheritOutcome
from watchword.accounts.administration.shares import Holder, Share, ShareOutcome
from watchword.accounts.administration.undoing import ENDS, UNDONE_BY, ChangedSince
from watchword.accounts.users import StatusOutcome
from watchword.base.records import dataclass
from watchword.oauth.registration.administration import ClientChange
from watchword.server.administration.desk import (
    Desk,
    settle_client,
    settle_inheritance,
    settle_share,
    settle_status,
)
from watchword.server.administration.scopes import Action, Thing
from watchword.server.errors import NotHere, NotPossible
from watchword.stores import Store
from watchword.stores.undoing import DONE

__all__ = ["UNDOINGS", "Undoing", "undo"]

Outcome: TypeAlias = StatusOutcome | InheritOutcome | ShareOutcome | ClientChange
Verb: TypeAlias = Callable[[Store, Deed, Author, int], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Undoing:
    """What carries an act out, and what whoever does so may have to do."""

    action: Action
    thing: Thing
    do: Verb


async def _resume(store: Store, deed: Deed, by: Author, now: int) -> StatusOutcome:
    return await store.restore_user(deed.target, by=by, now=now)


async def _suspend(store: Store, deed: Deed, by: Author, now: int) -> StatusOutcome:
    return await store.suspend_user(deed.target, by=by, now=now)


async def _give(store: Store, deed: Deed, by: Author, now: int) -> StatusOutcome:
    return await store.assign_role(deed.target, deed.detail["role"], by=by, now=now)


async def _take(store: Store, deed: Deed, by: Author, now: int) -> StatusOutcome:
    return await store.remove_role(deed.target, deed.detail["role"], by=by, now=now)


async def _include(store: Store, deed: Deed, by: Author, now: int) -> InheritOutcome:
    return await store.add_inheritance(deed.target, deed.detail["inherits"], by=by, now=now)


async def _exclude(store: Store, deed: Deed, by: Author, now: int) -> InheritOutcome:
    return await store.remove_inheritance(deed.target, deed.detail["inherits"], by=by, now=now)


async def _share(store: Store, deed: Deed, by: Author, now: int) -> ShareOutcome:
    ends = deed.detail.get(ENDS)
    expires_at = None if ends is None else int(ends)
    return await store.add_share(_share_of(deed), expires_at=expires_at, by=by, now=now)


async def _unshare(store: Store, deed: Deed, by: Author, now: int) -> ShareOutcome:
    return await store.remove_share(_share_of(deed), by=by, now=now)


async def _switch_on(store: Store, deed: Deed, by: Author, now: int) -> ClientChange:
    done = Deed(AuditAction.CLIENT_SWITCHED_ON, "client", deed.target)
    return await store.with_deed(done, by=by, now=now).enable_client(deed.target, now=now)


async def _switch_off(store: Store, deed: Deed, by: Author, now: int) -> ClientChange:
    done = Deed(AuditAction.CLIENT_SWITCHED_OFF, "client", deed.target)
    return await store.with_deed(done, by=by, now=now).disable_client(deed.target, now=now)


UNDOINGS: Mapping[AuditAction, Undoing] = MappingProxyType(
    {
        AuditAction.CLIENT_SWITCHED_OFF: Undoing("update", "client", _switch_off),
        AuditAction.CLIENT_SWITCHED_ON: Undoing("update", "client", _switch_on),
        AuditAction.ROLE_GIVEN: Undoing("update", "user", _give),
        AuditAction.ROLE_INHERITS: Undoing("update", "role", _include),
        AuditAction.ROLE_INHERITS_NO_MORE: Undoing("update", "role", _exclude),
        AuditAction.ROLE_TAKEN: Undoing("update", "user", _take),
        AuditAction.SHARE_ADDED: Undoing("create", "share", _share),
        AuditAction.SHARE_REMOVED: Undoing("delete", "share", _unshare),
        AuditAction.USER_RESUMED: Undoing("update", "user", _resume),
        AuditAction.USER_SUSPENDED: Undoing("update", "user", _suspend),
    }
)


async def undo(entry: AuditEntry, desk: Desk) -> None:
    """Undo an act, with an entry of its own in the log.

    Raises:
        ChangedSince: something was done about the same matter since.
        NotPermitted, InsufficientScope: whoever asks may not.
        NotPossible: what stands in the store does not allow it.
    """
    found = UNDOINGS[UNDONE_BY[entry.deed.action]]
    desk.permit(found.action, found.thing)
    by, store = desk.by(f"undo of {entry.position}"), desk.store.undoing(entry)
    outcome = await found.do(store, entry.deed, by, desk.now)
    if outcome not in DONE:
        raise _refusal(outcome)


def _refusal(outcome: Outcome) -> Exception:
    """Return why nothing was changed: a reason that the single act has too, or that it is over."""
    try:
        match outcome:
            case StatusOutcome():
                settle_status(outcome)
            case InheritOutcome():
                settle_inheritance(outcome)
            case ShareOutcome():
                settle_share(outcome)
            case ClientChange():
                settle_client(outcome)
            case never:
                assert_never(never)
    except NotPossible as refused:
        return refused
    except NotHere:
        return ChangedSince()
    return ChangedSince()


def _share_of(deed: Deed) -> Share:
    """Return the share that an entry tells of, whose target is type/id."""
    thing, _, thing_id = deed.target.partition("/")
    kind = next(one.value for one in Holder if one.value in deed.detail)
    return Share(thing, thing_id, deed.detail["relation"], kind, deed.detail[kind])
