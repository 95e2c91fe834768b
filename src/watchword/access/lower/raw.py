"""Trees as SQL text with bound parameters, for SQLite and PostgreSQL without a mapping library.

A dataclass says which table its objects are rows of:

    @table("note", relations={"folder": Parent(Folder, "folder_id")})
    @dataclass
    class Note:
        id: int
        owner: str
        folder_id: int | None
        folder: Folder | None = None

    text, parameters = policy.where(me, "read", Note).sqlite()

Text columns must compare exactly, which no annotation says: no NOCASE, no citext, no
nondeterministic collation. In SQLite values are stored as SQLAlchemy does: days and moments as ISO
text, the latter with a blank and microseconds, UUIDs as 32 hexadecimal digits, flags as 0 and 1.

Source: access.md section 6 (2), section 7 (L1 to L11).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from watchword.access.errors import PolicyError
from watchword.access.lower import Relation
from watchword.access.lower.keys import row_key
from watchword.access.lower.raw_text import (
    Bound,
    Children,
    Fragment,
    Mapped,
    Parent,
    Row,
    Stated,
    Tokens,
    Writer,
    end_of,
    mapped_of,
    quoted,
)
from watchword.access.lower.walk import walk
from watchword.access.shares import Share
from watchword.access.tree import Step, Tree
from watchword.access.values import KINDS, Kind, nearest

__all__ = [
    "Children",
    "Fragment",
    "Parent",
    "Stated",
    "assigned",
    "check_shares",
    "columns",
    "key",
    "kind",
    "loading",
    "loads",
    "probe",
    "relation",
    "select",
    "table",
    "where",
]

T = TypeVar("T", bound=type[Any])


def table(
    name: str, *, key: str = "id", relations: Mapping[str, Parent | Children] | None = None
) -> Callable[[T], T]:
    """Declare that a class's objects are rows of a table, its annotations their columns.

    Args:
        name: the table's.
        key: the column of its primary key.
        relations: attributes that hold other rows; to be compared, a row has them loaded.

    Raises:
        PolicyError: the key or a column of a relation is none of the columns.
    """

    def declare(model: T) -> T:
        reached = {
            name: found if found.model is not None else replace(found, model=model)
            for name, found in (relations or {}).items()
        }
        own = {model.__name__: model}
        kinds = {
            column: kind
            for column, hint in get_type_hints(model, localns=own).items()
            if column not in reached and (kind := _kind(hint)) is not None
        }
        for column in (key, *(relation.local for relation in reached.values())):
            if column not in kinds:
                raise PolicyError(f"{model.__name__} has no {column!r}{nearest(column, kinds)}")
        model.__mapper__ = Mapped(name, key, MappingProxyType(kinds), MappingProxyType(reached))
        return model

    return declare


def columns(model: type[Any]) -> frozenset[str]:
    """Return the columns that rules can compare."""
    return frozenset(mapped_of(model).kinds)


def kind(model: type[Any], name: str) -> Kind:
    """Return the kind of a column. Raises PolicyError when there is none of this name."""
    kinds = mapped_of(model).kinds
    if name not in kinds:
        raise PolicyError(f"{model.__name__} has no {name!r}{nearest(name, kinds)}")
    return kinds[name]


def key(model: type[Any]) -> str:
    """Return the column of the primary key."""
    return mapped_of(model).key


def relation(model: type[Any], name: str) -> Relation | None:
    """Return a declared relation; None when there is none of this name."""
    found = mapped_of(model).relations.get(name)
    if found is None:
        return None
    if isinstance(found, Children):
        return Relation(
            end_of(found), many=True, optional=False, read=lambda row: getattr(row, name)
        )
    local = found.local

    def read(row: Any) -> Any:
        related = getattr(row, name)
        if related is None and getattr(row, local) is not None:
            # A dangling reference and one that was not loaded look alike.
            raise TypeError(f"{name} is not loaded, and {local} names it")
        return related

    return Relation(end_of(found), many=False, optional=True, read=read)


def loads(_model: type[Any], _paths: Iterable[tuple[Step, ...]]) -> tuple[()]:
    """Return no options: whoever writes the statements loads what the rules read."""
    return ()


def loading(statement: Fragment, _options: tuple[()]) -> Fragment:
    """Return the statement as it is."""
    return statement


def assigned(obj: Any) -> frozenset[str]:
    """Return the columns of a proposed object that have a value."""
    return frozenset(name for name in columns(type(obj)) if getattr(obj, name) is not None)


def check_shares(rows: Any) -> None:
    """Refuse a class that cannot hold shares. Raises PolicyError when a column is missing."""
    if not isinstance(getattr(rows, "__mapper__", None), Mapped):
        raise PolicyError(f"{rows!r} is no table of shares; declare it by @table")
    for name in Share.__slots__:
        kind(rows, name)


def where(model: type[Any], tree: Tree) -> Fragment:
    """Return the tree as a condition for WHERE, on the table by its own name."""
    return Fragment(lambda target: _condition(target, model, tree))


def select(model: type[Any], tree: Tree) -> Fragment:
    """Return a statement that gives the rows for which the tree holds."""
    head = f"SELECT {_names(model)} FROM {quoted(mapped_of(model).name)} WHERE "  # noqa: S608 - quoted names
    return Fragment(lambda target: (head, *_condition(target, model, tree)))


def probe(
    model: type[Any], given: object, readable: Tree, allowed: Tree, *, lock: bool
) -> Fragment | None:
    """Return a statement for one row and two verdicts, None where no row can have the key.

    Args:
        model: a declared class.
        given: its key, or the text that a path carries.
        readable: whether the row may be read at all.
        allowed: whether the action may be done.
        lock: lock the row until the transaction ends, where the database can.
    """
    mapped = mapped_of(model)
    wanted = mapped.kinds[mapped.key]
    value = row_key(given, wanted)
    if value is None:
        return None
    name = quoted(mapped.name)

    def write(target: Writer) -> Tokens:
        false = target.word("0", "false")
        ending = f" FOR UPDATE OF {name}" if lock and target.dialect == "postgresql" else ""
        return (
            f"SELECT {_names(model)}, coalesce(",
            *_condition(target, model, readable),
            f", {false}) AS readable, coalesce(",
            *_condition(target, model, allowed),
            f", {false}) AS allowed FROM {name} WHERE {name}.{quoted(mapped.key)} = ",
            Bound(value, wanted),
            ending,
        )

    return Fragment(write)


def _condition(target: Writer, model: type[Any], tree: Tree) -> Tokens:
    return walk(target, Row(model, quoted(mapped_of(model).name)), tree)


def _names(model: type[Any]) -> str:
    mapped = mapped_of(model)
    return ", ".join(f"{quoted(mapped.name)}.{quoted(name)}" for name in mapped.kinds)


def _kind(hint: object) -> Kind | None:
    """Return the kind of an annotation such as `str | None`; None for what rules cannot compare."""
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        (hint,) = {each for each in get_args(hint) if each is not NoneType} or {None}
    return next((kind for kind in KINDS if kind is hint), None)
