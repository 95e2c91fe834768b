"""What remembers used proofs, so that each is good once.

Source: RFC 9449 section 11.1; tokens.md J-48.
"""

from typing import Protocol

from watchword.base.clock import SYSTEM, Clock
from watchword.jose.errors import ReplayMemoryFull

__all__ = ["Memory", "Replays"]

PROOFS_MAX = 100_000  # alive at once: 1,400 a second, in about 20 MB
BUCKET_SECONDS = 32  # proofs are forgotten by the bucket; at most four are alive


class Replays(Protocol):
    """Where a Verifier asks whether a proof was used before."""

    def seen(self, jti_hash: bytes, until: int) -> bool:
        """Remember a proof and return whether it was remembered already.

        Of many calls at once for one proof, exactly one returns False.

        Args:
            jti_hash: SHA-256 over the proof's key and `jti`.
            until: when the proof is too old to be accepted and may be forgotten.

        Raises:
            KeysUnavailable: the memory cannot be asked at present.
        """
        ...


class Memory:
    """Remembers the proofs that one process has seen. Shareable between threads.

    Several processes that serve one API need a memory in common, such as a table.

    Args:
        capacity: how many proofs may be alive; more are refused until some are too old.
        clock: the system's where left out.
    """

    __slots__ = ("_buckets", "_capacity", "_clock")

    def __init__(self, capacity: int = PROOFS_MAX, *, clock: Clock = SYSTEM) -> None:
        self._capacity = capacity
        self._clock = clock
        # By the end of the proofs' time. A proof always falls into the same bucket, so that one
        # `setdefault`, which no other thread can divide, decides who was first.
        self._buckets: dict[int, dict[bytes, object]] = {}

    def seen(self, jti_hash: bytes, until: int) -> bool:
        """Remember a proof and return whether it was remembered already.

        Raises:
            ReplayMemoryFull: as many proofs are alive as are kept; nothing is forgotten early.
        """
        self._forget(self._clock.now())
        if len(self) >= self._capacity:
            raise ReplayMemoryFull("the memory of used proofs is full", retry_after=BUCKET_SECONDS)
        first = object()
        bucket = self._buckets.setdefault(until // BUCKET_SECONDS, {})
        return bucket.setdefault(jti_hash, first) is not first

    def __len__(self) -> int:
        return sum(len(bucket) for bucket in list(self._buckets.values()))

    def __repr__(self) -> str:
        return f"Memory({len(self)} of {self._capacity})"

    def _forget(self, now: int) -> None:
        present = now // BUCKET_SECONDS
        for index in [index for index in list(self._buckets) if index < present]:
            self._buckets.pop(index, None)
