"""The matrix of a policy: role x action x relation, and what it answers in each cell.

A relation is a way in which the conditions on a row let a rule apply, named after the first rule
that it makes apply, or not apply: owner, shared, not strangers. In a cell exactly the conditions of
its relation hold; the relation `other` is the row for which none of them does. The subject is not
suspended, belongs to the row's tenant except where the relation says otherwise, and holds the role
of the cell with all that it inherits; what else a rule asks is left open and stands in the cell as
its condition.

Source: access.md section 9 (T4); ASVS 5.0 8.1.1; OWASP Authorization Testing Automation.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, fields, replace
from itertools import count
from typing import Final, Literal, TypeAlias, cast

from watchword.access.book import Book
from watchword.access.cases import Case, Leaf, alternatives, assume, role_of
from watchword.access.errors import PolicyError
from watchword.access.export.sentence import sentence
from watchword.access.plan import Plan
from watchword.access.rules import Resource, Rule
from watchword.access.tree import (
    MEANING,
    Atom,
    Attr,
    Const,
    Fact,
    Op,
    Source,
    Tree,
    leaves,
    negate,
    reads_row,
)
from watchword.base.records import dataclass

__all__ = [
    "ANOTHER_TENANT",
    "NO_ROLE",
    "OTHER",
    "Cell",
    "Flip",
    "cells",
    "flips",
    "read",
    "written",
]

NO_ROLE: Final = ""
OTHER: Final = "other"
ANOTHER_TENANT: Final = "another tenant"

Verdict: TypeAlias = Literal["allow", "deny", "depends"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One question of the matrix and its answer.

    Attributes:
        resource: the resource's name, `note`.
        role: empty for a subject without any role.
        relation: of the subject to the row; `other` for none of those that the rules name.
        rule: the rule that answers; empty where no rule does, or where it depends.
        condition: what the answer depends on.
    """

    resource: str
    action: str
    role: str
    relation: str
    answer: Verdict
    rule: str = ""
    condition: str = ""

    def __str__(self) -> str:
        who = self.role or "nobody in particular"
        return f"{who}, {self.relation}: {self.action} {self.resource}"

    @property
    def question(self) -> tuple[str, str, str, str]:
        """What is asked, without the answer."""
        return self.resource, self.action, self.role, self.relation

    @property
    def told(self) -> str:
        """The answer in words."""
        if self.answer == "depends":
            return f"if {self.condition}"
        return f"{self.answer} ({self.rule or 'no rule'})"


@dataclass(frozen=True, slots=True)
class Flip:
    """A cell that two versions of a policy answer differently; None where one has no such cell."""

    before: Cell | None
    after: Cell | None

    @property
    def told(self) -> str:
        """What flipped, in words."""
        asked = self.before or self.after
        was, now = (cell.told if cell else "not asked" for cell in (self.before, self.after))
        return f"{asked}: was {was}, is {now}"


def cells(book: Book) -> tuple[Cell, ...]:
    """Return the matrix of a sealed policy, resource by resource."""
    return tuple(cell for resource in book.resources for cell in _of_resource(book, resource))


