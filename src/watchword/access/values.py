"""The kinds of value that rules compare, and what is refused before any comparison.

A kind is here only if Python, SQLite and PostgreSQL compare its values alike. Left out for that
reason: floats (NaN and rounding), Decimal (SQLite stores floats), aware datetimes (SQLite drops
the zone), anything that is compared by a collation.

Source: access.md P2, S4, L8.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from types import GenericAlias, MappingProxyType
from typing import TypeAlias
from uuid import UUID

__all__ = [
    "COLLECTION_ITEMS_MAX",
    "KINDS",
    "Declared",
    "Kind",
    "Scalar",
    "Value",
    "complete",
    "declare",
    "meant",
    "nearest",
    "scalar",
    "text",
]

Scalar: TypeAlias = str | int | bool | date | datetime | UUID
Value: TypeAlias = Scalar | frozenset[Scalar | None] | None
Kind: TypeAlias = type[Scalar]

KINDS: tuple[Kind, ...] = (str, int, bool, date, datetime, UUID)
COLLECTION_KINDS: tuple[Kind, ...] = (str, int)
COLLECTION_ITEMS_MAX = 10_000  # one role or group set; a longer one is an error, never cut (P8)
INTEGER_MAX = 2**63 - 1  # the widest integer column; drivers raise on more


class Declared(tuple[Kind, bool]):
    """A declared attribute: its kind, and whether it holds many values."""

    __slots__ = ()

    @property
    def kind(self) -> Kind:
        """The kind of the value, or of each of the values."""
        return self[0]

    @property
    def many(self) -> bool:
        """True for a collection."""
        return self[1]


def declare(
    attributes: Mapping[str, object], *, taken: Iterable[str] = ()
) -> Mapping[str, Declared]:
    """Read declarations such as `{"team": str, "groups": frozenset[str]}`.

    Raises:
        ValueError: a name that is no identifier or is taken, or a kind that rules cannot compare.
    """
    declared = {}
    for name, kind in attributes.items():
        if not name.isidentifier() or name.startswith("_") or name in taken:
            raise ValueError(f"{name!r} cannot name an attribute")
        declared[name] = _declared(name, kind)
    return MappingProxyType(declared)


def complete(values: Mapping[str, object], declared: Mapping[str, Declared]) -> Mapping[str, Value]:
    """Check values against their declarations; what is absent becomes None or the empty set.

    Raises:
        ValueError: an undeclared name, or a value of another kind than declared.
    """
    for name in values:
        if name not in declared:
            raise ValueError(f"attribute {name!r} is not declared{nearest(name, declared)}")
    return MappingProxyType(
        {name: _value(name, values.get(name), what) for name, what in declared.items()}
    )


def scalar(value: object, kind: Kind | None = None) -> Scalar | None:
    """Return a value that every reading compares alike.

    Args:
        value: None is always accepted.
        kind: the kind to insist on; None accepts every kind.

    Raises:
        ValueError: another kind, or a value that some database cannot hold.
    """
    if value is None:
        return None
    if type(value) not in KINDS or kind not in {None, type(value)}:
        wanted = _names(KINDS if kind is None else (kind,))
        raise ValueError(f"{value!r} is {type(value).__name__}, not {wanted}")
    check = _LIMITS.get(type(value))
    if check is not None:
        check(value)
    return value  # type: ignore[return-value]  # narrowed by the look-up in KINDS


def text(value: object) -> str:
    """Return text that every database driver can carry.

    Raises:
        ValueError: not text, or with U+0000 or an unpaired surrogate.
    """
    if type(value) is not str:
        raise ValueError(f"{value!r} is {type(value).__name__}, not str")
    if "\0" in value:
        raise ValueError("text contains U+0000")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("text contains an unpaired surrogate") from None
    return value


def meant(word: str, words: Iterable[str]) -> str | None:
    """Return the closest spelling, if one is close."""
    close = get_close_matches(word, sorted(words), n=1)
    return close[0] if close else None


def nearest(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean 'owner'?` for the closest spelling, else what there is."""
    known = sorted(words)
    close = meant(word, known)
    if close is not None:
        return f"; did you mean {close!r}?"
    return f"; known: {', '.join(known)}" if known else "; none is declared"


def _declared(name: str, kind: object) -> Declared:
    if isinstance(kind, GenericAlias) and kind.__origin__ is frozenset:
        (item,) = kind.__args__
        if item in COLLECTION_KINDS:
            return Declared((item, True))
        raise ValueError(f"{name!r}: a collection holds {_names(COLLECTION_KINDS)}")
    if kind in KINDS:
        return Declared((kind, False))
    raise ValueError(f"{name!r}: {kind!r} is none of {_names(KINDS)} and no frozenset of one")


def _value(name: str, value: object, declared: Declared) -> Value:
    try:
        if not declared.many:
            return scalar(value, declared.kind)
        return _items(() if value is None else value, declared.kind)
    except ValueError as problem:
        raise ValueError(f"attribute {name!r}: {problem}") from None


def _items(value: object, kind: Kind) -> frozenset[Scalar]:
    if not isinstance(value, frozenset | set | list | tuple):
        raise ValueError(f"{value!r} is no collection")
    if len(value) > COLLECTION_ITEMS_MAX:
        raise ValueError(f"{len(value)} items, at most {COLLECTION_ITEMS_MAX}")
    items = {scalar(item, kind) for item in value}
    if None in items:
        raise ValueError("None in a collection")
    return frozenset(items)  # type: ignore[arg-type]  # None was refused above


def _integer(value: int) -> None:
    if not -INTEGER_MAX - 1 <= value <= INTEGER_MAX:
        raise ValueError(f"{value} does not fit 64 bits")


def _naive(value: datetime) -> None:
    if value.tzinfo is not None:
        raise ValueError("a datetime with a zone cannot be compared with one that has none")


def _names(kinds: Iterable[Kind]) -> str:
    return ", ".join(kind.__name__ for kind in kinds)


_LIMITS: Mapping[type, Callable[..., object]] = MappingProxyType(
    {str: text, int: _integer, datetime: _naive}
)
