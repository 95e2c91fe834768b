"""How much there is of everything, and how sign-ins went lately: what an overview shows.

Each number is counted with bounded work, whatever the size of the tables: a count stops at
`FIGURE_MAX`, and of sign-ins the newest `SIGN_INS_MAX` are looked at.

Source: users.md U41.
"""

from typing import Protocol

from watchword.accounts.events import EventKind
from watchword.base.records import dataclass

__all__ = ["DAY_SECONDS", "FIGURE_MAX", "SIGN_INS_MAX", "FigureStore", "Figures", "SignIns"]

FIGURE_MAX = 10_000  # a number that is this large says "at least"
SIGN_INS_MAX = 20_000  # of one overview: some ten milliseconds of a database's work
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of this moment, each at most `FIGURE_MAX`."""

    users: int
    sessions: int  # live ones
    refusals: int  # requests of the last day that were refused and written down


@dataclass(frozen=True, slots=True)
class SignIns:
    """Sign-ins of one kind and client within one stretch of time."""

    stretch: int  # 0, 1, 2, ... from where the counting began
    kind: EventKind
    client_id: str | None
    count: int


class FigureStore(Protocol):
    """What an overview needs of a store. Each method sees one moment."""

    async def read_figures(self, *, now: int) -> Figures:
        """Return how much there is of everything."""
        ...

    async def count_administrators(self) -> int:
        """Return how many administrators may act; the role may be given or inherited."""
        ...

    async def count_sign_ins(self, *, since: int, stretch_seconds: int) -> tuple[SignIns, ...]:
        """Return the sign-ins since a moment, by stretch, kind and client.

        A sign-in is a session that began, a family that an application was given in a live
        session, or a refusal. Where there were more than `SIGN_INS_MAX`, the newest are counted.
        """
        ...
