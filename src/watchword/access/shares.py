"""Shares: rows that say "bo may edit note 7", as data beside the rules.

The table of shares may stand beside the rows, where a filter asks it by EXISTS, or elsewhere, and
then the shares that concern a subject come with the subject. They are complete or an error, never
a shorter list.

A table of shares has the columns that `Share` has attributes, or `holder` and `holder_kind`
(`subject` or `role`) for who holds the share. `resource_id` is text: an integer in decimal digits,
a UUID in its hyphenated lower-case form.

Source: access.md section 4 (P8), section 5 (S6).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from watchword.access.values import COLLECTION_ITEMS_MAX, Kind, Scalar, scalar, text
from watchword.base.records import dataclass

__all__ = [
    "KEY_KINDS",
    "SHARES_MAX",
    "Share",
    "ShareReader",
    "Shares",
    "at_this_moment",
    "resource_id",
    "shares",
]

KEY_KINDS: tuple[Kind, ...] = (str, int, UUID)  # of rows that can be shared

SHARES_MAX = COLLECTION_ITEMS_MAX  # that come with one subject


@dataclass(frozen=True, slots=True)
class Share:
    """One share row: a relation to one resource, held by a subject or by everyone in a role.

    Attributes:
        resource_type: the resource's name in rule ids, `note`.
        resource_id: its primary key as text.
        relation: `editor`, `viewer`: the word that rules ask for.
        subject_id: who holds it; None when a role does.
        role: the role that holds it; None when a subject does.
        expires_at: seconds since the epoch from which it no longer counts; None is for ever.
        tenant: that the share belongs to; None for an application without tenants.

    Raises:
        ValueError: text that no database can carry, or not exactly one of subject and role.
    """

    resource_type: str
    resource_id: str
    relation: str
    subject_id: str | None = None
    role: str | None = None
    expires_at: int | None = None
    tenant: str | None = None

    def __post_init__(self) -> None:
        for word in (self.resource_type, self.resource_id, self.relation):
            text(word)
        if (self.subject_id is None) is (self.role is None):
            raise ValueError("a share names either a subject or a role")
        text(self.role if self.subject_id is None else self.subject_id)
        if self.tenant is not None:
            text(self.tenant)
        if self.expires_at is not None and type(self.expires_at) is not int:
            raise ValueError("expires_at is whole seconds since the epoch")


class ShareReader(Protocol):
    """What reads share rows; `stores` implements it."""

    async def shares_of(
        self, subject_id: str, roles: frozenset[str], *, now: int, at_most: int
    ) -> Sequence[Share]:
        """Return every live share that names the subject or one of the roles.

        Args:
            subject_id: who asks.
            roles: closed over inheritance.
            now: seconds since the epoch.
            at_most: `SHARES_MAX`; when there are more, one more than this is returned, which
                building the subject refuses.
        """
        ...


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of one subject: (resource type, relation) -> resource id -> until when."""

    rows: Mapping[tuple[str, str], Mapping[str, int | None]]

    def keys(
        self, resource: str, relation: str, kind: Kind, now: int | None
    ) -> frozenset[Scalar | None]:
        """Return the keys of the rows that are shared, of the kind of their column."""
        held = self.rows.get((resource, relation), {})
        live = (
            id_ for id_, until in held.items() if until is None or (now is not None and now < until)
        )
        return frozenset(key for id_ in live if (key := _key(id_, kind)) is not None)

    def have(self, place: tuple[str, str], key: Scalar | None, kind: Kind, now: int | None) -> bool:
        """Tell whether one row is shared, in one look-up: `key in self.keys(...)`."""
        held = self.rows.get(place)
        if held is None or type(key) is not kind or (named := resource_id(key)) not in held:
            return False
        until = held[named]
        return until is None or (now is not None and now < until)

    def __hash__(self) -> int:
        return hash(frozenset(self.rows))


def shares(
    found: Iterable[Share],
    *,
    id: str,  # noqa: A002 - the field's name
    roles: frozenset[str],
    tenant: str | None,
) -> Shares:
    """Collect the shares of a subject; those that name others are left out.

    Raises:
        ValueError: more than `SHARES_MAX`, or something else than a share.
    """
    rows: dict[tuple[str, str], dict[str, int | None]] = {}
    for number, share in enumerate(found):
        if not isinstance(share, Share):
            raise ValueError(f"{share!r} is no Share")
        if number == SHARES_MAX:
            raise ValueError(f"more than {SHARES_MAX} shares")
        if share.subject_id != id and share.role not in roles:
            continue
        if tenant is not None and share.tenant != tenant:
            continue
        held = rows.setdefault((share.resource_type, share.relation), {})
        until = held.get(share.resource_id, share.expires_at)
        held[share.resource_id] = _longer(until, share.expires_at)
    return Shares(MappingProxyType(rows))


def at_this_moment(live: Iterable[Share]) -> tuple[Share, ...]:
    """Return shares that were live when they were read, as they count for one request.

    The reader left out what has ended, so a policy need not be told the time.
    """
    return tuple(
        share if share.expires_at is None else replace(share, expires_at=None) for share in live
    )


def resource_id(key: Scalar) -> str:
    """Return a primary key as it stands in a share row."""
    return str(key)


def _longer(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _key(id_: str, kind: Kind) -> Scalar | None:
    """Return the key that a share names; None when no row can have it."""
    try:
        key = scalar(kind(id_), kind)  # type: ignore[call-arg,arg-type]  # of `KEY_KINDS`
    except ValueError:
        return None
    return key if str(key) == id_ else None
