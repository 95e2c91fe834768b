"""The fourth reading: a policy as Cedar text and schema, for Cedar's own tools.

Cedar skips a policy whose expression errs, and reading an absent attribute is an error; here an
absent attribute is None. Every read therefore stands behind a `has` test, which makes each
expression total: nothing is ever skipped, and the output passes Cedar's strict validator.

Days are written as ordinals and moments as microseconds since 1970, because Cedar orders integers
only; a rule that orders texts or UUIDs cannot be written and is refused by its name.

Source: access.md section 6 (4); decisions/0210. The Cedar language: cedarpolicy.com.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, assert_never
from uuid import UUID

from watchword.access.errors import PolicyError
from watchword.access.plan import reaching
from watchword.access.rules import Resource, Rule, body
from watchword.access.tree import (
    TRUE,
    Atom,
    Attr,
    Const,
    Every,
    Fact,
    Op,
    Operand,
    Some,
    Source,
    Tree,
)
from watchword.access.values import Declared, Kind, Scalar
from watchword.access.words import EVERY_ACTION, Words

__all__ = ["ROLE", "SUBJECT", "attribute", "columns", "entity_type", "plain", "policies", "schema"]

# A namespace of their own: an application's model may be called User or Role.
NAMESPACE: Final = "Watchword"
SUBJECT: Final = f"{NAMESPACE}::Subject"
ROLE: Final = f"{NAMESPACE}::Role"

_VARIABLE: Final = {
    Source.SUBJECT: "principal",
    Source.RESOURCE: "resource",
    Source.CONTEXT: "context",
}
_ALWAYS_THERE: Final = frozenset({"id", "suspended"})  # of a subject
_ORDERED: Final[frozenset[Kind]] = frozenset({int, date, datetime})
_TYPES: Final[Mapping[Kind, str]] = MappingProxyType(
    {str: "String", int: "Long", bool: "Bool", date: "Long", datetime: "Long", UUID: "String"}
)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - naive is the kind
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED: Final = frozenset(
    {"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"}
)
_ESCAPED: Final = re.compile(r"[^ !#-\[\]-~]")


def policies(words: Words, rules: Sequence[Rule]) -> str:
    """Return the rules as Cedar policies, the ceiling of delegated tokens included.

    Raises:
        PolicyError: a rule that Cedar cannot express, by its name.
    """
    return "\n\n".join([*_ceilings(words), *(_policy(rule) for rule in rules)]) + "\n"


def schema(words: Words, resources: Iterable[Resource]) -> str:
    """Return the schema that the policies are valid under.

    Raises:
        PolicyError: a model whose name is no Cedar identifier.
    """
    known = sorted(resources, key=entity_type)
    subject = {name: what for name, what in words.shape.known.items() if name not in _ALWAYS_THERE}
    names = ", ".join(entity_type(resource) for resource in known)
    actions = ", ".join(_text(action) for action in sorted(words.actions))
    attributes = ["id: String", "suspended: Bool", "scopes?: Set<String>", *_record(subject)]
    return "\n".join(
        [
            f"namespace {NAMESPACE} {{",
            "  entity Role;",
            f"  entity Subject in [Role] = {{ {', '.join(attributes)} }};",
            "}",
            *(
                f"entity {entity_type(each)} = {{ {', '.join(_record(columns(each)))} }};"
                for each in known
            ),
            f"action {actions} appliesTo {{",
            f"  principal: [{SUBJECT}],",
            f"  resource: [{names}],",
            f"  context: {{ {', '.join(_record(words.context))} }}",
            "};",
            "",
        ]
    )


def attribute(attr: Attr) -> str:
    """Return the name that an attribute has in Cedar: its path and its name."""
    return str(attr).partition(".")[2]


def columns(resource: Resource) -> Mapping[str, Declared]:
    """Return the columns that rules can compare, with their kinds."""
    found = {}
    for name in sorted(resource.columns):
        try:
            found[name] = Declared((resource.lowering.kind(resource.model, name), False))
        except PolicyError:
            continue  # no rule can read it
    return found


def entity_type(resource: Resource) -> str:
    """Return the name of the resource's entity type.

    Raises:
        PolicyError: Cedar takes no such name.
    """
    name = resource.model.__name__
    if not _is_identifier(name):
        raise PolicyError(f"{name!r} cannot name an entity type of Cedar: rename the model")
    return name


def plain(value: Scalar) -> str | int | bool:
    """Return a value as Cedar holds it."""
    match value:
        case bool() | int() | str():
            return value
        case datetime():
            since = value - _EPOCH
            return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        case date():
            return value.toordinal()
        case UUID():
            return str(value)
        case _:
            assert_never(value)


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
        beyond += f" && !(principal.scopes.containsAny({_set(scopes)}))"
    told = {"id": f"scopes: {', '.join(actions)}", "text": "The token does not reach this action."}
    return _written("forbid", told, ("principal", _actions(actions), "resource"), beyond)


def _policy(rule: Rule) -> str:
    heading, condition = rule.heading, rule.tree
    principal = "principal"
    if heading.roles is not None and len(heading.roles) == 1:
        (role,) = heading.roles
        principal, condition = f"principal in {_role(role)}", body(rule)
    resource = "resource"
    if rule.resource is not None:
        resource = f"resource is {entity_type(rule.resource)}"
    effect = "permit" if heading.effect == "allow" else "forbid"
    try:
        when = None if condition == TRUE else _expression(condition)
    except PolicyError as problem:
        raise PolicyError(f"{rule.id}: {problem}") from None
    told = {"id": rule.id, "text": rule.text}
    return _written(effect, told, (principal, _actions(heading.actions), resource), when)


def _written(
    effect: str, told: Mapping[str, str], scope: tuple[str, str, str], when: str | None
) -> str:
    lines = [f"@{name}({_text(value)})" for name, value in told.items()]
    lines.append(f"{effect} ({', '.join(scope)})")
    if when is not None:
        lines.append(f"when {{ {when} }}")
    return "\n".join(lines) + ";"


def _actions(actions: Iterable[str]) -> str:
    named = sorted(actions)
    if EVERY_ACTION in named:
        return "action"
    if len(named) == 1:
        return f"action == Action::{_text(named[0])}"
    return f"action in [{', '.join(f'Action::{_text(name)}' for name in named)}]"


def _expression(tree: Tree) -> str:
    match tree:
        case Fact(holds):
            return _literal(holds)
        case Atom():
            held = _positive(tree)
            return held if tree.positive else f"!({held})"
        case Every(parts):
            return " && ".join(f"({_expression(part)})" for part in parts)
        case Some(parts):
            return " || ".join(f"({_expression(part)})" for part in parts)
        case _:
            raise PolicyError(f"Cedar has no form for {tree}")


def _positive(atom: Atom) -> str:
    match atom.op:
        case Op.EQ:
            return _equal(atom.left, atom.right)
        case Op.IN:
            return _member(atom.left, atom.right)
        case Op.MEETS:
            return _meets(atom.left, atom.right)
        case _:
            return _ordered(atom)


def _equal(left: Operand, right: Operand) -> str:
    if isinstance(right, Const) and right.value is None:
        return _absent(left) or "false"
    present = _and(*_there(left), *_there(right), f"{_read(left)} == {_read(right)}")
    absent = (_absent(left), _absent(right))
    if isinstance(right, Attr) and all(absent):
        return f"({present}) || ({' && '.join(absent)})"
    return present


def _ordered(atom: Atom) -> str:
    for operand in (atom.left, atom.right):
        if isinstance(operand, Attr) and operand.kind not in _ORDERED:
            raise PolicyError(f"Cedar has no order of {operand.kind.__name__}, as in {operand}")
    left, right = atom.left, atom.right
    return _and(*_there(left), *_there(right), f"{_read(left)} {atom.op.value} {_read(right)}")


def _member(item: Operand, pool: Operand) -> str:
    if not isinstance(pool, Attr):
        return _listed(item, _items(pool))
    if isinstance(item, Const):
        if item.value is None:
            return "false"  # no collection holds None
        if str(pool) == "subject.roles":
            return f"principal in {_role(str(item.value))}"
    return _and(*_there(item), f"{_read(pool)}.contains({_read(item)})")


def _listed(item: Operand, values: frozenset[Scalar | None]) -> str:
    named = values - {None}
    found = [_and(*_there(item), f"{_set(named)}.contains({_read(item)})")] if named else []
    if None in values and _absent(item):
        found.append(_absent(item))
    return " || ".join(f"({each})" for each in found) or "false"


def _meets(left: Operand, right: Operand) -> str:
    if isinstance(right, Attr):
        return f"{_read(left)}.containsAny({_read(right)})"
    named = _items(right) - {None}
    return f"{_read(left)}.containsAny({_set(named)})" if named else "false"


def _items(pool: Operand) -> frozenset[Scalar | None]:
    match pool:
        case Const(frozenset() as items):
            return items
        case _:
            raise PolicyError(f"Cedar has no form for {pool}")


def _there(operand: Operand) -> tuple[str, ...]:
    """Return the test that the operand has a value, if it may have none."""
    if not isinstance(operand, Attr) or _always(operand):
        return ()
    return (f"{_VARIABLE[operand.source]} has {_name(attribute(operand))}",)


def _absent(operand: Operand) -> str:
    return "".join(f"!({test})" for test in _there(operand))


def _always(attr: Attr) -> bool:
    return attr.many or (attr.source is Source.SUBJECT and attr.name in _ALWAYS_THERE)


def _read(operand: Operand) -> str:
    match operand:
        case Attr():
            holder, name = _VARIABLE[operand.source], attribute(operand)
            return f"{holder}.{name}" if _is_identifier(name) else f"{holder}[{_text(name)}]"
        case Const(str() | int() | date() | UUID() as value):
            return _literal(value)
        case _:
            raise PolicyError(f"Cedar has no form for {operand}")


def _literal(value: Scalar) -> str:
    held = plain(value)
    if isinstance(held, bool):
        return "true" if held else "false"
    return _text(held) if isinstance(held, str) else str(held)


def _set(values: Iterable[Scalar | None]) -> str:
    # Cedar's validator knows no type of an empty set: those are folded before.
    literals = sorted(_literal(value) for value in values if value is not None)
    return f"[{', '.join(literals)}]"


def _record(declared: Mapping[str, Declared]) -> list[str]:
    return [
        f"{_name(name)}: Set<{_TYPES[what.kind]}>"
        if what.many
        else f"{_name(name)}?: {_TYPES[what.kind]}"
        for name, what in sorted(declared.items())
    ]


def _role(role: str) -> str:
    return f"{ROLE}::{_text(role)}"


def _name(name: str) -> str:
    return name if _is_identifier(name) else _text(name)


def _text(text: str) -> str:
    return '"' + _ESCAPED.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text) + '"'


def _is_identifier(name: str) -> bool:
    return _IDENTIFIER.fullmatch(name) is not None and name not in _RESERVED


def _and(*conditions: str) -> str:
    return " && ".join(conditions)
