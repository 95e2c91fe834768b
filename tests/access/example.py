"""Models and policies that the tests of this room share: the notes of access.md 4.1, and a row of
every kind."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Engine, Integer, SmallInteger, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from watchword.access import Condition, Me, Policy, Row, Subject


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    text: Mapped[str]
    shared_role: Mapped[str | None]


class Thing(Base):
    """A column of every kind, and two of each that are compared with one another."""

    __tablename__ = "thing"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column("thing_name")
    other: Mapped[str | None]
    level: Mapped[int | None] = mapped_column(Integer)
    small: Mapped[int | None] = mapped_column(SmallInteger)
    wide: Mapped[int | None] = mapped_column(BigInteger)
    open: Mapped[bool | None]
    day: Mapped[date | None]
    at: Mapped[datetime | None]
    key: Mapped[UUID | None]


@dataclass(frozen=True)
class Notes:
    policy: Policy
    bo: Subject
    cy: Subject
    ana: Subject
    suspended: Subject


def notes(on: type[object] = Note, **declared) -> Notes:
    """The policy of access.md 4.1 and its people, about the notes of a mapping library."""
    policy = Policy(roles={"admin": ["user"]}, **declared)

    @policy.deny("*")
    def suspended(me: Me) -> Condition:
        """A suspended account may do nothing."""
        return me.suspended == True  # noqa: E712 - a condition

    @policy.allow("*", on=on, role="admin")
    def admin(me: Me) -> bool:
        """An admin may do anything."""
        return True

    @policy.allow("read", "create", "update", "delete", on=on)
    def owner(me: Me, note: Row[Note]) -> Condition:
        """What is yours is yours."""
        return note.owner == me.id

    @policy.allow("read", on=on)
    def shared(me: Me, note: Row[Note]) -> Condition:
        """A note shared with one of my roles may be read."""
        return note.shared_role.in_(me.roles)

    return Notes(
        policy,
        policy.subject("bo", roles=["user"]),
        policy.subject("cy", roles=["user"]),
        policy.subject("ana", roles=["admin"]),
        policy.subject("di", roles=["user"], suspended=True),
    )


def three_notes() -> Engine:
    """A database with note 1 of bo, 2 and 3 of cy, 3 shared with users."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            [
                Note(id=1, owner="bo", text="one"),
                Note(id=2, owner="cy", text="two"),
                Note(id=3, owner="cy", text="three", shared_role="user"),
            ]
        )
        session.commit()
    return engine


def allowing(condition, on=Thing, **declared) -> Policy:
    """A policy of one rule that allows reading."""
    policy = Policy(**declared)
    condition.__doc__ = condition.__doc__ or "The rule under test."
    policy.allow("read", on=on)(condition)
    return policy
