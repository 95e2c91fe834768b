"""The fourth reading: a policy as Cedar text and schema, for Cedar's own tools.

Days are written as ordinals and moments as microseconds since 1970, because Cedar orders integers
only; a rule that orders texts or UUIDs cannot be written and is refused by its name.

Source: access.md section 6 (4); decisions/0210. The Cedar language: cedarpolicy.com.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from watchword.access.errors import PolicyError
from watchword.access.export.cedar_expression import (
    ALWAYS_THERE,
    NAMESPACE,
    SUBJECT,
    attribute,
    expression,
    flag,
    is_identifier,
    name,
    quoted,
    role,
    set_of,
)
from watchword.access.plan import reaching
from watchword.access.rules import Resource, Rule, body
from watchword.access.tree import TRUE, Attr, Operand, Shared, atoms
from watchword.access.values import Declared, Kind
from watchword.access.words import EVERY_ACTION, Words

__all__ = ["columns", "entity_type", "policies", "reached", "schema", "shared"]

_TYPES: Final[Mapping[Kind, str]] = MappingProxyType(
    {str: "String", int: "Long", bool: "Bool", date: "Long", datetime: "Long", UUID: "String"}
)


def policies(words: Words, rules: Sequence[Rule]) -> str:
    """Return the rules as Cedar policies, the ceiling of delegated tokens included.

    Raises:
        PolicyError: a rule that Cedar cannot express, by its name.
    """
    return "\n\n".join([*_ceilings(words), *(_policy(rule) for rule in rules)]) + "\n"


def schema(words: Words, resources: Iterable[Resource], rules: Sequence[Rule]) -> str:
    """Return the schema that the policies are valid under.

    Raises:
        PolicyError: a model whose name is no Cedar identifier.
    """
    named = {entity_type(resource): resource for resource in resources}
    actions = ", ".join(quoted(action) for action in sorted(words.actions))
    return "\n".join(
        [
            f"namespace {NAMESPACE} {{",
            "  entity Role;",
            f"  entity Subject in [Role] = {{ {', '.join(_subject(words, rules))} }};",
            "}",
            *(
                f"entity {kind} = {{ {', '.join(_resource(about, rules))} }};"
                for kind, about in sorted(named.items())
            ),
            f"action {actions} appliesTo {{",
            f"  principal: [{SUBJECT}],",
            f"  resource: [{', '.join(sorted(named))}],",
            f"  context: {{ {', '.join(_record(words.context))} }}",
            "};",
            "",
        ]
    )


def columns(resource: Resource) -> Mapping[str, Declared]:
    """Return the columns that rules can compare, with their kinds."""
    found = {}
    for column in sorted(resource.columns):
        try:
            found[column] = Declared((resource.lowering.kind(resource.model, column), False))
        except PolicyError:
            continue  # no rule can read it
    return found


def reached(rules: Iterable[Rule], about: Resource) -> tuple[Attr, ...]:
    """Return what rules about a resource read behind its relations, each once."""
    return tuple(
        dict.fromkeys(
            operand
            for rule in rules
            if rule.resource == about
            for operand in _operands(rule)
            if isinstance(operand, Attr) and operand.path
        )
    )


def shared(rules: Iterable[Rule]) -> tuple[Shared, ...]:
    """Return the collections of shared rows that rules ask for, each once."""
    found = (o for rule in rules for o in _operands(rule) if isinstance(o, Shared))
    return tuple({str(each): each for each in found}.values())


def entity_type(resource: Resource) -> str:
    """Return the name of the resource's entity type.

    Raises:
        PolicyError: Cedar takes no such name.
    """
    named = resource.model.__name__
    if not is_identifier(named):
        raise PolicyError(f"{named!r} cannot name an entity type of Cedar: rename the model")
    return named


def _operands(rule: Rule) -> Iterator[Operand]:
    for atom in atoms(rule.tree):
        yield from (atom.left, atom.right)


def _ceilings(words: Words) -> list[str]:
    """Return what forbids the actions that a delegated token's scopes do not reach."""
    if not words.scopes:
        return []
    alike: dict[frozenset[str], list[str]] = {}
    for action in sorted(words.actions):
        alike.setdefault(reaching(action, words), []).append(action)
    return [_ceiling(actions, scopes) for scopes, actions in alike.items()]


def _ceiling(actions: list[str], scopes: frozenset[str]) -> str:
    beyond = "principal has scopes"
    if scopes:
        beyond += f" && !(principal.scopes.containsAny({set_of(scopes)}))"
    told = {"id": f"scopes: {', '.join(actions)}", "text": "The token does not reach this action."}
    return _written("forbid", told, ("principal", _actions(actions), "resource"), beyond)


def _policy(rule: Rule) -> str:
    heading, condition = rule.heading, rule.tree
    principal = "principal"
    if heading.roles is not None and len(heading.roles) == 1:
        (held,) = heading.roles
        principal, condition = f"principal in {role(held)}", body(rule)
    resource = "resource"
    if rule.resource is not None:
        resource = f"resource is {entity_type(rule.resource)}"
    effect = "permit" if heading.effect == "allow" else "forbid"
    try:
        when = None if condition == TRUE else expression(condition)
    except PolicyError as problem:
        raise PolicyError(f"{rule.id}: {problem}") from None
    told = {"id": rule.id, "text": rule.text}
    return _written(effect, told, (principal, _actions(heading.actions), resource), when)


def _written(
    effect: str, told: Mapping[str, str], scope: tuple[str, str, str], when: str | None
) -> str:
    lines = [f"@{key}({quoted(value)})" for key, value in told.items()]
    lines.append(f"{effect} ({', '.join(scope)})")
    if when is not None:
        lines.append(f"when {{ {when} }}")
    return "\n".join(lines) + ";"


def _actions(actions: Iterable[str]) -> str:
    named = sorted(actions)
    if EVERY_ACTION in named:
        return "action"
    if len(named) == 1:
        return f"action == Action::{quoted(named[0])}"
    return f"action in [{', '.join(f'Action::{quoted(each)}' for each in named)}]"


def _subject(words: Words, rules: Iterable[Rule]) -> list[str]:
    known = {key: what for key, what in words.shape.known.items() if key not in ALWAYS_THERE}
    return [
        "id: String",
        "suspended: Bool",
        "scopes?: Set<String>",
        *_record(known),
        *(f"{quoted(str(each))}: Set<{_TYPES[each.kind]}>" for each in shared(rules)),
    ]


def _resource(about: Resource, rules: Iterable[Rule]) -> list[str]:
    behind = {attribute(attr): attr for attr in reached(rules, about)}
    declared = {key: Declared((attr.kind, attr.many)) for key, attr in behind.items()}
    flags = (f"{quoted(flag(attr))}: Bool" for attr in behind.values() if attr.many)
    return [*_record(columns(about)), *_record(declared), *flags]


def _record(declared: Mapping[str, Declared]) -> list[str]:
    return [
        f"{name(key)}: Set<{_TYPES[what.kind]}>"
        if what.many
        else f"{name(key)}?: {_TYPES[what.kind]}"
        for key, what in sorted(declared.items())
    ]
