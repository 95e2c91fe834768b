"""Conditions as Cedar expressions that cannot err.

Cedar skips a policy whose expression errs, and reading an absent attribute is an error; here an
absent attribute is None. Every read of what may be absent therefore stands behind a `has` test,
which makes each expression total.

What lies behind a relation is an attribute of the resource that is named by its path, such as
`resource["folder.owner"]`. A collection there may hold None, which a set of Cedar cannot: whether
it does is a flag beside it, `resource["readers.who?"]`. The keys of shared rows are a set of the
principal.

Source: access.md section 6 (4). The Cedar language: cedarpolicy.com.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, assert_never
from uuid import UUID

from watchword.access.errors import PolicyError
from watchword.access.tree import (
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
)
from watchword.access.values import Kind, Scalar

__all__ = [
    "ALWAYS_THERE",
    "NAMESPACE",
    "ROLE",
    "SUBJECT",
    "attribute",
    "expression",
    "flag",
    "is_identifier",
    "name",
    "plain",
    "quoted",
    "role",
    "set_of",
]

# A namespace of their own: an application's model may be called User or Role.
NAMESPACE: Final = "Watchword"
SUBJECT: Final = f"{NAMESPACE}::Subject"
ROLE: Final = f"{NAMESPACE}::Role"

ALWAYS_THERE: Final = frozenset({"id", "suspended"})  # of a subject

_VARIABLE: Final = {
    Source.SUBJECT: "principal",
    Source.RESOURCE: "resource",
    Source.CONTEXT: "context",
}
_ORDERED: Final[frozenset[Kind]] = frozenset({int, date, datetime})
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - naive is the kind
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED: Final = frozenset(
    {"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"}
)
_ESCAPED: Final = re.compile(r"[^ !#-\[\]-~]")


def expression(tree: Tree) -> str:
    """Return a condition as an expression.

    Raises:
        PolicyError: Cedar has no such comparison.
    """
    match tree:
        case Fact(holds):
            return _literal(holds)
        case Atom():
            held = _positive(tree)
            return held if tree.positive else f"!({held})"
        case Opaque(rule):
            raise PolicyError(f"Cedar cannot look into the predicate of {rule}, which is Python")
        case Every(parts):
            return " && ".join(f"({expression(part)})" for part in parts)
        case Some(parts):
            return " || ".join(f"({expression(part)})" for part in parts)
        case _:
            assert_never(tree)


def attribute(attr: Attr) -> str:
    """Return the name that an attribute has in Cedar: its path and its name."""
    return str(attr).partition(".")[2]


def flag(attr: Attr) -> str:
    """Return the name of the flag that says whether a collection behind a path holds None."""
    return f"{attribute(attr)}?"


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


def set_of(values: Iterable[Scalar | None]) -> str:
    """Return a set. None is left out; an empty set has no type in Cedar and is empty text."""
    literals = sorted(_literal(value) for value in values if value is not None)
    return f"[{', '.join(literals)}]" if literals else ""


def role(named: str) -> str:
    """Return a role's entity."""
    return f"{ROLE}::{quoted(named)}"


def name(text: str) -> str:
    """Return an attribute's name as a declaration and a `has` test take it."""
    return text if is_identifier(text) else quoted(text)


def quoted(text: str) -> str:
    """Return a text literal."""
    return '"' + _ESCAPED.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text) + '"'


def is_identifier(text: str) -> bool:
    """Tell whether a name can stand unquoted."""
    return _IDENTIFIER.fullmatch(text) is not None and text not in _RESERVED


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
    left, right = atom.left, atom.right
    for operand in (left, right):
        if isinstance(operand, Attr) and operand.kind not in _ORDERED:
            raise PolicyError(f"Cedar has no order of {operand.kind.__name__}, as in {operand}")
    return _and(*_there(left), *_there(right), f"{_read(left)} {atom.op.value} {_read(right)}")


def _member(item: Operand, pool: Operand) -> str:
    if isinstance(item, Const) and isinstance(item.value, str) and str(pool) == "subject.roles":
        return f"principal in {role(item.value)}"
    values, none = _pool(pool)
    is_none = isinstance(item, Const) and item.value is None
    ways = []
    if values and not is_none:
        ways.append(_and(*_there(item), f"{values}.contains({_read(item)})"))
    absent = "true" if is_none else _absent(item)
    if none and absent:
        ways.append(_and(absent, none))
    return _or(ways)


def _meets(left: Operand, right: Operand) -> str:
    (one, one_none), (other, other_none) = _pool(left), _pool(right)
    ways = [f"{one}.containsAny({other})"] if one and other else []
    if one_none and other_none:
        ways.append(_and(one_none, other_none))
    return _or(ways)


def _pool(pool: Operand) -> tuple[str, str]:
    """Return a collection's values, empty when there are none, and the test that it holds None."""
    match pool:
        case Attr():
            holder = _VARIABLE[pool.source]
            return _read(pool), f"{holder}[{quoted(flag(pool))}]" if pool.path else ""
        case Shared():
            return f"principal[{quoted(str(pool))}]", ""
        case Const(frozenset() as values):
            return set_of(values), "true" if None in values else ""
        case _:
            raise AssertionError("a pool is a collection")


def _there(operand: Operand) -> tuple[str, ...]:
    """Return the test that the operand has a value, if it may have none."""
    if not isinstance(operand, Attr) or _always(operand):
        return ()
    return (f"{_VARIABLE[operand.source]} has {name(attribute(operand))}",)


def _absent(operand: Operand) -> str:
    return "".join(f"!({test})" for test in _there(operand))


def _always(attr: Attr) -> bool:
    return attr.many or (attr.source is Source.SUBJECT and attr.name in ALWAYS_THERE)


def _read(operand: Operand) -> str:
    match operand:
        case Attr():
            holder, told = _VARIABLE[operand.source], attribute(operand)
            return f"{holder}.{told}" if is_identifier(told) else f"{holder}[{quoted(told)}]"
        case Const(str() | int() | date() | UUID() as value):
            return _literal(value)
        case _:
            raise AssertionError("collections are read by their operators")


def _literal(value: Scalar) -> str:
    held = plain(value)
    if isinstance(held, bool):
        return "true" if held else "false"
    return quoted(held) if isinstance(held, str) else str(held)


def _and(*conditions: str) -> str:
    return " && ".join(each for each in conditions if each != "true") or "true"


def _or(ways: list[str]) -> str:
    if len(ways) == 1:
        return ways[0]
    return " || ".join(f"({each})" for each in ways) or "false"
