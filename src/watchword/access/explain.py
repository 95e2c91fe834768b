"""The third reading: why. It walks the tree with values and keeps the conditions that decided.

A deny or allow that applies is explained by the conditions that hold; a rule that does not apply
by those that fail, fewest first across rules, so that the nearest way to a yes is read first.
With the row unknown, a condition on it is neither: that is how a refusal is found before loading.

Source: access.md section 8 (D1 to D3, D6), section 5 (G2).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

from watchword.access.compile import PLACE, Look, look
from watchword.access.decision import Considered, Kind
from watchword.access.plan import Plan
from watchword.access.rules import Rule
from watchword.access.subject import Context, Subject
from watchword.access.tree import (
    MEANING,
    ORDERINGS,
    Atom,
    Attr,
    Every,
    Fact,
    Op,
    Operand,
    Some,
    Source,
    Tree,
)

__all__ = ["UNKNOWN_ROW", "Explained", "Explainer", "explainer"]

TEXT_CHARACTERS_MAX = 60  # of one value in an explanation
SET_ITEMS_MAX = 8  # of one collection in an explanation


class _UnknownRow:
    """Stands for a row that is not loaded."""

    __slots__ = ()


UNKNOWN_ROW: Final = _UnknownRow()


class Finding(NamedTuple):
    """Whether a condition holds (None: it depends on the row), and the atoms that decided."""

    holds: bool | None
    atoms: tuple[str, ...] = ()


class Explained(NamedTuple):
    """A verdict with its reasons, before it becomes a `Decision`."""

    kind: Kind
    rule: str | None
    because: str
    considered: tuple[Considered, ...]


Find: TypeAlias = Callable[[Subject, object, Context], Finding]
Explainer: TypeAlias = Callable[[Subject, object, Context], Explained]

_DEPENDS = Finding(None)
_UNDECIDABLE = Finding(None, ("undecidable",))
_UNDECIDABLE_TEXT: Final = "an attribute has a value that its column's type does not have"


def explainer(plan: Plan, secret: frozenset[str]) -> Explainer:
    """Return the function that explains this action on this resource.

    Args:
        plan: the rules that cover the action.
        secret: attribute names whose values are never shown.
    """
    finders = [(rule, _finder(rule.tree, secret)) for rule in plan.rules]

    def explain(me: Subject, row: object, ctx: Context) -> Explained:
        found = [(rule, _found(find, me, row, ctx)) for rule, find in finders]
        order = sorted(found, key=_nearness)
        considered = tuple(_considered(rule, finding) for rule, finding in order)
        return _conclude(plan, me, found, considered)

    return explain


def _found(find: Find, me: Subject, row: object, ctx: Context) -> Finding:
    try:
        return find(me, row, ctx)
    except TypeError:  # a proposed object; the check denies on the same error
        return _UNDECIDABLE


def _nearness(found: tuple[Rule, Finding]) -> tuple[bool, int, bool]:
    """Fewest failing conditions first; what a row could change before what a role could."""
    rule, finding = found
    return finding.holds is not True, len(finding.atoms), rule.heading.roles is not None


def _conclude(
    plan: Plan,
    me: Subject,
    found: Iterable[tuple[Rule, Finding]],
    considered: tuple[Considered, ...],
) -> Explained:
    """Follow the order of `Plan.steps`: early denies, ceiling, other denies, allows."""
    findings = {rule.id: finding for rule, finding in found}
    denied = _first(plan.early, findings, Kind.FORBIDDEN, considered)
    if denied is not None:
        return denied
    if not plan.within(me.scopes):
        return Explained(Kind.SCOPE, None, _ceiling(plan, me.scopes), considered)
    decided = _first(plan.late, findings, Kind.FORBIDDEN, considered) or _first(
        plan.allows, findings, Kind.ALLOWED, considered
    )
    if decided is not None:
        return decided
    nearest = next((each for each in considered if each.effect == "allow"), None)
    if nearest is None:
        because = f"no rule allows {plan.action!r} on {plan.resource.name}"
    else:
        because = f"{nearest.rule}: {nearest.because}"
    return Explained(Kind.NOT_ALLOWED, None, because, considered)


def _first(
    rules: Iterable[Rule],
    findings: Mapping[str, Finding],
    kind: Kind,
    considered: tuple[Considered, ...],
) -> Explained | None:
    """Return what the first of these rules decides, if one does."""
    for rule in rules:
        finding = findings[rule.id]
        if finding is _UNDECIDABLE:
            return Explained(Kind.NOT_ALLOWED, None, f"{rule.id}: {_UNDECIDABLE_TEXT}", considered)
        if finding.holds:
            return Explained(kind, rule.id, _because(rule, finding), considered)
    return None


def _considered(rule: Rule, finding: Finding) -> Considered:
    return Considered(rule.id, rule.heading.effect, finding.holds is True, _because(rule, finding))


def _because(rule: Rule, finding: Finding) -> str:
    if finding.holds is None:
        return "depends on the row" if finding is _DEPENDS else _UNDECIDABLE_TEXT
    reasons = " and ".join(finding.atoms)
    if finding.holds:
        return f'"{rule.text}" because {reasons}' if reasons else f'"{rule.text}"'
    would_be = "allowed" if rule.heading.effect == "allow" else "forbidden"
    return f"would be {would_be} if {reasons}" if reasons else f"is never {would_be}"


def _ceiling(plan: Plan, scopes: frozenset[str] | None) -> str:
    needed = " or ".join(map(repr, sorted(plan.scopes or ()))) or "no scope"
    return f"{needed} reaches {plan.action!r}; the token has {_shown(scopes)}"


def _finder(tree: Tree, secret: frozenset[str]) -> Find:
    match tree:
        case Fact(holds):
            fact = Finding(holds)
            return lambda _me, _row, _ctx: fact
        case Atom():
            return _atom_finder(tree, secret)
        case Every(parts):
            return _every_finder(tuple(_finder(part, secret) for part in parts))
        case Some(parts):
            return _some_finder(tuple(_finder(part, secret) for part in parts))
        case _:
            assert_never(tree)


def _every_finder(parts: tuple[Find, ...]) -> Find:
    def find(me: Subject, row: object, ctx: Context) -> Finding:
        found = [part(me, row, ctx) for part in parts]
        failing = [each for each in found if each.holds is False]
        if not failing and any(each.holds is None for each in found):
            return _DEPENDS
        return Finding(not failing, tuple(a for each in failing or found for a in each.atoms))

    return find


def _some_finder(parts: tuple[Find, ...]) -> Find:
    def find(me: Subject, row: object, ctx: Context) -> Finding:
        found = [part(me, row, ctx) for part in parts]
        for each in found:
            if each.holds:
                return each
        if any(each.holds is None for each in found):
            return _DEPENDS
        return min(found, key=lambda each: len(each.atoms))

    return find


def _atom_finder(atom: Atom, secret: frozenset[str]) -> Find:
    operands = (atom.left, atom.right)
    reads_row = any(isinstance(o, Attr) and o.source is Source.RESOURCE for o in operands)
    hidden = any(isinstance(o, Attr) and o.name in secret for o in operands)
    left, right, means = _value(atom.left), _value(atom.right), MEANING[atom.op]
    show: Callable[[object], str] = (lambda _: "<secret>") if hidden else _shown

    def find(me: Subject, row: object, ctx: Context) -> Finding:
        if reads_row and row is UNKNOWN_ROW:
            return _DEPENDS
        world = (me, row, ctx)
        first, second = left(world), right(world)
        holds = means(first, second) is atom.positive
        say = _held if holds else _failed
        return Finding(holds, (say(atom, show(first), show(second)),))

    return find


def _value(operand: Operand) -> Look:
    if isinstance(operand, Attr):
        place, read = PLACE[operand.source], look(operand)
        return lambda world: read(world[place])
    value: Any = operand.value
    return lambda _world: value


def _held(atom: Atom, first: str, second: str) -> str:
    """Say `resource.owner='bo' == subject.id='bo'`."""
    left = f"{atom.left}={first}" if isinstance(atom.left, Attr) else first
    right = f"{atom.right}={second}" if isinstance(atom.right, Attr) else second
    return f"{left} {_sign(atom)} {right}"


def _failed(atom: Atom, first: str, second: str) -> str:
    """Say `resource.owner == 'bo' (is 'cy')`."""
    if isinstance(atom.left, Attr):
        return f"{atom.left} {_sign(atom)} {second} (is {first})"
    return f"{first} {_sign(atom)} {atom.right} (is {second})"


def _sign(atom: Atom) -> str:
    if atom.positive:
        return atom.op.value
    if atom.op in ORDERINGS:
        return f"not {atom.op.value}"
    return _NEGATIVE_SIGNS[atom.op]


_NEGATIVE_SIGNS: Final = {Op.EQ: "!=", Op.IN: "not in", Op.MEETS: "does not meet"}


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        shown = sorted(map(_shown, value))
        more = [f"... {len(shown)} in all"] if len(shown) > SET_ITEMS_MAX else []
        return "{" + ", ".join(shown[:SET_ITEMS_MAX] + more) + "}"
    text = repr(value)
    return text if len(text) <= TEXT_CHARACTERS_MAX else f"{text[:TEXT_CHARACTERS_MAX]}..."
