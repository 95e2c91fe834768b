"""The application's rules and facts, where it handed them to the server.

Source: users.md U45; access.md section 11.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from watchword.base.records import dataclass
from watchword.stores import Store

if TYPE_CHECKING:  # a server without a decision point never loads it
    from watchword.access.authzen.point import DecisionPoint
    from watchword.access.authzen.world import OpenWorld, World

__all__ = ["Decided"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision point with what opens the stored facts, in a worker thread."""

    point: "DecisionPoint"
    open_world: "OpenWorld"

    def world(self, store: Store, *, now: int) -> "AbstractContextManager[World]":
        """Open the facts of one request, in a worker thread of the loop that asks the store.

        Args:
            store: of the tenant whose accounts may be the subjects.
            now: seconds since the epoch.
        """
        from watchword.server.subjects import Accounts  # noqa: PLC0415  # with the decision point

        return self.open_world(Accounts(store, self.point.policy, now=now))
