"""Shares: one row each; the key is all that is said.

Source: access.md sections 1.5 and P8.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, delete, exists, insert, or_, select, tuple_, update

from watchword.access import shares as access
from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.administration.shares import Holder, Share, ShareOutcome, StoredShare
from watchword.accounts.administration.undoing import ENDS
from watchword.stores.schema import roles, shares, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.administration.administrators import LOCK_USER
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.terms import NOW, TENANT, number, text
from watchword.stores.verbs.upkeep.sweep import SWEEP_SHARES, clear

__all__ = ["add_share", "list_shares", "remove_share", "role_shares", "shares_of"]

_WORDS = ("resource_type", "resource_id", "relation", "holder_kind", "holder")
_KEY = tuple(shares.c[name] for name in _WORDS)
_THE_SHARE = and_(
    shares.c.tenant == TENANT, *(shares.c[name] == text(f"the_{name}") for name in _WORDS)
)
_USER_EXISTS = Statement(
    select(users.c.id).where(and_(users.c.tenant == TENANT, users.c.id == text("the_holder")))
)
_ROLE_EXISTS = Statement(
    select(roles.c.role).where(and_(roles.c.tenant == TENANT, roles.c.role == text("the_holder")))
)
_ADD = Statement(
    insert(shares)
    .from_select(
        ["tenant", *_WORDS, "expires_at", "created_at", "created_by", "reason"],
        select(
            TENANT,
            *(text(f"the_{name}") for name in _WORDS),
            number("expires"),
            NOW,
            text("the_author"),
            text("the_reason"),
        ).where(~exists().where(_THE_SHARE)),
    )
    .returning(shares.c.holder)
)
_CHANGE = Statement(
    update(shares)
    .where(and_(_THE_SHARE, shares.c.expires_at.is_distinct_from(number("expires"))))
    .values(expires_at=number("expires"), created_by=text("the_author"), reason=text("the_reason"))
    .returning(shares.c.holder)
)
_REMOVE = Statement(delete(shares).where(_THE_SHARE).returning(shares.c.expires_at))


def _listing(*names: str) -> Statement:
    """Return the statement that lists the shares with these words."""
    return Statement(
        select(
            *_KEY,
            shares.c.expires_at,
            shares.c.created_at,
            shares.c.created_by,
            shares.c.reason,
        )
        .where(
            and_(
                shares.c.tenant == TENANT,
                *(shares.c[name] == text(f"the_{name}") for name in names),
                tuple_(*_KEY) > tuple_(*(text(f"after_{name}") for name in _WORDS)),
            )
        )
        .order_by(*_KEY)
        .limit(number("at_most"))
    )


_LISTS: tuple[Statement, ...] = (
    _listing(),
    _listing("resource_type"),
    _listing("resource_type", "resource_id"),
    _listing("holder"),
    _listing("resource_type", "holder"),
    _listing("resource_type", "resource_id", "holder"),
)

_LIVE_OF_HOLDER = Statement(
    select(*_KEY, shares.c.expires_at)
    .where(
        and_(
            shares.c.tenant == TENANT,
            shares.c.holder == text("the_holder"),
            shares.c.holder_kind == text("the_holder_kind"),
            or_(shares.c.expires_at.is_(None), shares.c.expires_at > NOW),
        )
    )
    .limit(number("at_most"))
)


def shares_of(
    tenant: str, subject_id: str, roles: frozenset[str], *, now: int, at_most: int
) -> Verb[tuple[access.Share, ...]]:
    """Read the live shares of a subject and its roles, and at most one more than `at_most`."""
    holders = [(Holder.SUBJECT, subject_id), *((Holder.ROLE, role) for role in sorted(roles))]
    found: list[access.Share] = []
    for kind, holder in holders:
        left = at_most - len(found)
        found += yield from _held_by(tenant, kind, holder, now=now, at_most=left)
        if len(found) > at_most:
            break
    return tuple(found)


def role_shares(
    tenant: str, role: str, *, now: int, at_most: int
) -> Verb[tuple[access.Share, ...]]:
    """Read the live shares of a role alone, and at most one more than `at_most`."""
    return (yield from _held_by(tenant, Holder.ROLE, role, now=now, at_most=at_most))


def _held_by(
    tenant: str, kind: Holder, holder: str, *, now: int, at_most: int
) -> Verb[tuple[access.Share, ...]]:
    where: Parameters = {
        "in_tenant": tenant,
        "the_holder": holder,
        "the_holder_kind": kind.value,
        "at": now,
        "at_most": at_most + 1,
    }
    return tuple([_held(tenant, row) for row in (yield Step(_LIVE_OF_HOLDER, where))])


def add_share(
    tenant: str, share: Share, *, expires_at: int | None, by: Author, now: int
) -> Verb[ShareOutcome]:
    """Share, or change when a share ends."""
    where: Parameters = {
        **_words(tenant, share),
        "the_user": share.holder,
        "expires": expires_at,
        "at": now,
        "the_author": by.actor,
        "the_reason": by.reason,
    }
    if share.holder_kind == Holder.SUBJECT.value:
        yield Step(LOCK_USER, where)  # who is deleted meanwhile leaves no share behind
        known = yield Step(_USER_EXISTS, where)
    else:
        known = yield Step(_ROLE_EXISTS, where)
    if not known:
        return ShareOutcome.UNKNOWN_HOLDER
    if not ((yield Step(_ADD, where)) or (yield Step(_CHANGE, where))):
        return ShareOutcome.UNCHANGED
    yield from clear(tenant, SWEEP_SHARES, now=now)
    yield from append(tenant, _deed(AuditAction.SHARE_ADDED, share), by=by, now=now)
    return ShareOutcome.CHANGED


def remove_share(tenant: str, share: Share, *, by: Author, now: int) -> Verb[ShareOutcome]:
    """End a share, from the next request on."""
    removed = yield Step(_REMOVE, _words(tenant, share))
    if not removed:
        return ShareOutcome.UNCHANGED
    deed = _deed(AuditAction.SHARE_REMOVED, share)
    if (expires_at := removed[0][0]) is not None:
        deed = replace(deed, detail={**deed.detail, ENDS: str(expires_at)})
    yield from append(tenant, deed, by=by, now=now)
    return ShareOutcome.CHANGED


def list_shares(
    tenant: str,
    *,
    of: tuple[str | None, str | None, str | None],
    after: Share | None,
    limit: int,
) -> Verb[tuple[StoredShare, ...]]:
    """Read shares of a type, a resource and a holder, where they are named, after one of them.

    Raises:
        ValueError: a resource is named without its type.
    """
    resource_type, resource_id, holder = of
    if resource_id is not None and resource_type is None:
        raise ValueError("the id of a resource is asked for with its type")
    level = (resource_type is not None) + (resource_id is not None)
    where: Parameters = {
        "in_tenant": tenant,
        "the_resource_type": resource_type,
        "the_resource_id": resource_id,
        "the_holder": holder,
        "at_most": limit,
        **{f"after_{name}": getattr(after, name) if after else "" for name in _WORDS},
    }
    rows = yield Step(_LISTS[level + (3 if holder is not None else 0)], where)
    return tuple(_stored(row) for row in rows)


def _words(tenant: str, share: Share) -> dict[str, str]:
    return {"in_tenant": tenant, **{f"the_{name}": getattr(share, name) for name in _WORDS}}


def _deed(action: AuditAction, share: Share) -> Deed:
    detail = {"relation": share.relation, share.holder_kind: share.holder}
    return Deed(action, "share", f"{share.resource_type}/{share.resource_id}", detail)


def _held(tenant: str, row: Sequence[Any]) -> access.Share:
    resource_type, resource_id, relation, kind, holder, expires_at = row
    is_role = kind == Holder.ROLE.value
    return access.Share(
        resource_type,
        resource_id,
        relation,
        subject_id=None if is_role else holder,
        role=holder if is_role else None,
        expires_at=expires_at,
        tenant=tenant,
    )


def _stored(row: Sequence[Any]) -> StoredShare:
    return StoredShare(Share(*row[: len(_WORDS)]), *row[len(_WORDS) :])
