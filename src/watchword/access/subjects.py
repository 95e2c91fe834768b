"""Subject search: who may do this to that row? The same tree, with the subject unknown.

What is left reads the subject only. It is asked in one of two ways. Where the facts of subjects lie
in a mapped table, `where` lowers it over that table, exactly. Where they come through a reader,
`wanted` says which subjects can be among them at all, by id, role or share, so that the reader
finds them by index, and `holds` decides on each.

A person's own rights are asked for, so no token's scopes are a ceiling here.

Source: access.md sections 1 (7), 4 (`subjects`), 11 (Z14 to Z16).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar, assert_never

from watchword.access.compile import look
from watchword.access.errors import PolicyError
from watchword.access.lower import lowering
from watchword.access.places import Place
from watchword.access.plan import Plan
from watchword.access.shares import resource_id
from watchword.access.subject import Context, Subject
from watchword.access.tree import (
    FALSE,
    Atom,
    Attr,
    Const,
    Every,
    Fact,
    Op,
    Opaque,
    Operand,
    Shared,
    Some,
    Source,
    Tree,
    every,
    fold,
    some,
)
from watchword.base.records import dataclass

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Clause, Rows

__all__ = ["SharedRow", "SubjectFinder", "Subjects", "Wanted", "subjects"]

M = TypeVar("M")
Roles = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class SharedRow:
    """A row that whoever holds a share of it may be among the found."""

    resource_type: str
    resource_id: str
    relation: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which subjects can be among the found: those of any of these, and nobody else.

    Attributes:
        everyone: nothing narrows the search.
        ids: of subjects.
        roles: assigned roles of which one is enough, those included that bring them.
        shares: rows of which one must be shared with the subject or one of its roles.
    """

    everyone: bool = False
    ids: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    shares: frozenset[SharedRow] = frozenset()

    def __or__(self, other: "Wanted") -> "Wanted":
        if self.everyone or other.everyone:
            return EVERYONE
        return Wanted(
            ids=self.ids | other.ids,
            roles=self.roles | other.roles,
            shares=self.shares | other.shares,
        )

    @property
    def breadth(self) -> tuple[bool, bool, int]:
        """How much a reader has to look through: less is narrower."""
        return self.everyone, bool(self.roles or self.shares), len(self.ids)


EVERYONE = Wanted(everyone=True)
NOBODY = Wanted()


class SubjectFinder(Protocol):
    """What reads the facts of many subjects; `stores` implements it."""

    async def subjects(self, wanted: Wanted, *, after: str, at_most: int) -> Sequence[Subject]:
        """Return subjects in the order of their ids, complete as far as they go.

        Args:
            wanted: every subject that it describes, and maybe others.
            after: the id after which to begin; empty for the first ones.
            at_most: how many; fewer are returned only at the end.
        """
        ...


@dataclass(frozen=True, slots=True)
class Subjects:
    """Who may do one thing to one row.

    Attributes:
        tree: the condition on the subject; everything else is folded in.
        holds: decides on one subject, as the check does.
        roles: each role with all that it inherits.
    """

    tree: Tree
    holds: Callable[[Subject], bool]
    roles: Roles

    @property
    def wanted(self) -> Wanted:
        """Which subjects can be among them."""
        return _wanted(self.tree, self.roles)

    def among(self, found: Iterable[Subject]) -> tuple[Subject, ...]:
        """Return those of the found who may."""
        return tuple(me for me in found if self.holds(me))

    def where(self, model: type[object], **columns: str) -> "Clause":
        """Return the condition on a mapped table of subjects, for WHERE.

        Args:
            model: the mapped class whose rows are subjects.
            columns: subject attribute -> column of the model, or a path along its relations such
                as `roles="memberships.role"`, which holds the roles as they are assigned.

        Raises:
            PolicyError: a rule reads an attribute that no column is named for, or something that
                no table of subjects can answer.
        """
        return lowering(model).where(model, self._over(model, columns))

    def select(self, model: type[M], **columns: str) -> "Rows[M]":
        """Return a statement that gives the rows of the subjects; see `where`."""
        return lowering(model).select(model, self._over(model, columns))

    def _over(self, model: type[object], columns: Mapping[str, str]) -> Tree:
        place = Place(model, lowering(model))
        return _moved(
            self.tree, {name: _reach(place, path) for name, path in columns.items()}, self.roles
        )


def subjects(
    plan: Plan, row: object, ctx: Context, roles: Roles, check: Callable[[Subject], bool]
) -> Subjects:
    """Fold a row and the circumstances into what decides.

    Args:
        plan: what decides the action on the row's resource.
        row: an object of the model.
        ctx: the circumstances.
        roles: each role with all that it inherits.
        check: the compiled check of this row.
    """
    try:
        tree = fold(plan.tree, _World(row, ctx))
    except TypeError:  # a proposed object; the check denies on the same error
        tree = FALSE
    return Subjects(tree, check, roles)


