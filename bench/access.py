"""What does a decision cost, and what does a derived list cost beside hand-written SQL?

The notes policy of access.md 4.1: a deny for suspended accounts, an admin, the owner, a shared
role. Points: a check and a decision with its reasons, beside the same rules written by hand. List:
100,000 rows in SQLite of which 82 may be read, ordered, the first 50; statement building included.

    python bench/access.py
"""

import timeit
from collections.abc import Callable

from sqlalchemy import ColumnElement, Index, create_engine, func, insert, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from watchword.access import Condition, Me, Policy, Row, Subject

ROWS = 100_000
OWNED = 62
SHARED = 20


class Base(DeclarativeBase):
    """The model of this file."""


class Note(Base):
    """A row with an index for each rule that reads it."""

    __tablename__ = "note"
    __table_args__ = (Index("by_owner", "owner"), Index("by_role", "shared_role"))

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str]
    text: Mapped[str]
    shared_role: Mapped[str | None]


policy = Policy(roles={"admin": ["user"]})


@policy.deny("*")
def suspended(me: Me) -> Condition:
    """A suspended account may do nothing."""
    return me.suspended == True  # noqa: E712 - a condition


@policy.allow("*", on=Note, role="admin")
def admin(_me: Me) -> bool:
    """An admin may do anything."""
    return True


@policy.allow("read", "create", "update", "delete", on=Note)
def owner(me: Me, note: Row[Note]) -> Condition:
    """What is yours is yours."""
    return note.owner == me.id


@policy.allow("read", on=Note)
def shared(me: Me, note: Row[Note]) -> Condition:
    """A note shared with one of my roles may be read."""
    return note.shared_role.in_(me.roles)


def by_hand(me: Subject, note: Note) -> bool:
    """Decide on reading as an application without a policy would."""
    return not me.suspended and (
        "admin" in me.roles or note.owner == me.id or note.shared_role in me.roles
    )


def microseconds(run: Callable[[], object], number: int) -> float:
    """Return the best of five: what the machine can do, not what else it did."""
    return min(timeit.repeat(run, number=number, repeat=5)) / number * 1e6


def points(me: Subject) -> None:
    """Print the cost of one decision, on the rule that is tried last."""
    note = Note(id=1, owner="cy", text="", shared_role="user")
    hand = microseconds(lambda: by_hand(me, note), 100_000)
    for name, run, number in (
        ("check", lambda: policy.check(me, "read", note), 100_000),
        ("decide, all reasons", lambda: policy.decide(me, "read", note), 20_000),
    ):
        cost = microseconds(run, number)
        print(f"{name:<22}{cost:8.2f} us   {cost / hand:6.1f}x by hand ({hand:.2f} us)")


def lists(me: Subject) -> None:
    """Print the cost of a page of the list."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.execute(
            insert(Note),
            [
                {
                    "owner": "bo" if n < OWNED else f"user-{n % 997}",
                    "text": "",
                    "shared_role": "user" if OWNED <= n < OWNED + SHARED else None,
                }
                for n in range(ROWS)
            ],
        )
        session.connection().exec_driver_sql("ANALYZE")
        derived_us, hand_us = (
            microseconds(lambda clause=clause: page(session, clause()), 300)
            for clause in (
                lambda: policy.where(me, "read", Note),
                lambda: or_(Note.owner == me.id, Note.shared_role.in_(me.roles)),
            )
        )
        count = session.scalar(select(func.count()).where(policy.where(me, "read", Note)))
    print(
        f"{'list, derived filter':<22}{derived_us:8.0f} us   {derived_us / hand_us:6.2f}x by hand"
    )
    print(f"{'':<22}{count} of {ROWS} rows may be read")


def page(session: Session, clause: ColumnElement[bool]) -> None:
    """Read the first 50 rows."""
    session.execute(select(Note.id, Note.text).where(clause).order_by(Note.id).limit(50)).all()


if __name__ == "__main__":
    bo = policy.subject("bo", roles=["user"])
    points(bo)
    lists(bo)
