"""Rules: a decorated function is called once with symbols and becomes a record with a tree.

Source: access.md section 4, P1 to P5; section 5 (S3, S6).
"""

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, cast

from watchword.access import symbols
from watchword.access.errors import PolicyError
from watchword.access.lower import Lowering, lowering
from watchword.access.places import Place
from watchword.access.symbols import Condition, condition
from watchword.access.tree import (
    Atom,
    Attr,
    Const,
    Op,
    Opaque,
    Shared,
    Source,
    Tree,
    atoms,
    canonical,
    every,
    some,
)
from watchword.access.values import Declared, nearest
from watchword.access.words import EVERY_ACTION, Words, known, known_actions
from watchword.base.records import dataclass

__all__ = [
    "Body",
    "Heading",
    "Resource",
    "Rule",
    "RuleFunction",
    "RuleSQL",
    "apply",
    "body",
    "read_rule",
    "tenant_rule",
    "with_said",
]

RuleFunction: TypeAlias = Callable[..., Condition | bool]
RuleSQL: TypeAlias = Callable[..., Any]  # (me, Model) or (me, Model, context) -> a condition

_log = logging.getLogger(__name__)


class Body(Enum):
    """What a rule's body is, where `sql=` does not say that it is opaque."""

    EXPRESSION = "expression"


NOW = Declared((int, False))  # of the context, in seconds since the epoch


@dataclass(frozen=True, slots=True)
class Resource:
    """A mapped class that rules are about."""

    model: type[object]
    lowering: Lowering = field(compare=False)

    @property
    def name(self) -> str:
        """The resource's name in rule ids."""
        return self.model.__name__.lower()

    @property
    def columns(self) -> frozenset[str]:
        """The attribute names of the model's columns."""
        return self.lowering.columns(self.model)


# The kind of a row that is not there: only rules without `on=` are about it, and those read no
# column, so nothing ever asks for its lowering.
ANY_KIND: Final = Resource(object, cast("Lowering", None))


@dataclass(frozen=True, slots=True)
class Heading:
    """What a decorator says about its rule."""

    effect: Literal["allow", "deny"]
    actions: frozenset[str]
    on: type[object] | None
    roles: frozenset[str] | None = None
    fields: frozenset[str] | None = None
    when: RuleFunction | None = None
    acr: tuple[str, ...] | None = None
    sql: "RuleSQL | Body | None" = Body.EXPRESSION


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, read.

    Attributes:
        id: `note.owner`, or `*.suspended` for a rule about every resource.
        text: the docstring, which the peer may see.
        resource: what the rule is about; None for every resource.
        tree: role, login class, `when` and body, joined by AND.
        functions: `when` and body, for the plain reading.
        said: `when` and body.
        predicate: the body, when it is opaque.
        is_built_in: it comes with a declaration of the policy, not with a function.
    """

    id: str
    text: str
    heading: Heading
    resource: Resource | None
    tree: Tree
    functions: tuple[RuleFunction, ...]
    said: Tree
    predicate: Opaque | None = None
    is_built_in: bool = False

    def covers(self, action: str, model: type[object]) -> bool:
        """Tell whether the rule is about this action on this model."""
        heading = self.heading
        return heading.on in {None, model} and not heading.actions.isdisjoint(
            {action, EVERY_ACTION}
        )

    @property
    def stepless(self) -> Tree:
        """The condition for somebody whose login is strong enough."""
        return every([_role(self.heading.roles), self.said])

    def canonical(self) -> list[object]:
        """Return what the rule says, as lists for JSON."""
        heading = self.heading
        fields = None if heading.fields is None else sorted(heading.fields)
        return [
            self.id,
            self.text,
            heading.effect,
            sorted(heading.actions),
            fields,
            canonical(self.tree),
            *([] if heading.acr is None else [list(heading.acr)]),
        ]


def read_rule(function: RuleFunction, heading: Heading, words: Words) -> Rule:
    """Call a rule function with symbols and check everything it says.

    Raises:
        PolicyError: the sentence says what to write instead.
    """
    name = getattr(function, "__name__", "rule")
    resource = None if heading.on is None else Resource(heading.on, lowering(heading.on))
    rule_id = f"{'*' if resource is None else resource.name}.{name}"
    try:
        _check_heading(heading, words, resource)
        predicate = None
        if heading.sql is not Body.EXPRESSION:
            predicate = _opaque(rule_id, function, heading, resource)
        functions = tuple(
            each for each in (heading.when, None if predicate else function) if each is not None
        )
        conditions = [_call(each, words, resource) for each in functions]
        text = inspect.cleandoc(function.__doc__ or "")
        if not text:
            raise PolicyError("a rule needs a docstring: it is the reason that people read")
    except PolicyError as problem:
        raise PolicyError(f"{rule_id}: {problem}") from None
    said = every([*conditions, *([] if predicate is None else [predicate])])
    tree = every([_role(heading.roles), _acr(heading.acr), said])
    if words.context.get("now") != NOW and any(isinstance(a.right, Shared) for a in atoms(tree)):
        raise PolicyError(f'{rule_id}: shares end: declare Policy(context={{"now": int}})')
    return Rule(rule_id, text, heading, resource, tree, functions, said, predicate)


def tenant_rule(resource: Resource, column: str, words: Words) -> Rule:
    """Return the rule that keeps tenants apart: a missing tenant on either side matches nothing.

    Raises:
        PolicyError: the model has no such column, or one of another kind than subjects' tenants.
    """

    def tenant(me: Any, row: Any) -> Any:
        """Another tenant's rows are out of reach."""
        return (getattr(row, column) != me.tenant) | (me.tenant == None)  # noqa: E711 - a condition

    heading = Heading("deny", frozenset({EVERY_ACTION}), resource.model)
    return replace(read_rule(tenant, heading, words), is_built_in=True)


