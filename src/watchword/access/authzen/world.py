"""What a decision point looks up: people and rows, read by whoever keeps them.

Source: access.md sections 2 and 11 (Z14, Z16, Z17, Z22).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

from watchword.access.subject import Facts

__all__ = ["OpenWorld", "People", "Persons", "World"]

People = Sequence[tuple[str, Facts]]


class Persons(Protocol):
    """Who subjects are."""

    def person(self, id: str, /) -> Facts | None:  # noqa: A002 - AuthZEN's word
        """Return what is known of a subject; None for nobody."""
        ...

    def people(self, *, after: str, at_most: int) -> People:
        """Return subjects with ids above `after`, in the order of their ids, each with its facts.

        Every subject comes if this is asked again with the last id, until nothing is returned.
        """
        ...


class World(Persons, Protocol):
    """The stored facts, as they stand while one request is answered.

    A row that was returned stays loaded until then. It may be given other values for the length of
    a decision, so nothing that is pending may be written to a database.
    """

    def row(self, model: type[object], id: str, /) -> object | None:  # noqa: A002 - as above
        """Return the row whose primary key reads as `id`; None for no row."""
        ...

    def rows(
        self, model: type[object], condition: Any, *, after: str, at_most: int
    ) -> Sequence[str]:
        """Return the keys of rows that meet a condition of `policy.where`, in their order.

        Args:
            model: the mapped class.
            condition: what `policy.where` returned for it.
            after: the text of the key that the rows stand behind; empty for the first.
            at_most: how many.
        """
        ...

    def count(self, model: type[object], condition: Any) -> int:
        """Return how many rows meet a condition."""
        ...


OpenWorld: TypeAlias = Callable[[Persons], AbstractContextManager[World]]
"""Opens the facts for one request, in a worker thread; is told the accounts of the server."""
