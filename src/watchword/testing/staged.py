"""What the stages on a connection of SQLAlchemy have in common.

Source: access.md T1.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from watchword.access.plan import Plan
from watchword.access.policy import Policy
from watchword.base.records import dataclass
from watchword.testing.samples import Samples

__all__ = ["Staged"]


@dataclass(frozen=True, slots=True)
class Staged:
    """The tables that one model's rules read.

    Attributes:
        connection: where they are.
        samples: draws what they hold.
        plan: one of the model's, for its resource.
        count: rows of each table.
    """

    connection: Connection
    samples: Samples
    plan: Plan
    count: int

    @property
    def policy(self) -> Policy:
        """Whose rules are held to the laws."""
        return self.samples.policy

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Undo in the end whatever is done to the database."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
