"""Models that stand in for classes which this process does not have.

A policy that is read from its declarative form, such as last year's version in a comparison, names
models; where the application's class is not at hand, one with the declared columns takes its
place. It decides about objects and lists nothing.

Source: access.md section 4 (`load`), section 9 (T4).
"""

from collections.abc import Mapping
from dataclasses import field
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Never

from watchword.access.errors import PolicyError
from watchword.access.lower import Relation
from watchword.access.tree import Tree
from watchword.access.values import Kind, nearest
from watchword.base.records import dataclass

__all__ = [
    "Columns",
    "assigned",
    "check_shares",
    "columns",
    "key",
    "kind",
    "loads",
    "model",
    "probe",
    "relate",
    "relation",
    "select",
    "where",
]


@dataclass(frozen=True, slots=True)
class Columns:
    """What is declared of a model; stands where a mapping library keeps its mapper.

    Attributes:
        key: the name of the primary key; empty where no rule needs it.
        relations: to other models; filled once these are there.
    """

    kinds: Mapping[str, Kind]
    key: str = ""
    relations: dict[str, Relation] = field(default_factory=dict)


class _StandIn:
    """An object with declared columns, each None until it is given."""

    __mapper__: Columns

    def __init__(self, **values: object) -> None:
        for name in (*self.__mapper__.kinds, *values):
            if name not in self.__mapper__.kinds:
                raise TypeError(f"{type(self).__name__} has no column {name!r}")
            setattr(self, name, values.get(name))
        for name, relation in self.__mapper__.relations.items():
            setattr(self, name, [] if relation.many else None)


def model(name: str, kinds: Mapping[str, Kind], key: str = "") -> type[object]:
    """Return a class with these columns."""
    return type(name, (_StandIn,), {"__mapper__": Columns(MappingProxyType(dict(kinds)), key)})


def relate(model: type[Any], name: str, to: type[object], *, many: bool, optional: bool) -> None:
    """Declare a relation of a model to another."""
    model.__mapper__.relations[name] = Relation(to, many, optional, attrgetter(name))


def columns(model: type[Any]) -> frozenset[str]:
    """Return the declared columns."""
    return frozenset(_kinds(model))


def kind(model: type[Any], name: str) -> Kind:
    """Return the kind of a column. Raises PolicyError when it is not declared."""
    kinds = _kinds(model)
    if name not in kinds:
        raise PolicyError(f"{model.__name__} has no {name!r}{nearest(name, kinds)}")
    return kinds[name]


def key(model: type[Any]) -> str:
    """Return the primary key. Raises PolicyError when none is declared."""
    named: str = model.__mapper__.key
    if not named:
        raise PolicyError(f"{model.__name__} is declared without a key")
    return named


def relation(model: type[Any], name: str) -> Relation | None:
    """Return a declared relation; None when there is none of this name."""
    found: Relation | None = model.__mapper__.relations.get(name)
    return found


def check_shares(_table: object) -> None:
    """Take any table: nothing is listed."""


def loads(_model: type[Any], _paths: object) -> tuple[()]:
    """Return no options: nothing is loaded."""
    return ()


def assigned(obj: Any) -> frozenset[str]:
    """Return the columns of a proposed object that have a value."""
    return frozenset(name for name in _kinds(type(obj)) if getattr(obj, name) is not None)


def where(model: type[object], _tree: Tree) -> Never:
    """Refuse: there is no table."""
    _refuse(model)


def select(model: type[object], _tree: Tree) -> Never:
    """Refuse: there is no table."""
    _refuse(model)


def probe(
    model: type[object], _key: object, _readable: Tree, _allowed: Tree, *, lock: bool
) -> Never:
    """Refuse: there is no table."""
    del lock
    _refuse(model)


def _kinds(model: type[Any]) -> Mapping[str, Kind]:
    mapper: Columns = model.__mapper__
    return mapper.kinds


def _refuse(model: type[object]) -> Never:
    raise TypeError(
        f"{model.__name__} is declared and mapped to no table; give the application's class to "
        "Policy.load(models=)"
    )
