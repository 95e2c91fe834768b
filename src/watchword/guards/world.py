"""The world of a decision point, in an application's own SQLAlchemy tables.

    point = PolicyDecisionPoint(policy, {"record": Record}, open_tables(sessions))

Subjects are the accounts of the server, unless the application names a table of its own. Statements
run only on sessions that the application hands over. Rows are lent values for the length of a
decision, so a session flushes nothing by itself and is rolled back at the end.

Source: access.md section 11 (Z14 to Z17, Z22); ARCHITECTURE section 1.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from watchword.access.authzen.world import OpenWorld, People, Persons, World
from watchword.access.lower import sqlalchemy as lowering
from watchword.access.lower.keys import row_key
from watchword.access.subject import Facts
from watchword.base.records import dataclass

__all__ = ["PeopleTable", "open_tables"]


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """Where subjects are.

    Args:
        model: the mapped class; its primary key is the subject's id, as text.
        facts: returns what a row says of its subject: roles, attributes, suspension.
    """

    model: type[object]
    facts: Callable[[Any], Facts]


def open_tables(sessions: Callable[[], Session], people: PeopleTable | None = None) -> OpenWorld:
    """Return what opens a world over a session of the application's.

    Args:
        sessions: makes a session, such as a `sessionmaker`; it is called in worker threads.
        people: where subjects are, if they are not the accounts of the server.
    """

    @contextmanager
    def opened(accounts: Persons) -> Iterator[World]:
        with sessions() as session, session.no_autoflush:
            try:
                yield _Tables(session, accounts if people is None else _People(session, people))
            finally:
                session.rollback()

    return opened


class _People:
    """The subjects of a table."""

    def __init__(self, session: Session, people: PeopleTable) -> None:
        self._session = session
        self._people = people

    def person(self, id: str, /) -> Facts | None:  # noqa: A002 - the protocol's name
        """Return what the table says of a subject."""
        row = _row(self._session, self._people.model, id)
        return None if row is None else self._people.facts(row)

    def people(self, *, after: str, at_most: int) -> People:
        """Return the next subjects."""
        model = self._people.model
        key = getattr(model, lowering.key(model))
        statement = select(model).order_by(key).limit(at_most)
        if after:
            statement = statement.where(key > _value(model, after))
        rows = self._session.scalars(statement).all()
        return [(str(getattr(row, key.key)), self._people.facts(row)) for row in rows]


class _Tables:
    """A world over one session."""

    def __init__(self, session: Session, persons: Persons) -> None:
        self._session = session
        self.person = persons.person
        self.people = persons.people

    def row(self, model: type[object], id: str, /) -> object | None:  # noqa: A002 - as above
        """Return the row of a key."""
        return _row(self._session, model, id)

    def rows(
        self, model: type[object], condition: Any, *, after: str, at_most: int
    ) -> Sequence[str]:
        """Return the keys of the next rows that meet the condition."""
        key = getattr(model, lowering.key(model))
        statement = select(key).where(condition).order_by(key).limit(at_most)
        if after:
            statement = statement.where(key > _value(model, after))
        return [str(each) for each in self._session.scalars(statement)]

    def count(self, model: type[object], condition: Any) -> int:
        """Return how many rows meet the condition."""
        statement = select(func.count()).select_from(model).where(condition)
        return self._session.scalar(statement) or 0


def _row(session: Session, model: type[object], id_: str) -> object | None:
    value = _value(model, id_)
    return None if value is None else session.get(model, value)


def _value(model: type[object], id_: str) -> Any:
    return row_key(id_, lowering.kind(model, lowering.key(model)))
