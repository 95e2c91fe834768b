"""The third reading: why. It walks the tree with values and keeps the conditions that decided.

A deny or allow that applies is explained by the conditions that hold; a rule that does not apply
by those that fail, fewest first across rules, so that the nearest way to a yes is read first.
With the row unknown, a condition on it is neither: that is how a refusal is found before loading.

Source: access.md section 8 (D1 to D3, D6), section 5 (G2).
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Final, TypeAlias, assert_never

from watchword.access.compile import PLACE, Look, look, shared_keys
from watchword.access.decision import Considered, Kind
from watchword.access.plan import Plan, ceiling
from watchword.access.rules import Rule
from watchword.access.subject import Context, Subject
from watchword.access.tree import (
    MEANING,
    ORDERINGS,
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
    Tree,
    reads_row,
)

__all__ = [
    "UNKNOWN_ROW",
    "Explained",
    "Explainer",
    "World",
    "explainer",
    "finder",
    "shown",
    "sign_of",
    "world_of",
]

TEXT_CHARACTERS_MAX = 60  # of one value in an explanation
SET_ITEMS_MAX = 8  # of one collection in an explanation


class _UnknownRow:
    """Stands for a row that is not loaded."""

    __slots__ = ()


UNKNOWN_ROW: Final = _UnknownRow()


# Whether a condition holds (None: it depends on the row), and the atoms that decided.
Finding: TypeAlias = tuple[bool | None, tuple[str, ...]]
# Who asks about which row and when, and the first and last of them together: where to look.
World: TypeAlias = tuple[Subject, object, Context, tuple[Subject, Context]]
Find: TypeAlias = Callable[[World], Finding]
Say: TypeAlias = Callable[[str, str], str]
# One rule: said; the kind of decision that it makes, if it makes one; and how far it is from
# applying (whether it fails, how many conditions fail, whether a role, which no row can change,
# stands in front). Plain tuples, because records would take a fifth of the time of an explanation.
Weighed: TypeAlias = tuple[Considered, Kind | None, tuple[bool, int, bool]]
Weigh: TypeAlias = Callable[[World], Weighed]
StepUp: TypeAlias = Callable[[World], tuple[str, str] | None]
# A verdict with its reasons: kind, rule, because, considered; the policy makes a `Decision` of it.
Explained: TypeAlias = tuple[Kind, str | None, str, tuple[Considered, ...]]
Explainer: TypeAlias = Callable[[Subject, object, Context], Explained]

_DEPENDS: Finding = (None, ())
_DISTANCE = itemgetter(2)
_ASKED: Final = 3  # the place of subject and context together
_UNDECIDABLE: Final = "an attribute has a value that its column's type does not have"


def explainer(plan: Plan, secret: frozenset[str]) -> Explainer:
    """Return the function that explains this action on this resource.

    Args:
        plan: the rules that cover the action.
        secret: attribute names whose values are never shown.
    """
    early = [_weigher(rule, secret) for rule in plan.early]
    step_ups = [
        _step_up(rule, rule.heading.acr, secret)
        for rule in plan.allows
        if rule.heading.acr is not None
    ]
    rest = [_weigher(rule, secret) for rule in plan.late + plan.allows]

    def explain(me: Subject, row: object, ctx: Context) -> Explained:
        world = world_of(me, row, ctx)
        first = [weigh(world) for weigh in early]
        second = [weigh(world) for weigh in rest]
        order = sorted(first + second, key=_DISTANCE)
        considered = tuple([said for said, _, _ in order])
        # The order of `Plan.steps`.
        for said, decides, _ in first:
            if decides is not None:
                return _decided(decides, said, considered)
        if not plan.within(me.scopes):
            kind, because = ceiling(plan.action, plan.scopes or ())
            return kind, None, f"{because}; the token has {_granted(me.scopes)}", considered
        for said, decides, _ in second:
            if decides is not None:
                return _decided(decides, said, considered)
        for step_up in step_ups:
            rule = step_up(world)
            if rule is not None:
                return Kind.STEP_UP, *rule, considered
        return Kind.NOT_ALLOWED, None, _nearest(plan, considered), considered

    return explain


def world_of(me: Subject, row: object, ctx: Context) -> World:
    """Return what the conditions of a question are asked about."""
    return me, row, ctx, (me, ctx)


def _step_up(rule: Rule, values: tuple[str, ...], secret: frozenset[str]) -> StepUp:
    """Return the function that says how a stronger login would help: rule and reason, or None."""
    find = finder(rule.stepless, secret)
    wanted = " or ".join(map(repr, values))

    def step_up(world: World) -> tuple[str, str] | None:
        holds, _ = find(world)
        # With the row unknown it may help.
        return None if holds is False else (rule.id, f"needs acr {wanted} (is {world[0].acr!r})")

    return step_up


def _decided(kind: Kind, rule: Considered, considered: tuple[Considered, ...]) -> Explained:
    if kind is Kind.NOT_ALLOWED:  # undecidable: no rule gave this verdict
        return kind, None, f"{rule.rule}: {rule.because}", considered
    return kind, rule.rule, rule.because, considered


def _nearest(plan: Plan, considered: tuple[Considered, ...]) -> str:
    for each in considered:
        if each.effect == "allow":
            return f"{each.rule}: {each.because}"
    return f"no rule allows {plan.action!r} on {plan.resource.name}"


def _weigher(rule: Rule, secret: frozenset[str]) -> Weigh:
    """Return the function that finds out about one rule and says it."""
    find, name, effect = finder(rule.tree, secret), rule.id, rule.heading.effect
    fires, verb = (Kind.ALLOWED, "allowed") if effect == "allow" else (Kind.FORBIDDEN, "forbidden")
    text, by_role = f'"{rule.text}"', rule.heading.roles is not None
    never, undecidable = f"is never {verb}", Considered(name, effect, False, _UNDECIDABLE)

    def weigh(world: World) -> Weighed:
        try:
            holds, atoms = find(world)
        except TypeError:  # a proposed object; the check denies on the same error
            return undecidable, Kind.NOT_ALLOWED, (True, 0, by_role)
        reasons = " and ".join(atoms)
        if holds:
            because = f"{text} because {reasons}" if reasons else text
            return Considered(name, effect, True, because), fires, (False, 0, by_role)
        if holds is None:
            because = "depends on the row"
        else:
            because = f"would be {verb} if {reasons}" if reasons else never
        return Considered(name, effect, False, because), None, (True, len(atoms), by_role)

    return weigh


def _granted(scopes: frozenset[str] | None) -> str:
    return shown(scopes) if scopes else "none"


def finder(tree: Tree, secret: frozenset[str]) -> Find:
    """Return the function that finds out whether a condition holds, and what decided it."""
    match tree:
        case Fact(holds):
            return lambda _world: (holds, ())
        case Atom():
            return _atom_finder(tree, secret)
        case Opaque():
            return _opaque_finder(tree)
        case Every(parts):
            return _every_finder(tuple(finder(part, secret) for part in parts))
        case Some(parts):
            return _some_finder(tuple(finder(part, secret) for part in parts))
        case _:
            assert_never(tree)


def _every_finder(parts: tuple[Find, ...]) -> Find:
    def find(world: World) -> Finding:
        found = [part(world) for part in parts]
        failing = [each for each in found if each[0] is False]
        if not failing and any(holds is None for holds, _ in found):
            return _DEPENDS
        return not failing, tuple(atom for _, atoms in failing or found for atom in atoms)

    return find


def _some_finder(parts: tuple[Find, ...]) -> Find:
    def find(world: World) -> Finding:
        found = [part(world) for part in parts]
        for each in found:
            if each[0]:
                return each
        if any(holds is None for holds, _ in found):
            return _DEPENDS
        return min(found, key=lambda each: len(each[1]))

    return find


def _opaque_finder(predicate: Opaque) -> Find:
    holds, positive, depends = predicate.holds, predicate.positive, predicate.reads_row
    said = (f"{predicate.rule}() says {'yes' if positive else 'no'}",)

    def find(world: World) -> Finding:
        me, row, ctx, _ = world
        if depends and row is UNKNOWN_ROW:
            return _DEPENDS
        answer = holds(me, row, ctx)
        return answer is positive, said

    return find


def _atom_finder(atom: Atom, secret: frozenset[str]) -> Find:
    operands = (atom.left, atom.right)
    depends = reads_row(atom)
    hidden = any(isinstance(o, Attr) and o.name in secret for o in operands)
    (i, left), (j, right) = _read(atom.left), _read(atom.right)
    means, positive = MEANING[atom.op], atom.positive
    held, failed = _sayers(atom)
    show_left, show_right = (_shower(operand, hidden=hidden) for operand in operands)

    def find(world: World) -> Finding:
        if depends and world[1] is UNKNOWN_ROW:
            return _DEPENDS
        first, second = left(world[i]), right(world[j])
        if means(first, second) is positive:
            return True, (held(show_left(first), show_right(second)),)
        return False, (failed(show_left(first), show_right(second)),)

    return find


def _shower(operand: Operand, *, hidden: bool) -> Callable[[object], str]:
    """Return how to show what is found; of a constant it is known beforehand."""
    if hidden:
        return lambda _: "<secret>"
    if isinstance(operand, Const):
        text = shown(operand.value)
        return lambda _: text
    return shown


def _read(operand: Operand) -> tuple[int, Look]:
    """Return where in the world to look, and how."""
    match operand:
        case Attr():
            return PLACE[operand.source], look(operand)
        case Const(value):
            return 0, lambda _me: value
        case Shared():
            return _ASKED, lambda asked: shared_keys(operand, *asked)
        case _:
            assert_never(operand)


def _sayers(atom: Atom) -> tuple[Say, Say]:
    """Return how to word a condition that holds, and one that fails.

    The one says `resource.owner='bo' == subject.id='bo'`, the other
    `resource.owner == 'bo' (is 'cy')`, or `'admin' in subject.roles (is empty)`.
    """
    sign = sign_of(atom)
    left, right = ("" if isinstance(o, Const) else f"{o}=" for o in (atom.left, atom.right))

    def held(first: str, second: str) -> str:
        return f"{left}{first} {sign} {right}{second}"

    if left:
        subject = str(atom.left)
        return held, lambda first, second: f"{subject} {sign} {second} (is {_found(first)})"
    subject = str(atom.right)
    return held, lambda first, second: f"{first} {sign} {subject} (is {_found(second)})"


def _found(text: str) -> str:
    return "empty" if text == shown(frozenset()) else text


def sign_of(atom: Atom) -> str:
    """Return the word between the operands of a comparison or of its complement."""
    if atom.positive:
        return atom.op.value
    if atom.op in ORDERINGS:
        return f"not {atom.op.value}"
    return _NEGATIVE_SIGNS[atom.op]


_NEGATIVE_SIGNS: Final = {Op.EQ: "!=", Op.IN: "not in", Op.MEETS: "does not meet"}


def shown(value: object) -> str:
    """Return a value as explanations show it, cut where it is long."""
    if type(value) is frozenset:
        return _shown_set(value)
    text = repr(value)
    return text if len(text) <= TEXT_CHARACTERS_MAX else f"{text[:TEXT_CHARACTERS_MAX]}..."


def _shown_set(values: frozenset[object]) -> str:
    texts = [shown(value) for value in values]
    if len(texts) == 1:
        return f"{{{texts[0]}}}"
    texts.sort()
    if len(texts) > SET_ITEMS_MAX:
        texts[SET_ITEMS_MAX:] = [f"... {len(texts)} in all"]
    return f"{{{', '.join(texts)}}}"
