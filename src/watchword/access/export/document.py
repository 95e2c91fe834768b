"""The declarative form of a policy: one JSON object, written and read.

What is read goes through the same door as a rule in Python: each condition is a function that
writes itself with the operators of whatever it is called with, so that a name, a kind or a value
that does not fit fails at loading with the same sentence, and the plain reading works.

    {"format": "watchword-policy-1", "version": "...", "roles": {"admin": ["user"]},
     "resources": {"Note": {"columns": {"owner": "str"}}},
     "rules": [{"id": "note.owner", "text": "What is yours is yours.", "effect": "allow",
                "actions": ["read"], "on": "Note", "roles": null, "fields": null,
                "if": ["==", {"resource": "owner"}, {"subject": "id"}]}]}

Source: access.md section 4 (`export`, `load`), P6.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias, assert_never, cast
from uuid import UUID

from watchword.access.book import Book
from watchword.access.errors import PolicyError
from watchword.access.export.cedar import columns, reached
from watchword.access.lower import Relation, declared
from watchword.access.rules import Heading, Resource, Rule, RuleFunction
from watchword.access.subject import Shape
from watchword.access.tree import (
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
)
from watchword.access.values import Declared, Kind, Scalar
from watchword.base import strict_json
from watchword.base.records import dataclass
from watchword.base.strict_json import MalformedJSON

__all__ = ["Document", "parse", "written"]

FORMAT: Final = "watchword-policy-1"
BYTES_MAX: Final = 4 * 1024 * 1024  # a thousand rules take a tenth of it

_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.__name__: kind for kind in (str, int, bool, date, datetime, UUID)}
)
_READ: Final[Mapping[str, Callable[[Any], Scalar]]] = MappingProxyType(
    {"date": date.fromisoformat, "datetime": datetime.fromisoformat, "UUID": UUID}
)
Json: TypeAlias = Any  # a JSON value that is about to be read


@dataclass(frozen=True, slots=True)
class Document:
    """A declarative policy, read.

    Attributes:
        words: the arguments of `Policy`.
        rules: heading and function of each rule, in order.
        version: the digest that the writer saw; None in a document written by hand.
    """

    words: Mapping[str, Any]
    rules: tuple[tuple[Heading, RuleFunction], ...]
    version: str | None


def written(book: Book) -> str:
    """Return a sealed policy's declarative form."""
    words = book.words
    said = {
        "format": FORMAT,
        "version": book.seal(),
        "roles": {role: sorted(held - {role}) for role, held in sorted(words.shape.roles.items())},
        "scopes": {scope: sorted(reached) for scope, reached in sorted(words.scopes.items())},
        "subject": _declarations({**words.shape.attributes, **_tenant(words.shape)}),
        "context": _declarations(words.context),
        "actions": sorted(words.actions),
        "secret": sorted(book.secret),
        "resources": _resources(book),
        "rules": [_rule(rule) for rule in book.rules if not rule.is_built_in],
        **({} if words.tenant is None else {"tenant": words.tenant}),
    }
    return json.dumps(said, indent=2) + "\n"


