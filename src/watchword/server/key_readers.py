"""What verifiers say of the keys that they hold, on its way into the database.

A verifier asks twice a minute; a row is written where something has changed, and every five minutes
as a sign of life.

Source: oauth.md K-4.
"""

from dataclasses import dataclass, field

from watchword.base.clock import Clock
from watchword.keys.live import LiveRing
from watchword.keys.readers import KeyReaderStore
from watchword.keys.ring import KeyRing

__all__ = ["KeyReaders"]

SIGN_OF_LIFE_SECONDS = 300
READERS_MAX = 10_000  # remembered at once; beyond it each word is written


@dataclass(slots=True)
class KeyReaders:
    """The verifiers of one node.

    Args:
        store: where they are kept.
        live: the keys that stand.
        alg: what access tokens are signed with.
        clock: the time.
    """

    store: KeyReaderStore
    live: LiveRing
    alg: str
    clock: Clock
    _told: dict[tuple[str, str], tuple[KeyRing, bool, int]] = field(
        default_factory=dict, repr=False
    )

    @property
    def published(self) -> tuple[str, ...]:
        """The ids of the keys that verifiers need."""
        return tuple(
            kid
            for record in self.live.ring.publish()["keys"]  # type: ignore[attr-defined]  # a JWK set
            if record["alg"] == self.alg and (kid := record["kid"])
        )

    async def note(self, verifier: str, process: str, held: frozenset[str]) -> None:
        """Remember which of the published keys a verifier holds in one of its processes.

        Raises:
            StoreError: it cannot be written.
        """
        ring, now = self.live.ring, self.clock.now()
        is_current = held.issuperset(self.published)
        before = self._told.get((verifier, process))
        if before is not None and _is_said(before, ring, is_current=is_current, now=now):
            return
        if len(self._told) >= READERS_MAX:
            self._told.clear()
        await self.store.note_key_reader(verifier, process, is_current=is_current, now=now)
        self._told[verifier, process] = ring, is_current, now


def _is_said(
    before: tuple[KeyRing, bool, int], ring: KeyRing, *, is_current: bool, now: int
) -> bool:
    """Whether the same was written lately."""
    told_of, was_current, at = before
    return told_of is ring and was_current is is_current and now - at < SIGN_OF_LIFE_SECONDS
