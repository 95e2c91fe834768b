"""Cedar policies read as rules of ours: the fragment that a list can be made from.

In it are comparisons, `has`, membership in roles and sets, `is`, and whatever joins them. Beyond it
are arithmetic, `like`, tags, extension types, entities other than roles and single resources: a
list cannot be made from them, or only by a column of the application's own.

The reading is exact under the strict validator, which sees to it that what may be absent is read
behind a `has` test only: where the two readings of an absent value would differ, Cedar's `&&`, `||`
and `if` do not look.

Source: access.md section 14 (5); decisions/0212. The policy format in JSON: cedarpolicy.com.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_, ge, gt, le, lt, or_
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from watchword.access.errors import PolicyError
from watchword.access.export.cedar import columns
from watchword.access.export.cedar_expression import ALWAYS_THERE, ROLE, SUBJECT
from watchword.access.rules import Resource, RuleFunction
from watchword.access.values import Declared, Kind
from watchword.access.words import EVERY_ACTION, Words
from watchword.base.records import dataclass

__all__ = ["ReadRule", "read"]

Json: TypeAlias = Any  # a policy in Cedar's JSON format, which its own library wrote
Written: TypeAlias = Any  # a condition, or a bool; made of whatever the rule is called with
Bearers: TypeAlias = Mapping[str, Any]

_ORDERS: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    {"<": lt, "<=": le, ">": gt, ">=": ge}
)
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - naive is the kind


@dataclass(frozen=True, slots=True)
class ReadRule:
    """One policy about one model, as a rule to be declared."""

    effect: Literal["allow", "deny"]
    actions: tuple[str, ...]
    on: type[object]
    role: str | None
    function: RuleFunction


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known while one policy is read for one model."""

    about: Resource
    kinds: Mapping[str, Mapping[str, Declared]]
    bearers: Bearers = field(default_factory=dict)


def read(document: Json, about: Mapping[str, Resource], words: Words) -> Iterator[ReadRule]:
    """Read every policy, once for each model that it is about.

    Args:
        document: the policies in Cedar's JSON format.
        about: entity type -> resource.
        words: the declared attributes.

    Raises:
        PolicyError: a policy beyond the fragment, by its id.
    """
    if document["templates"]:
        raise PolicyError("templates are beyond what can be listed: write policies")
    for key, policy in document["staticPolicies"].items():
        name = policy.get("annotations", {}).get("id") or key
        try:
            rules = [
                _rule(policy, name, each, words) for each in _models(policy["resource"], about)
            ]
        except PolicyError as problem:
            raise PolicyError(f"{name}: {problem}") from None
        yield from rules


def _models(scope: Json, about: Mapping[str, Resource]) -> Sequence[Resource]:
    match scope:
        case {"op": "All"}:
            return tuple(about.values())
        case {"op": "is", "entity_type": str() as kind}:
            return (about[kind],)
        case _:
            raise PolicyError("a single resource is beyond what can be listed: compare its column")


def _rule(policy: Json, name: str, about: Resource, words: Words) -> ReadRule:
    kinds = {
        "principal": words.shape.known,
        "resource": columns(about),
        "context": words.context,
    }
    role, wanted_id = _principal(policy["principal"])
    conditions = policy.get("conditions", [])

    def function(me: Any, row: Any, context: Any) -> Written:
        reading = _Reading(about, kinds, {"principal": me, "resource": row, "context": context})
        parts = [_truth(each["body"], reading, each["kind"] == "when") for each in conditions]
        if wanted_id is not None:
            parts.append(me.id == wanted_id)
        return reduce(and_, parts, True)

    function.__name__ = name.rpartition(".")[2]
    function.__doc__ = policy.get("annotations", {}).get("text") or name
    effect: Literal["allow", "deny"] = "allow" if policy["effect"] == "permit" else "deny"
    return ReadRule(effect, _actions(policy["action"]), about.model, role, function)


def _principal(scope: Json) -> tuple[str | None, str | None]:
    """Return the role and the id that a policy's head asks of the principal."""
    match scope:
        case {"op": "All"} | {"op": "is", "entity_type": "Watchword::Subject"}:
            return None, None
        case {"op": "in", "entity": {"type": "Watchword::Role", "id": str() as role}}:
            return role, None
        case {"op": "==", "entity": {"type": "Watchword::Subject", "id": str() as wanted}}:
            return None, wanted
        case _:
            raise PolicyError(f"a principal is all, a {SUBJECT} or in a {ROLE}")


def _actions(scope: Json) -> tuple[str, ...]:
    match scope:
        case {"op": "All"}:
            return (EVERY_ACTION,)
        case {"op": "==" | "in", "entity": {"id": str() as action}}:
            return (action,)
        case {"op": "in", "entities": [*actions]}:
            return tuple(each["id"] for each in actions)
        case _:
            raise PolicyError("an action is one, several or all")


def _truth(node: Json, reading: _Reading, holds: bool = True) -> Written:  # noqa: FBT001, FBT002 - the value itself
    """Return a node as a condition, or as its complement."""
    found = _condition(node, reading)
    if holds:
        return found
    return not found if isinstance(found, bool) else ~found


def _condition(node: Json, reading: _Reading) -> Written:
    ((word, told),) = node.items()
    match word:
        case "&&" | "||":
            join = and_ if word == "&&" else or_
            return join(_truth(told["left"], reading), _truth(told["right"], reading))
        case "!":
            return _truth(told["arg"], reading, False)
        case "if-then-else":
            test = told["if"]
            return (_truth(test, reading) & _truth(told["then"], reading)) | (
                _truth(test, reading, False) & _truth(told["else"], reading)
            )
        case "Value" if isinstance(told, bool):
            return told
        case ".":
            return _value(node, reading, None) == True  # noqa: E712 - a condition
        case _:
            return _comparison(word, told, reading)


