"""The facts about a person as whom somebody acts, for questions with a token that says so.

Source: RFC 8693 section 4.1; users.md U42; access.md S11.
"""

from collections.abc import Sequence
from typing import Any

from watchword.access.authzen.world import People, World
from watchword.access.subject import Facts
from watchword.base.records import dataclass

__all__ = ["Acted"]


@dataclass(frozen=True, slots=True)
class Acted:
    """A World in which whoever is asked about is acted for; all else is that of another one."""

    world: World
    actor: str

    def person(self, id: str, /) -> Facts | None:  # noqa: A002 - the protocol's name
        """Return what is known of a subject, and who acts; None for nobody."""
        facts = self.world.person(id)
        return None if facts is None else {**facts, "act": self.actor}

    def people(self, *, after: str, at_most: int) -> People:
        """Return subjects; who asks with such a token searches for none."""
        return self.world.people(after=after, at_most=at_most)

    def row(self, model: type[object], id: str, /) -> object | None:  # noqa: A002 - as above
        """Return a row."""
        return self.world.row(model, id)

    def rows(
        self, model: type[object], condition: Any, *, after: str, at_most: int
    ) -> Sequence[str]:
        """Return the keys of rows that meet a condition."""
        return self.world.rows(model, condition, after=after, at_most=at_most)

    def count(self, model: type[object], condition: Any) -> int:
        """Return how many rows meet a condition."""
        return self.world.count(model, condition)
