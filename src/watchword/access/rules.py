"""Rules: a decorated function is called once with symbols and becomes a record with a tree.

Source: access.md section 4, P1 to P4.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from watchword.access import symbols
from watchword.access.errors import PolicyError
from watchword.access.lower import Lowering, lowering
from watchword.access.places import Place
from watchword.access.symbols import Condition, condition
from watchword.access.tree import (
    TRUE,
    Atom,
    Attr,
    Const,
    Every,
    Op,
    Shared,
    Source,
    Tree,
    atoms,
    canonical,
    every,
    some,
)
from watchword.access.values import Declared, nearest
from watchword.access.words import EVERY_ACTION, Words, known

__all__ = ["Heading", "Resource", "Rule", "RuleFunction", "apply", "body", "read_rule"]

RuleFunction: TypeAlias = Callable[..., Condition | bool]

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


@dataclass(frozen=True, slots=True)
class Heading:
    """What a decorator says about its rule."""

    effect: Literal["allow", "deny"]
    actions: frozenset[str]
    on: type[object] | None
    roles: frozenset[str] | None = None
    fields: frozenset[str] | None = None
    when: RuleFunction | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, read.

    Attributes:
        id: `note.owner`, or `*.suspended` for a rule about every resource.
        text: the docstring, which the peer may see.
        resource: what the rule is about; None for every resource.
        tree: role, `when` and body, joined by AND.
        functions: `when` and body, for the plain reading.
    """

    id: str
    text: str
    heading: Heading
    resource: Resource | None
    tree: Tree
    functions: tuple[RuleFunction, ...]

    def covers(self, action: str, model: type[object]) -> bool:
        """Tell whether the rule is about this action on this model."""
        heading = self.heading
        return heading.on in {None, model} and not heading.actions.isdisjoint(
            {action, EVERY_ACTION}
        )

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
        functions = (function,) if heading.when is None else (heading.when, function)
        conditions = [_call(each, words, resource) for each in functions]
        text = inspect.cleandoc(function.__doc__ or "")
        if not text:
            raise PolicyError("a rule needs a docstring: it is the reason that people read")
    except PolicyError as problem:
        raise PolicyError(f"{rule_id}: {problem}") from None
    tree = every([_role(heading.roles), *conditions])
    if words.context.get("now") != NOW and any(isinstance(a.right, Shared) for a in atoms(tree)):
        raise PolicyError(f'{rule_id}: shares end: declare Policy(context={{"now": int}})')
    return Rule(rule_id, text, heading, resource, tree, functions)


def body(rule: Rule) -> Tree:
    """Return the rule's condition without the roles that its heading names."""
    role = _role(rule.heading.roles)
    match rule.tree:
        case Every((first, *rest)) if first == role:
            return every(rest)
        case whole:
            return TRUE if whole == role else whole


def _check_heading(heading: Heading, words: Words, resource: Resource | None) -> None:
    if not heading.actions:
        raise PolicyError('name the actions, or "*" for every action')
    known("action", heading.actions - {EVERY_ACTION}, words.actions)
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