def _comparison(word: str, told: Json, reading: _Reading) -> Written:
    if word in _ORDERS:
        return _ORDERS[word](*_pair(told, reading))
    if word not in _COMPARISONS:
        raise PolicyError(f"{word} is beyond what can be listed")
    return _COMPARISONS[word](told, reading)


def _equal(told: Json, reading: _Reading) -> Written:
    left, right = _pair(told, reading)
    return left == right


def _unequal(told: Json, reading: _Reading) -> Written:
    left, right = _pair(told, reading)
    return left != right


def _pair(told: Json, reading: _Reading) -> tuple[Any, Any]:
    """Return two operands, a constant as the kind of the attribute that it is compared with."""
    left, right = told["left"], told["right"]
    kind = _kind(left, reading) or _kind(right, reading)
    return _value(left, reading, kind), _value(right, reading, kind)


def _kind(node: Json, reading: _Reading) -> Kind | None:
    match node:
        case {".": {"left": {"Var": str() as holder}, "attr": str() as name}}:
            declared = reading.kinds[holder].get(name)
            return None if declared is None else declared.kind
        case _:
            return None


def _value(node: Json, reading: _Reading, kind: Kind | None) -> Any:
    match node:
        case {".": {"left": {"Var": str() as holder}, "attr": "scopes"}} if holder == "principal":
            raise PolicyError("scopes are a ceiling: give the engine scopes=")
        case {".": {"left": {"Var": str() as holder}, "attr": str() as name}}:
            return getattr(reading.bearers[holder], name)
        case {"Value": str() | int() as value}:
            return _constant(value, kind)
        case _:
            raise PolicyError(f"{next(iter(node))} is beyond what can be listed")


def _constant(value: str | int, kind: Kind | None) -> Any:
    """Return a constant as the kind that Cedar's type stands for (`export.cedar`)."""
    try:
        if kind is date and type(value) is int:
            return date.fromordinal(value)
        if kind is datetime and type(value) is int:
            return _EPOCH + timedelta(microseconds=value)
        if kind is UUID and type(value) is str:
            return UUID(value)
    except (ValueError, OverflowError):
        raise PolicyError(f"{value!r} is no {kind.__name__ if kind else 'value'}") from None
    return value


def _has(told: Json, reading: _Reading) -> Written:
    match told:
        case {"left": {"Var": "principal"}, "attr": "scopes"}:
            raise PolicyError("scopes are a ceiling: give the engine scopes=")
        case {"left": {"Var": str() as holder}, "attr": str() as name}:
            declared = reading.kinds[holder].get(name)
            if declared is None or declared.many:
                return declared is not None
            if holder == "principal" and name in ALWAYS_THERE:
                return True
            return getattr(reading.bearers[holder], name) != None  # noqa: E711 - a condition
        case _:
            raise PolicyError("has is asked of principal, resource and context")


def _in_role(told: Json, reading: _Reading) -> Written:
    roles = told["right"]["Set"] if "Set" in told["right"] else [told["right"]]
    held = []
    for role in roles:
        match told["left"], role:
            case {"Var": "principal"}, {
                "Value": {"__entity": {"type": "Watchword::Role", "id": name}}
            }:
                held.append(reading.bearers["principal"].roles.has(name))
            case _:
                raise PolicyError(f"in is asked of the principal and a {ROLE}")
    return reduce(or_, held, False)


def _is(told: Json, reading: _Reading) -> bool:
    match told:
        case {"left": {"Var": "resource"}, "entity_type": str() as kind} if "in" not in told:
            return kind == reading.about.model.__name__
        case {"left": {"Var": "principal"}, "entity_type": str() as kind} if "in" not in told:
            return kind == SUBJECT
        case _:
            raise PolicyError("is asks for the type of resource or principal")


def _contains(told: Json, reading: _Reading) -> Written:
    pool, item = told["left"], told["right"]
    kind = _kind(pool, reading) or _kind(item, reading)
    value = _value(item, reading, kind)
    if "Set" in pool:
        values = _constants(pool["Set"], kind)
        return value in values if "Value" in item else value.in_(values)
    return _value(pool, reading, kind).has(value)


def _meets(told: Json, reading: _Reading) -> Written:
    left, right = told["left"], told["right"]
    if "Set" in left:
        left, right = right, left
    if "Set" in left:
        raise PolicyError("containsAny of two written sets is known beforehand: write the answer")
    kind = _kind(left, reading)
    pool = _value(left, reading, kind)
    return pool.meets(
        _constants(right["Set"], kind) if "Set" in right else _value(right, reading, kind)
    )


def _constants(nodes: Sequence[Json], kind: Kind | None) -> frozenset[Any]:
    if not all("Value" in node for node in nodes):
        raise PolicyError("a set of anything but constants is beyond what can be listed")
    return frozenset(_constant(node["Value"], kind) for node in nodes)


_COMPARISONS: Final[Mapping[str, Callable[[Json, _Reading], Written]]] = MappingProxyType(
    {
        "==": _equal,
        "!=": _unequal,
        "has": _has,
        "in": _in_role,
        "is": _is,
        "contains": _contains,
        "containsAny": _meets,
    }
)