def written(matrix: Iterable[Cell]) -> str:
    """Return the matrix as a file to be reviewed as a diff: one cell a line, comma-separated."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_NAMES)
    writer.writerows(astuple(cell) for cell in matrix)
    return text.getvalue()


def read(text: str) -> tuple[Cell, ...]:
    """Read a matrix file.

    Raises:
        PolicyError: no matrix file, by the number of its line.
    """
    rows = csv.reader(io.StringIO(text))
    if next(rows, None) != _NAMES:
        raise PolicyError(f"a matrix file begins with the line {','.join(_NAMES)}")
    found = []
    for number, row in enumerate(rows, start=2):
        if len(row) != len(_NAMES) or row[4] not in {"allow", "deny", "depends"}:
            raise PolicyError(f"line {number} of the matrix is no cell")
        resource, action, role, relation, answer, rule, condition = row
        verdict = cast("Verdict", answer)
        found.append(Cell(resource, action, role, relation, verdict, rule, condition))
    return tuple(found)


def flips(before: Iterable[Cell], after: Iterable[Cell]) -> tuple[Flip, ...]:
    """Return the cells that are answered differently, with or without the same rule."""
    old, new = ({cell.question: cell for cell in matrix} for matrix in (before, after))
    return tuple(
        Flip(old.get(question), new.get(question))
        for question in dict.fromkeys((*old, *new))
        if _answer(old.get(question)) != _answer(new.get(question))
    )


_NAMES: Final = [field.name for field in fields(Cell)]


def _answer(cell: Cell | None) -> tuple[str, str] | None:
    return None if cell is None else (cell.answer, cell.condition)


def _of_resource(book: Book, resource: Resource) -> Iterator[Cell]:
    plans = [book.plan(resource.model, action) for action in sorted(book.words.actions)]
    relations = _relations(book.rules, resource)
    held = book.words.shape.roles
    roles = {NO_ROLE: frozenset[str](), **dict(sorted(held.items()))}
    for plan in plans:
        for role, closed in roles.items():
            for relation, case in relations.items():
                yield _cell(plan, (role, closed), (relation, case))


def _relations(rules: Sequence[Rule], resource: Resource) -> Mapping[str, Case]:
    """Return the ways in which a row can matter to the rules, by name."""
    found: dict[str, Case] = {OTHER: {}}
    # Allow rules name them first: `owner` reads better than the deny rule about strangers.
    for rule in sorted(rules, key=lambda rule: rule.heading.effect):
        if rule.resource != resource:
            continue
        if rule.is_built_in:
            tenants = {replace(leaf, positive=True) for leaf in leaves(rule.tree)}
            found[ANOTHER_TENANT] = {leaf: False for leaf in tenants if _same_tenant(leaf)}
            continue
        name = rule.id.partition(".")[2]
        for named, tree in ((name, rule.tree), (f"not {name}", negate(rule.tree))):
            for way in alternatives(tree, _relates):
                if any(way.values()) and not any(_alike(way, known) for known in found.values()):
                    found[_unused(named, found)] = way
    return found


def _relates(leaf: Leaf) -> bool:
    return reads_row(leaf) and not _same_tenant(leaf)


def _unused(name: str, taken: Mapping[str, Case]) -> str:
    """Return the name, numbered where a rule has several ways."""
    numbered = (f"{name} {number}" for number in count(2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _alike(one: Case, other: Case) -> bool:
    """Tell whether the same conditions hold in both; in a cell all others do not."""
    return {leaf for leaf in one if one[leaf]} == {leaf for leaf in other if other[leaf]}


def _cell(plan: Plan, held: tuple[str, frozenset[str]], related: tuple[str, Case]) -> Cell:
    role, roles = held
    relation, case = related
    question = (plan.resource.name, plan.action, role, relation)

    def truth(leaf: Leaf) -> bool | None:
        if reads_row(leaf):
            return case.get(leaf, _same_tenant(leaf)) and (bool(roles) or not _of_roles(leaf))
        return _of_subject(leaf, roles)

    def assumed(tree: Tree) -> Tree:
        return assume(tree, truth)

    whole = assumed(plan.tree)
    if not isinstance(whole, Fact):
        return Cell(*question, "depends", condition=sentence(whole))
    decisive = plan.allows if whole.holds else plan.early + plan.late
    applying = (rule.id for rule in decisive if assumed(rule.tree) == Fact(True))
    return Cell(*question, "allow" if whole.holds else "deny", next(applying, ""))


def _same_tenant(leaf: Leaf) -> bool:
    """Tell whether a leaf is the comparison of the row's tenant with the subject's."""
    match leaf:
        case Atom(Op.EQ, Attr(Source.RESOURCE), Attr(Source.SUBJECT, "tenant")):
            return True
        case _:
            return False


def _of_roles(leaf: Leaf) -> bool:
    """Tell whether a leaf asks for a role that the row names, which nobody without roles holds."""
    match leaf:
        case Atom(Op.IN, _, Attr(Source.SUBJECT, "roles")):
            return True
        case _:
            return False


def _of_subject(leaf: Leaf, roles: frozenset[str]) -> bool | None:
    """Return a leaf's truth for a subject in good standing that holds these roles."""
    role = role_of(leaf)
    if role is not None:
        return role in roles
    match leaf:
        case Atom(op, Attr(Source.SUBJECT, "suspended"), Const(value)):
            return bool(MEANING[op](False, value))
        case Atom(Op.MEETS, Attr(Source.SUBJECT, "roles"), Const(frozenset() as several)):
            return not several.isdisjoint(roles)
        case Atom(Op.EQ, Attr(Source.SUBJECT, "tenant"), Const(None)):
            return False
        case _:
            return None
