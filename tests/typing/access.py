"""Calls of the policy that must type-check, and calls that must not.

mypy reads this file; nothing runs it. An ignore that is not needed is an error.
"""

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from watchword.access import Condition, Decision, Lookup, Me, Policy, Row, Subject


class Base(DeclarativeBase):
    """The models of this file."""


class Note(Base):
    """A row that rules are about."""

    __tablename__ = "typed_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]


policy = Policy(roles={"admin": ["user"]}, scopes={"notes": ["*"]}, subject={"team": str})


@policy.deny("*")
def suspended(me: Me) -> Condition:
    """A suspended account may do nothing."""
    return me.suspended == True  # noqa: E712 - a condition


@policy.allow("read", "update", on=Note, role=["admin"], fields={"owner"})
def owner(me: Me, note: Row[Note]) -> Condition:
    """What is yours is yours."""
    return (note.owner == me.id) | ~me.roles.has("guest") & note.owner.in_({"bo"})


@policy.allow("read", on=Note)  # type: ignore[type-var]  # a rule returns a condition
def text(me: Me) -> str:
    """Return text, which is no condition."""
    return str(me)


def asked(me: Subject, note: Note, session: Session) -> Note:
    """Use each answer as what it is."""
    decision: Decision = policy.decide(me, "read", note)
    verdict: bool = policy.check(me, "read", note).allowed
    rows: Select[Note] = policy.select(me, "read", Note).where(Note.id > 1).limit(5)
    clause: ColumnElement[bool] = policy.where(me, "read", Note)
    lookup: Lookup[Note] = policy.get(me, "update", Note, "7", lock=True)
    found: Note = lookup.answer(session.execute(lookup.statement).first())
    kept: Note = policy.require(me, "update", session.get(Note, 1))
    policy.change(me, "update", kept, owner="bo")
    policy.subject("bo", roles=["admin"], scopes=None, source="token", age=5)
    del decision, verdict, rows, clause
    return found


def misused(me: Subject, note: Note) -> None:
    """Each line is refused."""
    policy.check(me, "read")  # type: ignore[call-arg]  # a type-level question is asked of possible
    policy.select(me, "read", note)  # type: ignore[arg-type]  # the class, not a row
    policy.subject("bo", role="admin")  # type: ignore[call-arg]  # roles
    policy.subject("bo", source="guess")  # type: ignore[arg-type]  # no such source
    policy.get(me, "read", Note, 7).answer(note)  # type: ignore[arg-type]  # the statement's row
