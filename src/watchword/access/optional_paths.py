"""Rules that allow what has no parent, which can be meant and seldom is.

Source: access.md section 7 (L6).
"""

from collections.abc import Iterable, Iterator

from watchword.access.rules import Rule
from watchword.access.tree import MEANING, ORDERINGS, Atom, Attr, Const, Op, Shared, atoms
from watchword.base.records import dataclass

__all__ = ["Remark", "remarks"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What a lint says of a rule.

    Attributes:
        lint: its name, `negative-on-optional-path`.
        rule: the rule's id.
        text: what is meant, for the rule's author.
    """

    lint: str
    rule: str
    text: str


def remarks(rules: Iterable[Rule]) -> tuple[Remark, ...]:
    """Return what stands out in the rules, in their order."""
    return tuple(
        found
        for rule in rules
        if rule.heading.effect == "allow"
        for found in _negative_on_optional_path(rule)
    )


def _negative_on_optional_path(rule: Rule) -> Iterator[Remark]:
    """Tell of conditions that allow what has no parent."""
    for atom in atoms(rule.tree):
        for attr in (atom.left, atom.right):
            if isinstance(attr, Attr) and _is_optional(attr) and _admits_nobody(atom, attr):
                parent = ".".join(step.name for step in attr.path)
                yield Remark(
                    "negative-on-optional-path",
                    rule.id,
                    f"{attr}: a row without {parent} is allowed too; "
                    f"write & (row.{parent} != None) where that is not meant",
                )


def _is_optional(attr: Attr) -> bool:
    return any(step.optional for step in attr.path)


def _admits_nobody(atom: Atom, attr: Attr) -> bool:
    """Tell whether the atom holds for a row whose attribute is absent."""
    other = atom.right if attr is atom.left else atom.left
    if other == Const(None):  # the author thought of it
        return False
    if attr.many or atom.op in ORDERINGS or isinstance(other, Shared):
        return not atom.positive
    if isinstance(other, Const):
        pool = atom.op is Op.IN and attr is atom.left
        left, right = (None, other.value) if pool or attr is atom.left else (other.value, None)
        return MEANING[atom.op](left, right) is atom.positive
    return not atom.positive
