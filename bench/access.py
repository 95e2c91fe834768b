"""What does a decision cost, and what does a derived list cost beside hand-written SQL?

Decisions: 1, 100 and 10,000 grants, as role assignments and as shares in the style that an engine
has for them (peers/decisions.py), every engine in a process of its own and in turns. Lists: the
notes policy of access.md 4.1 over 100,000 rows of which 82 may be read, ordered, the first 50,
statement building included. The buttons of a page: every action on 50 rows in one pass.

    python bench/access.py [--rounds 15] [--milliseconds 40] [--postgresql URL]
"""

import argparse
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

from contenders import Contender, python_peer, start_all, stop_all
from environments import PEERS
from sqlalchemy import Engine, Index, Select, create_engine, event, func, insert, or_, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from watchword.access import Condition, Me, Policy, Row, Subject

COUNTS = (1, 100, 10_000)
COLUMNS = [f"{kind}-{count}" for kind in ("assignments", "shares") for count in COUNTS]
CHECK_MICROSECONDS_MAX, REASONS_MICROSECONDS_MAX, LIST_RATIO_MAX = 1.0, 10.0, 1.5
PAGE = 50

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


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--milliseconds", type=int, default=40)
    arguments.add_argument("--postgresql", metavar="URL", help="an empty database, for the lists")
    options = arguments.parse_args()
    decisions(options.rounds, options.milliseconds)
    me = policy.subject("bo", roles=["user"])
    for url in filter(None, ("sqlite://", options.postgresql)):
        engine = create_engine(url)
        try:
            fill(engine)
            lists(engine, me)
        finally:
            Base.metadata.drop_all(engine)


def decisions(rounds: int, milliseconds: int) -> None:
    """Print the cost of one decision, engine by engine."""
    own: list[str | Path] = [sys.executable, PEERS / "watchword" / "access.py"]
    contenders, absent = start_all(
        {
            "watchword": lambda: own,
            "by hand": lambda: [sys.executable, PEERS / "by_hand.py"],
            "cedarpy": lambda: python_peer("cedarpy"),
            "cedarpy, batches": lambda: python_peer("cedarpy", "--batch"),
            "pycasbin": lambda: python_peer("pycasbin"),
            "oso": lambda: python_peer("oso"),
        }
    )
    for _ in range(rounds):
        for column in COLUMNS:
            for contender in contenders:
                contender.measure(column, "check", milliseconds)
            contenders[0].measure(column, "reasons", milliseconds)
    stop_all(contenders)
    report(contenders, absent)


def report(contenders: list[Contender], absent: list[str]) -> None:
    """Print the table, the targets and who was measured."""
    print("Microseconds for one decision (in brackets: times as long as watchword's)\n")
    print(f"| | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    ours = contenders[0]
    for contender in contenders:
        costs = [contender.best(column, "check") for column in COLUMNS]
        ratios = [
            cost / ours.best(column, "check") for column, cost in zip(COLUMNS, costs, strict=True)
        ]
        cells = [f"{c / 1000:.2f} ({r:.1f})" for c, r in zip(costs, ratios, strict=True)]
        print(f"| {contender.name} | {' | '.join(cells)} |")
    reasons = [f"{ours.best(column, 'reasons') / 1000:.2f}" for column in COLUMNS]
    print(f"| watchword, all reasons | {' | '.join(reasons)} |\n")
    for what, operation, limit in (
        ("check", "check", CHECK_MICROSECONDS_MAX),
        ("with all reasons", "reasons", REASONS_MICROSECONDS_MAX),
    ):
        worst = max(ours.best(column, operation) for column in COLUMNS) / 1000
        print(f"- {what}: at most {worst:.2f} us, target {limit}: {held(worst <= limit)}")
    print("\nMeasured: " + "; ".join(contender.version for contender in contenders))
    print("\n".join(absent))


def held(is_held: bool) -> str:  # noqa: FBT001 - what it is about
    """Say whether a target was held."""
    return "held" if is_held else "MISSED"


def fill(engine: Engine) -> None:
    """Write the rows, and let the database look at them."""
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
        session.commit()


def lists(engine: Engine, me: Subject) -> None:
    """Print the cost of a page of the list, and of its buttons."""
    with Session(engine) as session:

        def derived() -> Select[tuple[int, str]]:
            return page().where(policy.where(me, "read", Note))

        def by_hand() -> Select[tuple[int, str]]:
            return page().where(or_(Note.owner == me.id, Note.shared_role.in_(me.roles)))

        ours, hand = (
            microseconds(lambda make=make: session.execute(make()).all(), 300)
            for make in (derived, by_hand)
        )
        count = session.scalar(select(func.count()).where(policy.where(me, "read", Note)))
        every = microseconds(lambda: checked_one_by_one(session, me), 1, repeat=2)
        is_same = plan(session, derived()) == plan(session, by_hand())
        notes = list(session.scalars(select(Note).limit(PAGE)))
        buttons, statements = watched(engine, lambda: policy.actions(me, notes))
    print(f"\n{engine.dialect.name}: {count} of {ROWS} rows may be read; the first {PAGE}:")
    print(
        f"- derived filter {ours:.0f} us, by hand {hand:.0f} us: {ours / hand:.2f} times,", end=""
    )
    print(f" target {LIST_RATIO_MAX}: {held(ours / hand <= LIST_RATIO_MAX)}")
    print(f"- the same query plan: {'yes' if is_same else 'NO'}")
    print(f"- every row loaded and checked {every / 1000:.0f} ms: {every / ours:.0f} times")
    print(f"- actions of {PAGE} rows {buttons:.0f} us, {statements} statements")


def page() -> Select[tuple[int, str]]:
    """Return the statement that both lists narrow."""
    return select(Note.id, Note.text).order_by(Note.id).limit(PAGE)


def checked_one_by_one(session: Session, me: Subject) -> list[Note]:
    """List as an application does whose rules cannot be read as SQL."""
    notes = session.scalars(select(Note).order_by(Note.id))
    return [note for note in notes if policy.check(me, "read", note).allowed][:PAGE]


def plan(session: Session, statement: Select[tuple[int, str]]) -> list[str]:
    """Return how the database would run a statement, without its estimates."""
    dialect = session.get_bind().dialect
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    word = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    return [str(row[-1]) for row in session.execute(text(f"{word} {compiled}"))]


def watched(engine: Engine, run: Callable[[], object]) -> tuple[float, int]:
    """Return the microseconds of a call, and how many statements it ran."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    run()
    event.remove(engine, "before_cursor_execute", note)
    return microseconds(run, 200), len(seen)


def microseconds(run: Callable[[], object], number: int, repeat: int = 5) -> float:
    """Return the best of some: what the machine can do, not what else it did."""
    return min(timeit.repeat(run, number=number, repeat=repeat)) / number * 1e6


if __name__ == "__main__":
    main()
