"""The life of a signing key: announced before it signs, published until its last token is dead.

    pending   published, signs nothing: every cache can have seen it before it is used
    active    signs; one of each algorithm
    retired   published, signs nothing: what it signed still verifies
    deleted   gone

What is due is decided here from the records and the time alone, so that any node may do it and all
come to the same plan; the store lets one of them do each thing.

Source: oauth.md K-1, K-2, K-4; security.md rule 78; NIST SP 800-57 part 1 section 5.3.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from watchword.base.records import dataclass
from watchword.keys.record import KeyState, SigningKeyRecord

__all__ = [
    "Activate",
    "Duty",
    "Forget",
    "Make",
    "Phase",
    "RotationPolicy",
    "due",
    "foreseen",
    "next_change",
    "phases",
]

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPolicy:
    """How long a key stays in each state.

    Raises:
        ValueError: a time that is not positive, or an announcement that does not fit into the
            time for which the key before it is active.
    """

    active_seconds: int = 90 * DAY
    announce_seconds: int = 14 * DAY
    keep_seconds: int = 14 * DAY

    def __post_init__(self) -> None:
        if min(self.active_seconds, self.announce_seconds, self.keep_seconds) <= 0:
            raise ValueError("the times of a rotation are positive")
        if self.announce_seconds > self.active_seconds:
            raise ValueError("a key is announced while the one before it is active")


@dataclass(frozen=True, slots=True)
class Make:
    """Make and publish the next key of an algorithm."""

    alg: str
    activates_at: int


@dataclass(frozen=True, slots=True)
class Activate:
    """Sign with the pending key from now on; the active one retires."""

    kid: str
    retired_deletes_at: int


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete a retired key: no token that it signed is alive."""

    kid: str


Duty = Make | Activate | Forget


def due(
    records: Sequence[SigningKeyRecord],
    policy: RotationPolicy,
    *,
    alg: str,
    now: int,
    waits: bool = False,
) -> tuple[Duty, ...]:
    """Return what is to be done at this moment, in this order.

    Args:
        records: every key that is not deleted.
        policy: the times.
        alg: what the server signs with. Keys of other algorithms are only deleted when they are
            due: the server makes no more of them.
        now: seconds since the epoch.
        waits: a verifier is known that has not read the pending key yet.
    """
    duties: list[Duty] = [
        Forget(record.kid)
        for record in records
        if record.state is KeyState.RETIRED and _reached(record.deletes_at, now)
    ]
    pending = _of(records, alg, KeyState.PENDING)
    if pending is None:
        active = _of(records, alg, KeyState.ACTIVE)
        if active is not None and now >= _ends(active, policy) - policy.announce_seconds:
            begins = max(_ends(active, policy), now + policy.announce_seconds)
            duties.append(Make(alg, begins))
    elif _reached(pending.activates_at, now) and not waits:
        duties.append(Activate(pending.kid, now + policy.keep_seconds))
    return tuple(duties)


def next_change(record: SigningKeyRecord, policy: RotationPolicy) -> int | None:
    """Return when a key leaves its state by plan; None where that hangs on another key."""
    match record.state:
        case KeyState.PENDING:
            return record.activates_at
        case KeyState.ACTIVE:
            return _ends(record, policy) if record.retired_at is None else record.retired_at
        case KeyState.RETIRED:
            return record.deletes_at
    assert_never(record.state)


def foreseen(records: Sequence[SigningKeyRecord]) -> tuple[SigningKeyRecord, ...]:
    """Return the keys as they will have been, for people to look at.

    A key that signs stops where the one that is announced begins.
    """
    begins = {one.alg: one.activates_at for one in records if one.state is KeyState.PENDING}
    return tuple(
        replace(one, retired_at=begins.get(one.alg)) if one.state is KeyState.ACTIVE else one
        for one in records
    )


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a key's life, as it was or as it is planned."""

    state: KeyState
    begins: int
    ends: int


def phases(record: SigningKeyRecord, policy: RotationPolicy) -> tuple[Phase, ...]:
    """Return the life of a key, for people to look at."""
    signs = record.activates_at if record.activated_at is None else record.activated_at
    signs = record.created_at if signs is None else signs
    stops = signs + policy.active_seconds if record.retired_at is None else record.retired_at
    goes = stops + policy.keep_seconds if record.deletes_at is None else record.deletes_at
    life = (
        Phase(KeyState.PENDING, record.created_at, signs),
        Phase(KeyState.ACTIVE, signs, stops),
        Phase(KeyState.RETIRED, stops, goes),
    )
    return tuple(phase for phase in life if phase.begins < phase.ends)


def _of(records: Sequence[SigningKeyRecord], alg: str, state: KeyState) -> SigningKeyRecord | None:
    return next((one for one in records if one.alg == alg and one.state is state), None)


def _ends(active: SigningKeyRecord, policy: RotationPolicy) -> int:
    """Return when the key has been active for as long as it may."""
    began = active.created_at if active.activated_at is None else active.activated_at
    return began + policy.active_seconds


def _reached(moment: int | None, now: int) -> bool:
    return moment is not None and now >= moment
