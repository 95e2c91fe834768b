"""Places: the rows that a rule can reach from its own, along mapped relations.

Source: access.md section 4 (to-one paths, collections through mapped relations).
"""

from dataclasses import replace

from watchword.access.errors import PolicyError
from watchword.access.lower import Lowering
from watchword.access.tree import Attr, Source, Step
from watchword.base.records import dataclass

__all__ = ["PATH_STEPS_MAX", "Place"]

PATH_STEPS_MAX = 4  # each step is a nested EXISTS; a deeper tree wants a closure table


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a rule, or the rows behind a path from it.

    Attributes:
        shares: the mapped class or table of share rows, when they lie beside the rows.
    """

    model: type[object]
    lowering: Lowering
    path: tuple[Step, ...] = ()
    shares: object | None = None

    def __str__(self) -> str:
        return ".".join((Source.RESOURCE.value, *(step.name for step in self.path)))

    @property
    def many(self) -> bool:
        """The path leads to several rows."""
        return any(step.many for step in self.path)

    @property
    def name(self) -> str:
        """The name of the resource that these rows are."""
        return self.model.__name__.lower()

    def attr(self, name: str) -> Attr:
        """Return a column as an attribute. Raises PolicyError when rules cannot compare it."""
        kind = self.lowering.kind(self.model, name)
        return Attr(Source.RESOURCE, name, kind, self.many, self.path)

    def key(self) -> Attr:
        """Return the primary key as an attribute. Raises PolicyError when it is not one column."""
        return self.attr(self.lowering.key(self.model))

    def check_shares(self) -> None:
        """Refuse a table that cannot hold shares. Raises PolicyError."""
        if self.shares is not None:
            self.lowering.check_shares(self.shares)

    def step(self, name: str) -> "Place | None":
        """Return the rows behind a relation of this name; None when there is no such relation."""
        relation = self.lowering.relation(self.model, name)
        if relation is None:
            return None
        if len(self.path) == PATH_STEPS_MAX:
            raise PolicyError(f"{self}.{name}: a path has at most {PATH_STEPS_MAX} steps")
        step = Step(name, relation.many, relation.optional, relation.read)
        return replace(self, model=relation.model, path=(*self.path, step))
