"""One row by its key, in one statement that also says what the subject may do with it.

Source: access.md section 5 (S12), section 7 (L10), section 8 (G1).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from watchword.access.errors import NotFound, Refusal
from watchword.base.records import dataclass

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Probe

__all__ = ["Lookup"]

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Lookup(Generic[M]):
    """A statement to execute, and the reading of its row.

    `judge` decides on the loaded row where no SQL says what an opaque predicate does.

    `lookup.answer(session.execute(lookup.statement).first())` is the whole use.
    """

    statement: "Probe[M]"
    refusal: Callable[[M], Refusal]
    judge: Callable[[M], tuple[bool, bool]] | None = None

    def answer(self, row: "tuple[M, bool, bool] | None") -> M:
        """Return the object.

        Raises:
            NotFound: there is no such row, or the subject may not read it.
            Forbidden: the subject may read it, and not do this.
        """
        if row is None:
            raise NotFound(detail="no such row")
        found, readable, allowed = row
        if self.judge is not None:
            readable, allowed = self.judge(found)
        if allowed:
            return found
        if readable:
            raise self.refusal(found)
        raise NotFound(detail="the subject may not read this row")
