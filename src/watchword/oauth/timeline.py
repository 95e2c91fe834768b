"""The time line of a family: when its tokens were issued, used, presented again, and the outcome.

The person reads it to judge whether somebody else has their tokens. Ordinary refreshes are told by
the rows of the tokens themselves; what is out of the ordinary, by the events of the family.

Source: oauth.md R-6; users.md U39; OWASP ASVS 5.0 V7.5.2.
"""

from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import Protocol

from watchword.accounts.events import Event, EventKind
from watchword.accounts.origin import NOWHERE, Origin
from watchword.base.records import dataclass
from watchword.oauth.families import RevokedBecause

__all__ = ["FamilyLife", "Moment", "MomentKind", "PairLife", "TimelineStore", "moments"]


@dataclass(frozen=True, slots=True)
class PairLife:
    """A refresh token and the access token issued with it. Times are seconds since the epoch."""

    generation: int  # 1 for the first
    issued_at: int
    used_at: int | None  # when the refresh token was presented first
    seen_at: int | None  # when the access token was first seen at an endpoint of the server
    killed_at: int | None  # when another pair took its place, unused
    origin: Origin  # of whoever was given it


@dataclass(frozen=True, slots=True)
class FamilyLife:
    """A family, the newest hundred of its pairs, and the events of it."""

    family_id: str
    client_id: str
    client_name: str
    scopes: tuple[str, ...]  # of all its resources
    created_at: int
    ends_at: int  # by itself, if nothing happens before
    revoked_at: int | None
    revoked_because: RevokedBecause | None
    pairs: tuple[PairLife, ...]  # by generation
    events: tuple[Event, ...]  # as they happened
    keys_changed_at: int | None = None  # since when its client has other keys than it proved


class MomentKind(Enum):
    """What happened in the life of a family."""

    ISSUED = "issued"  # its first pair
    REFRESHED = "refreshed"  # a token was used, and the next pair issued
    ACCEPTED_AGAIN = "accepted_again"  # a used token came back, its successor wholly unused
    REUSED = "reused"  # a used token came back, its successor used: somebody else has one of them
    KEYS_CHANGED = "keys_changed"  # those that its client had proved itself with are gone
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a time line."""

    kind: MomentKind
    at: int
    origin: Origin
    generation: int | None = None  # of the pair that was issued
    because: RevokedBecause | None = None


class TimelineStore(Protocol):
    """What the time line needs of a store."""

    async def read_family_life(self, user_id: str, family_id: str) -> FamilyLife | None:
        """Return a family of this user; None where it is not theirs, or forgotten."""
        ...


def moments(life: FamilyLife, *, now: int) -> tuple[Moment, ...]:
    """Return what happened, in its order.

    Args:
        life: of one family.
        now: seconds since the epoch; a family that ran out by then has expired.
    """
    # What is told of one second stands in the order of the enumeration.
    order = tuple(MomentKind)
    found = (*_issues(life), *_presentations(life), *_changes(life), *_ends(life, now))
    return tuple(sorted(found, key=lambda each: (each.at, order.index(each.kind))))


def _issues(life: FamilyLife) -> Iterator[Moment]:
    if life.pairs and life.pairs[0].generation == 1:
        first = life.pairs[0]
        yield Moment(MomentKind.ISSUED, first.issued_at, first.origin, 1)
    else:  # the first are forgotten; when it began is not
        yield Moment(MomentKind.ISSUED, life.created_at, NOWHERE)
    for before, pair in pairwise(life.pairs):
        # A pair that took the place of a killed one is told by the event of that presentation.
        if before.killed_at is None:
            yield Moment(MomentKind.REFRESHED, pair.issued_at, pair.origin, pair.generation)


def _presentations(life: FamilyLife) -> Iterator[Moment]:
    kinds = {
        EventKind.REFRESH_RETRIED: MomentKind.ACCEPTED_AGAIN,
        EventKind.REFRESH_REUSED: MomentKind.REUSED,
    }
    for event in life.events:
        if event.kind in kinds:
            yield Moment(kinds[event.kind], event.at, event.origin)


def _changes(life: FamilyLife) -> Iterator[Moment]:
    if life.keys_changed_at is not None:
        yield Moment(MomentKind.KEYS_CHANGED, life.keys_changed_at, NOWHERE)


def _ends(life: FamilyLife, now: int) -> Iterator[Moment]:
    if life.revoked_at is not None:
        yield Moment(MomentKind.REVOKED, life.revoked_at, NOWHERE, because=life.revoked_because)
    elif life.ends_at <= now:
        yield Moment(MomentKind.EXPIRED, life.ends_at, NOWHERE)