def parse(text: str, models: Iterable[type[object]]) -> Document:
    """Read a declarative policy.

    Args:
        text: the JSON.
        models: the application's classes; a resource that none of them is named after gets a
            stand-in with the declared columns.

    Raises:
        PolicyError: no such JSON, or a rule that says nothing that can be meant.
    """
    try:
        said = strict_json.loads(text.encode(), bytes_max=BYTES_MAX)
    except (MalformedJSON, UnicodeEncodeError) as problem:
        raise PolicyError(f"the declarative policy is no strict JSON: {problem}") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise PolicyError(f'a declarative policy begins with "format": "{FORMAT}"')
    try:
        given = _models(said["resources"], models)
        return Document(
            words={
                "roles": said["roles"],
                "scopes": said["scopes"],
                "subject": {name: _type(what) for name, what in said["subject"].items()},
                "context": {name: _type(what) for name, what in said["context"].items()},
                "actions": said["actions"],
                "secret": said["secret"],
                "tenant": said.get("tenant"),
            },
            rules=tuple(_read_rule(rule, given) for rule in said["rules"]),
            version=said.get("version"),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise PolicyError(
            f"the declarative policy is incomplete or of another shape: "
            f"{type(problem).__name__} {problem}"
        ) from None


def _declarations(attributes: Mapping[str, Declared]) -> dict[str, str]:
    return {
        name: f"frozenset[{what.kind.__name__}]" if what.many else what.kind.__name__
        for name, what in sorted(attributes.items())
    }


def _tenant(shape: Shape) -> dict[str, Declared]:
    return {} if shape.tenant is str else {"tenant": Declared((shape.tenant, False))}


def _resources(book: Book) -> dict[str, object]:
    """Return the models that rules read: their columns, keys and the relations between them."""
    found: dict[str, tuple[Resource, dict[str, Relation]]] = {}

    def described(resource: Resource) -> dict[str, Relation]:
        return found.setdefault(resource.model.__name__, (resource, {}))[1]

    for resource in book.resources:
        described(resource)
        for attr in reached(book.rules, resource):
            at = resource
            for step in attr.path:
                # A path leads along relations only.
                relation = cast("Relation", at.lowering.relation(at.model, step.name))
                described(at)[step.name] = relation
                at = Resource(relation.model, at.lowering)
            described(at)
    return {
        name: {
            "columns": _declarations(columns(resource)),
            "key": _key(resource),
            "relations": {
                each: {"to": to.model.__name__, "many": to.many, "optional": to.optional}
                for each, to in sorted(relations.items())
            },
        }
        for name, (resource, relations) in sorted(found.items())
    }


def _key(resource: Resource) -> str:
    try:
        return resource.lowering.key(resource.model)
    except PolicyError:
        return ""  # of several columns; no rule can ask for it


def _rule(rule: Rule) -> dict[str, object]:
    heading = rule.heading
    try:
        condition = _tree(rule.said)
    except PolicyError as problem:
        raise PolicyError(f"{rule.id}: {problem}") from None
    return {
        "id": rule.id,
        "text": rule.text,
        "effect": heading.effect,
        "actions": sorted(heading.actions),
        "on": None if heading.on is None else heading.on.__name__,
        "roles": None if heading.roles is None else sorted(heading.roles),
        "fields": None if heading.fields is None else sorted(heading.fields),
        "if": condition,
        **({} if heading.acr is None else {"acr": list(heading.acr)}),
    }


def _tree(tree: Tree) -> object:
    match tree:
        case Fact(holds):
            return holds
        case Atom(_, Attr() as key, Shared(relation=relation), positive):
            path = ".".join(step.name for step in key.path)
            comparison: list[object] = ["shared", path, relation]
            return comparison if positive else ["not", comparison]
        case Atom(op, left, right, positive):
            comparison = [op.value, _operand(left), _operand(right)]
            return comparison if positive else ["not", comparison]
        case Every(parts):
            return ["and", *map(_tree, parts)]
        case Some(parts):
            return ["or", *map(_tree, parts)]
        case Opaque():
            raise PolicyError("the predicate is Python, and the declarative form holds none")
        case _:
            assert_never(tree)


def _operand(operand: Operand) -> dict[str, object]:
    if isinstance(operand, Attr):
        source, _, name = str(operand).partition(".")
        return {source: name}
    value = cast("Const", operand).value  # shares are written by their atom
    if isinstance(value, frozenset):
        return {"set": sorted(map(_value, value), key=json.dumps)}
    return _value(value)


def _value(value: Scalar | None) -> dict[str, object]:
    if value is None:
        return {"none": None}
    is_json = isinstance(value, str | int)
    return {type(value).__name__: value if is_json else str(value)}


def _models(said: Json, models: Iterable[type[object]]) -> dict[str, type[object]]:
    """Return every model by name: the application's, or a stand-in with its relations."""
    given = {model.__name__: model for model in models}
    standing = {
        name: declared.model(name, _kinds(what["columns"]), what.get("key", ""))
        for name, what in said.items()
        if name not in given
    }
    known = {**standing, **given}
    for name, model in standing.items():
        for relation, what in said[name].get("relations", {}).items():
            to, many, optional = known[what["to"]], what["many"], what["optional"]
            declared.relate(model, relation, to, many=many, optional=optional)
    return known


def _along(bearer: Any, path: str) -> Any:
    """Follow a dotted path of attributes; an empty one leads nowhere else."""
    for name in path.split(".") if path else ():
        bearer = getattr(bearer, name)
    return bearer


def _kinds(kinds: Mapping[str, str]) -> dict[str, Kind]:
    return {name: _KINDS[kind] for name, kind in kinds.items()}


def _type(what: str) -> object:
    many = what.removeprefix("frozenset[").removesuffix("]")
    kind = _KINDS[many]
    return kind if many == what else frozenset[kind]  # type: ignore[valid-type]  # made at run time


def _read_rule(rule: Json, models: Mapping[str, type[object]]) -> tuple[Heading, RuleFunction]:
    on, condition = rule["on"], rule["if"]
    if rule["effect"] not in {"allow", "deny"}:
        raise ValueError(f"{rule['id']}: {rule['effect']!r} is no effect")
    heading = Heading(
        rule["effect"],
        frozenset(rule["actions"]),
        None if on is None else models[on],
        None if rule["roles"] is None else frozenset(rule["roles"]),
        None if rule["fields"] is None else frozenset(rule["fields"]),
        acr=tuple(rule["acr"]) if "acr" in rule else None,
    )
    if on is None:

        def function(me: object, context: object) -> Any:
            return _said(condition, {"subject": me, "context": context})

    else:

        def function(me: object, row: object, context: object) -> Any:  # type: ignore[misc]  # the other shape of a rule
            return _said(condition, {"subject": me, "resource": row, "context": context})

    function.__name__ = str(rule["id"]).rpartition(".")[2]
    function.__doc__ = rule["text"]
    return heading, cast("RuleFunction", function)


def _said(condition: Json, bearers: Mapping[str, Any]) -> Any:
    try:
        return _write(condition, bearers)
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        told = f"{type(problem).__name__} {problem}"
        raise PolicyError(f"{json.dumps(condition)} is no condition: {told}") from None


def _write(condition: Json, bearers: Mapping[str, Any]) -> Any:
    """Write a condition with the operators of what it is about: symbols, or plain values."""
    if isinstance(condition, bool):
        return condition
    word, *parts = condition
    match word:
        case "not":
            return ~_write(parts[0], bearers)
        case "and":
            first, *others = (_write(part, bearers) for part in parts)
            for other in others:
                first = first & other
            return first
        case "or":
            first, *others = (_write(part, bearers) for part in parts)
            for other in others:
                first = first | other
            return first
        case "shared":
            path, relation = parts
            return _along(bearers["resource"], path).shared(relation, bearers["subject"])
        case _:
            return _compare(Op(word), parts, bearers)


def _compare(op: Op, parts: list[Json], bearers: Mapping[str, Any]) -> Any:
    left, right = parts
    one, other = _look(left, bearers), _look(right, bearers)
    if op is Op.IN:
        return one.in_(other) if "set" in right else other.has(one)
    if op is Op.MEETS:
        return one.meets(other)
    return one == other if op is Op.EQ else ORDERINGS[op](one, other)


def _look(operand: Json, bearers: Mapping[str, Any]) -> Any:
    ((word, value),) = operand.items()
    if word in bearers:
        return _along(bearers[word], value)
    if word == "set":
        return frozenset(_look(item, bearers) for item in value)
    if word == "none":
        return None
    kind = _KINDS[word]
    read = _READ.get(word)
    found = value if read is None else read(value)
    if type(found) is not kind:
        raise ValueError(f"{value!r} is no {word}")
    return found
