"""Inserts that meet a row of the same key, as one expression for both databases.

Both spell `ON CONFLICT` alike. SQLite's dialect is the one that every server has loaded;
PostgreSQL's, 19 modules and 2 MiB, is loaded by those that use it.
"""

from typing import Any, Self

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

__all__ = ["insert"]


class _Insert(sqlite.Insert):
    inherit_cache = True

    def ext(self, extension: Any) -> Self:  # Any: the clause has a class for each dialect
        extension.constraint_target = None  # PostgreSQL's compiler asks whether it names one
        return super().ext(extension)


def insert(table: Table) -> _Insert:
    """Begin an insert that `on_conflict_do_update` or `on_conflict_do_nothing` completes."""
    return _Insert(table)