@dataclass(frozen=True, slots=True)
class _World:
    """A row and a context, for folding."""

    row: object
    ctx: Context

    def operand(self, operand: Attr | Shared) -> Operand:
        if isinstance(operand, Shared) or operand.source is Source.SUBJECT:
            return operand
        return Const(look(operand)(self.row if operand.source is Source.RESOURCE else self.ctx))

    def opaque(self, predicate: Opaque) -> Fact | Opaque:
        return predicate


def _wanted(tree: Tree, roles: Roles) -> Wanted:
    match tree:
        case Fact(holds):
            return EVERYONE if holds else NOBODY
        case Atom(positive=True):
            return _wanted_by(tree, roles)
        case Atom() | Opaque():
            return EVERYONE
        case Every(parts):
            return min((_wanted(part, roles) for part in parts), key=lambda each: each.breadth)
        case Some(parts):
            whole = NOBODY
            for part in parts:
                whole = whole | _wanted(part, roles)
            return whole
        case _:
            assert_never(tree)


def _wanted_by(atom: Atom, roles: Roles) -> Wanted:
    match atom:
        case Atom(Op.EQ, Attr(Source.SUBJECT, "id"), Const(value)) | Atom(
            Op.EQ, Const(value), Attr(Source.SUBJECT, "id")
        ):
            return Wanted(ids=_texts((value,)))
        case Atom(Op.IN, Attr(Source.SUBJECT, "id"), Const(frozenset() as values)):
            return Wanted(ids=_texts(values))
        case Atom(Op.IN, Const(role), Attr(Source.SUBJECT, "roles")):
            return Wanted(roles=_bringing(_texts((role,)), roles))
        case Atom(Op.MEETS, Attr(Source.SUBJECT, "roles"), Const(frozenset() as several)) | Atom(
            Op.MEETS, Const(frozenset() as several), Attr(Source.SUBJECT, "roles")
        ):
            return Wanted(roles=_bringing(_texts(several), roles))
        case Atom(Op.IN | Op.MEETS, Const(keys), Shared(resource, relation)):
            many = keys if isinstance(keys, frozenset) else (keys,)
            rows = (SharedRow(resource, resource_id(k), relation) for k in many if k is not None)
            return Wanted(shares=frozenset(rows))
        case _:
            return EVERYONE


def _texts(values: Iterable[object]) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str))


def _bringing(wanted: Iterable[str], roles: Roles) -> frozenset[str]:
    """Return the roles of which each brings one of the wanted."""
    return frozenset(_bringers(frozenset(wanted), roles))


def _bringers(wanted: frozenset[str], roles: Roles) -> Iterator[str]:
    yield from wanted
    yield from (role for role, held in roles.items() if not held.isdisjoint(wanted))


def _reach(place: Place, path: str) -> Attr:
    *steps, column = path.split(".")
    for step in steps:
        behind = place.step(step)
        if behind is None:
            raise PolicyError(f"{place.model.__name__} has no relation {step!r}")
        place = behind
    return place.attr(column)


def _moved(tree: Tree, columns: Mapping[str, Attr], roles: Roles) -> Tree:
    """Return a condition on a subject as one on a row of the table of subjects."""
    match tree:
        case Fact():
            return tree
        case Atom():
            return _moved_atom(tree, columns, roles)
        case Opaque(rule):
            raise PolicyError(f"the predicate of {rule} is Python: ask each subject with holds")
        case Every(parts):
            return every(_moved(part, columns, roles) for part in parts)
        case Some(parts):
            return some(_moved(part, columns, roles) for part in parts)
        case _:
            assert_never(tree)


def _moved_atom(atom: Atom, columns: Mapping[str, Attr], roles: Roles) -> Atom:
    match atom:
        # Roles are stored as assigned, and rules mean what they bring.
        case Atom(Op.IN, Const(role), Attr(Source.SUBJECT, "roles") as held):
            brought = Const(_bringing(_texts((role,)), roles))
            return replace(atom, op=Op.MEETS, left=_column(held, columns), right=brought)
        case Atom(
            Op.MEETS, Attr(Source.SUBJECT, "roles") as held, Const(frozenset() as several)
        ) | Atom(Op.MEETS, Const(frozenset() as several), Attr(Source.SUBJECT, "roles") as held):
            brought = Const(_bringing(_texts(several), roles))
            return replace(atom, left=_column(held, columns), right=brought)
        case _:
            for operand in (atom.left, atom.right):
                if str(operand) == "subject.roles":
                    raise PolicyError(f"{operand} is compared with another attribute: use holds")
            return replace(
                atom, left=_column(atom.left, columns), right=_column(atom.right, columns)
            )


def _column(operand: Operand, columns: Mapping[str, Attr]) -> Operand:
    match operand:
        case Const():
            return operand
        case Shared():
            raise PolicyError(f"{operand} is no column of subjects: use wanted and holds")
        case Attr(name=name) if name not in columns:
            raise PolicyError(f"name the column of {operand}: {name}='...'")
        case Attr(name=name, kind=kind):
            found = columns[name]
            if (found.kind, found.many) != (kind, operand.many):
                raise PolicyError(f"the column of {operand} is of another kind")
            return found
        case _:
            assert_never(operand)
