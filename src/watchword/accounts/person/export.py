"""Everything that is held about a person, as one document that they may take away.

What a secret protects is named and dated; the secret itself, its hash and its sealed form stay.

Source: users.md U39 (export my data); Regulation (EU) 2016/679 articles 15 and 20.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from watchword.base.records import dataclass

__all__ = ["ROWS_MAX", "ExportStore", "Holding", "Value", "document"]

FORMAT = "watchword account export 1"
ROWS_MAX = 10_000  # of one kind; years of use come to a few thousand

Value: TypeAlias = str | int | None

_TIMES = frozenset({"at", "auth_time"})
_WORDS = frozenset({"amr", "proofs", "scopes", "transports"})
_FLAGS = frozenset({"is_primary", "is_backed_up", "must_change_password"})


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows of one kind that are held about a person."""

    section: str  # plural, such as "sessions"
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]  # the newest `ROWS_MAX`
    is_cut: bool = False  # there are older ones


class ExportStore(Protocol):
    """What an export needs of a store."""

    async def read_holdings(self, user_id: str) -> tuple[Holding, ...]:
        """Return all that is held about a user at one moment, section by section."""
        ...


def document(holdings: Sequence[Holding], *, issuer: str, now: int) -> Mapping[str, object]:
    """Return the document: times in RFC 3339, lists as lists, sections in their order.

    Sections that were cut at `ROWS_MAX` rows are named in `newest_only`.

    Args:
        holdings: as the store read them.
        issuer: whose document it is.
        now: seconds since the epoch.
    """
    return {
        "format": FORMAT,
        "issuer": issuer,
        "exported_at": _time(now),
        "newest_only": [holding.section for holding in holdings if holding.is_cut],
        **{holding.section: [_entry(holding, row) for row in holding.rows] for holding in holdings},
    }


def _entry(holding: Holding, row: Sequence[Value]) -> Mapping[str, object]:
    return {
        column: _readable(column, value) for column, value in zip(holding.columns, row, strict=True)
    }


def _readable(column: str, value: Value) -> object:
    if value is None:
        return None
    if isinstance(value, int):
        if column in _FLAGS:
            return bool(value)
        return _time(value) if column in _TIMES or column.endswith("_at") else value
    if column in _WORDS:
        return value.split()
    return json.loads(value) if column == "detail" else value


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
