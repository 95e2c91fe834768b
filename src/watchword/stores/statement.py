"""Statements and verbs: what is said to a database, without a database.

A statement is a SQLAlchemy Core expression, compiled once to SQL text for each dialect; the
drivers take it from there, because the layers between would cost several times the work itself.

A verb is a generator. It yields a step (a statement and its parameters), is sent the rows, and
returns its outcome. It is written once; SQLite runs it without a pause inside a savepoint on the
writer's thread, PostgreSQL awaits each step inside a transaction.

Source: ARCHITECTURE section 3.
"""

from collections.abc import Generator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Select, UpdateBase
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect

from watchword.base.records import dataclass

__all__ = [
    "Lock",
    "Outcome",
    "Parameters",
    "Rows",
    "Statement",
    "Step",
    "Text",
    "Verb",
    "for_postgresql",
    "for_sqlite",
]

Outcome = TypeVar("Outcome")

# A row is typed where it becomes a record (`verbs/rows.py`), once, beside the columns it came from.
Rows: TypeAlias = Sequence[Sequence[Any]]
Parameters: TypeAlias = Mapping[str, str | int | bytes | None]


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One Core expression, built at import."""

    expression: Select[Any] | UpdateBase


@dataclass(frozen=True, slots=True, eq=False)
class Lock(Statement):
    """A `SELECT ... FOR UPDATE` whose rows nobody reads.

    SQLite has one writer at a time and leaves it out. PostgreSQL waits here, so that the
    statements after it, each with a snapshot of its own, see what the holder before left.
    """

    expression: Select[Any]


class Step(NamedTuple):
    """What a verb yields: one statement and its parameters."""

    statement: Statement
    parameters: Parameters


Verb: TypeAlias = Generator[Step, Rows, Outcome]


@dataclass(frozen=True, slots=True)
class Text:
    """SQL text of one dialect, and the order of its parameters."""

    sql: str
    order: tuple[str, ...]
    constants: Parameters  # parameters that the expression itself brought along

    def arguments(self, parameters: Parameters) -> tuple[str | int | bytes | None, ...]:
        """Return the values in the order in which the text wants them."""
        every = {**self.constants, **parameters} if self.constants else parameters
        return tuple([every[name] for name in self.order])


@cache
def for_sqlite(statement: Statement) -> Text:
    """Return the text for SQLite, with `?` for parameters."""
    return _compiled(statement, sqlite.dialect(paramstyle="qmark"))


@cache
def for_postgresql(statement: Statement) -> Text:
    """Return the text for PostgreSQL, with `$1` and so on for parameters."""
    from sqlalchemy.dialects.postgresql import asyncpg  # noqa: PLC0415  # not on SQLite

    return _compiled(statement, asyncpg.dialect())  # type: ignore[no-untyped-call]  # its constructor has no annotations


def _compiled(statement: Statement, dialect: Dialect) -> Text:
    compiled = statement.expression.compile(dialect=dialect)
    constants = {
        name: value
        for name, value in compiled.construct_params(_check=False).items()
        if not compiled.binds[name].required
    }
    return Text(str(compiled), tuple(compiled.positiontup or ()), constants)