def body(rule: Rule) -> Tree:
    """Return the rule's condition without the roles that its heading names."""
    return every([_acr(rule.heading.acr), rule.said])


def with_said(rule: Rule, said: Tree) -> Rule:
    """Return the rule with another condition behind the roles and the login of its heading."""
    heading = rule.heading
    return replace(rule, said=said, tree=every([_role(heading.roles), _acr(heading.acr), said]))


def _check_heading(heading: Heading, words: Words, resource: Resource | None) -> None:
    if not heading.actions:
        raise PolicyError('name the actions, or "*" for every action')
    known_actions(heading.actions - {EVERY_ACTION}, words.actions)
    known("role", heading.roles or (), words.shape.roles)
    if heading.fields is not None:
        if resource is None:
            raise PolicyError("fields= needs on=")
        known("field", heading.fields, resource.columns)


def _role(roles: frozenset[str] | None) -> Tree:
    if roles is None:
        return every(())
    held = Attr(Source.SUBJECT, "roles", str, many=True)
    return some(Atom(Op.IN, Const(role), held) for role in sorted(roles))


def _acr(values: tuple[str, ...] | None) -> Tree:
    if values is None:
        return every(())
    return Atom(Op.IN, Attr(Source.SUBJECT, "acr", str), Const(frozenset(values)))


def _opaque(
    rule_id: str, function: RuleFunction, heading: Heading, resource: Resource | None
) -> Opaque:
    """Return a body that runs with values; when it raises, the answer is the one that denies."""
    most = 2 if resource is None else 3
    count, denies = _arity(function, most), heading.effect == "deny"
    sql = None if isinstance(heading.sql, Body) else heading.sql
    if sql is not None and resource is None:
        raise PolicyError("sql= needs on=")

    def holds(me: Any, row: Any, ctx: Any) -> bool:
        given = (me, ctx) if resource is None else (me, row, ctx)
        try:
            answer = function(*given[:count])
        except Exception as problem:  # noqa: BLE001 - whatever it raises denies (S3)
            _log.error("%s raised %s: denied", rule_id, type(problem).__name__)
            _log.debug("%s raised", rule_id, exc_info=problem)
            return denies
        if type(answer) is not bool:
            _log.error("%s returned %s: denied", rule_id, type(answer).__name__)
            return denies
        return answer

    return Opaque(rule_id, holds, resource is not None and count > 1, _stated(sql))


def _stated(sql: "RuleSQL | None") -> Callable[..., Any] | None:
    """Return the function of subject, context and model that makes the predicate's SQL."""
    if sql is None:
        return None
    count = _arity(sql, 3)
    return lambda me, ctx, model: sql(*(me, model, ctx)[:count])


def _call(function: RuleFunction, words: Words, resource: Resource | None) -> Tree:
    given: list[object] = [symbols.Me(_looker(Source.SUBJECT, words.shape.known))]
    if resource is not None:
        given.append(symbols.Row(Place(resource.model, resource.lowering, shares=words.shares)))
    given.append(symbols.Context(_looker(Source.CONTEXT, words.context)))
    return condition(apply(function, given))


def apply(function: RuleFunction, given: list[object]) -> object:
    """Call a rule function with as many of subject, row and context as it takes."""
    return function(*given[: _arity(function, len(given))])


def _arity(function: RuleFunction, most: int) -> int:
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise PolicyError("a rule is a plain function: deciding waits for nothing")
    parameters = inspect.signature(function).parameters.values()
    plain = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
    if len(plain) != len(parameters) or not 1 <= len(plain) <= most:
        shape = "(me), (me, row) or (me, row, context)" if most == 3 else "(me) or (me, context)"
        raise PolicyError(f"a rule takes {shape}")
    return len(plain)


def _looker(source: Source, declared: Mapping[str, Declared]) -> symbols.Look:
    def look(name: str) -> Attr:
        if name not in declared:
            raise PolicyError(f"{source.value}.{name} is not declared{nearest(name, declared)}")
        return Attr(source, name, declared[name].kind, declared[name].many)

    return look
