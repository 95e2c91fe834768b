"""Who verifies with the published keys, and whether they hold the newest ones.

A verifier that follows the revocation feed says with each request which of the announced keys it
holds. One that has been silent for a day is waited for no more: its own copy has ended by then.

Source: oauth.md K-4; keys/remote.py (`STALE_SECONDS_MAX`).
"""

from collections.abc import Sequence
from typing import Protocol

from watchword.base.records import dataclass
from watchword.keys.record import KeyState, SigningKeyRecord

__all__ = ["PROCESSES_MAX", "READER_SECONDS", "KeyReader", "KeyReaderStore", "holding_old"]

READER_SECONDS = 86_400
# Of one verifier. A process takes a name at its start and leaves it behind at its end: this is a
# fleet of sixteen machines with four workers, started anew four times in a day.
PROCESSES_MAX = 256


@dataclass(frozen=True, slots=True)
class KeyReader:
    """One verifier."""

    name: str  # of the resource or client, and which of its processes
    read_at: int  # when it last held every published key; 0: it never did
    seen_at: int


class KeyReaderStore(Protocol):
    """Where verifiers are kept."""

    async def note_key_reader(
        self, verifier: str, process: str, *, is_current: bool, now: int
    ) -> None:
        """Remember that a verifier was here, and whether it holds every published key.

        Of one verifier the last `PROCESSES_MAX` that were heard of are remembered.
        """
        ...

    async def list_key_readers(self, *, now: int) -> tuple[KeyReader, ...]:
        """Return the verifiers that were heard of within `READER_SECONDS`, by name."""
        ...


def holding_old(
    records: Sequence[SigningKeyRecord], readers: Sequence[KeyReader], *, alg: str
) -> tuple[KeyReader, ...]:
    """Return the verifiers that do not hold the pending key of an algorithm; none without one."""
    for record in records:
        if record.alg == alg and record.state is KeyState.PENDING:
            # In the second in which the key was made, a reader may have come before it.
            return tuple(reader for reader in readers if reader.read_at <= record.created_at)
    return ()
