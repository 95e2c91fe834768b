"""The laws hold on our own policies, on both databases, and find what is broken.

Source: access.md T1, T2, T8.
"""

import asyncio
from datetime import date

import pytest
from sqlalchemy import create_engine, event, insert, inspect, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import JSON, Date, String, Uuid
from tests.access.example import Base, Note, Thing, allowing, notes
from tests.access.hostile import RULES, hostile

from watchword.access import Policy, plain
from watchword.access import compile as compiling
from watchword.access.lower import lowering, sqlalchemy_leaves
from watchword.access.lower import sqlalchemy as lower
from watchword.access.tree import TRUE, Op
from watchword.testing import LawBroken, laws


@pytest.fixture
def engine():
    made = create_engine("sqlite://")
    yield made
    made.dispose()


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.requirement("access:T2:monotone")
def test_the_laws_hold_for_the_notes_policy(engine):
    report = laws(notes(scopes={"notes:read": ["read"], "notes": ["*"]}).policy, engine)
    assert report.decisions == 30 * 4 * 40
    assert report.exempt == ()


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.parametrize("name", RULES)
def test_the_laws_hold_for_hostile_rules(engine, name):
    laws(hostile(name), engine, seed=len(name), subjects=6, rows=25)


@pytest.mark.requirement("access:L8:exact-strings")
@pytest.mark.requirement("access:T1:readings-agree")
def test_the_laws_hold_on_postgresql(postgres_url, monkeypatch):
    """In a database whose own order of text is a language's, not that of code points."""
    monkeypatch.setattr(sqlalchemy_leaves, "IN_PARAMETERS_MAX", 3)

    async def run() -> None:
        outer = create_async_engine(
            postgres_url.replace("postgresql:", "postgresql+asyncpg:"),
            isolation_level="AUTOCOMMIT",
        )
        create = "CREATE DATABASE lexical TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        async with outer.connect() as connection:
            await connection.exec_driver_sql("DROP DATABASE IF EXISTS lexical")
            await connection.exec_driver_sql(create)
        inner = create_async_engine(outer.url.set(database="lexical"))
        async with inner.connect() as connection:
            order = await connection.exec_driver_sql("SELECT 'a' < 'B'")
            assert order.scalar_one() is True
            await connection.run_sync(lambda sync: laws(notes().policy, sync, rows=20, subjects=10))
            for name in RULES:
                await connection.run_sync(
                    lambda sync, name=name: laws(hostile(name), sync, rows=25, subjects=4)
                )
            await connection.run_sync(lambda sync: laws(long_lists(), sync, rows=25, subjects=3))
        await inner.dispose()
        async with outer.connect() as connection:
            await connection.exec_driver_sql("DROP DATABASE lexical")
        await outer.dispose()

    asyncio.run(run())


def long_lists() -> Policy:
    """A rule whose lists travel as one parameter where the limit is 3."""
    policy = Policy()

    @policy.allow("read", on=Thing)
    def listed(_me, thing):
        """Listed."""
        return thing.level.in_([*range(499), None]) | ~thing.name.in_(
            ["bo", "o'brien", 'say "x"', "\u00e9", "a\\b"]
        )

    return policy


@pytest.mark.requirement("access:L9:bound-parameters")
def test_the_laws_hold_for_long_lists(engine, monkeypatch):
    monkeypatch.setattr(sqlalchemy_leaves, "IN_PARAMETERS_MAX", 3)
    laws(long_lists(), engine)


def test_the_application_tables_are_not_touched(engine):
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(Note).values(id=1, owner="bo", text="kept"))
    laws(notes().policy, engine, subjects=3)
    with engine.connect() as connection:
        assert connection.execute(select(Note.id, Note.text)).all() == [(1, "kept")]
        assert inspect(connection).get_temp_table_names() == []


def test_the_same_seed_asks_the_same(engine):
    asked: list[object] = []
    event.listen(engine, "before_cursor_execute", lambda *seen: asked.append((seen[2], seen[3])))
    laws(notes().policy, engine, seed=7, subjects=3, rows=5)
    first = asked.copy()
    asked.clear()
    laws(notes().policy, engine, seed=7, subjects=3, rows=5)
    assert asked == first


def test_a_check_that_differs_is_found(engine, monkeypatch):
    key = (Op.EQ, True)
    monkeypatch.setattr(compiling, "_COMPARE", {**compiling._COMPARE, key: lambda a, b: a is b})
    with pytest.raises(LawBroken, match="the check says False, the plain function True") as broken:
        laws(notes().policy, engine)
    assert "note.owner" in str(broken.value)
    assert "subject: Subject(id=" in str(broken.value)


def test_a_filter_that_differs_is_found(engine, monkeypatch):
    """A plain NOT drops the rows whose column is NULL."""
    monkeypatch.setattr(
        lower,
        "with_value",
        lambda _op, column, value, positive: (column == value) if positive else (column != value),
    )
    with pytest.raises(LawBroken, match="the SQL filter False"):
        laws(hostile("not equal to a value"), engine)


def test_a_list_that_repeats_a_row_is_found(engine, monkeypatch):
    many = type("Rows", (), {"all": lambda _: [1, 1]})
    monkeypatch.setattr("sqlalchemy.Connection.scalars", lambda *_: many())
    with pytest.raises(LawBroken, match="a list names each row once"):
        laws(notes().policy, engine)


def test_possible_that_differs_is_found(engine, monkeypatch):
    monkeypatch.setattr(Policy, "possible", lambda *_: False)
    with pytest.raises(LawBroken, match="what is listed is possible"):
        laws(notes().policy, engine)


def test_a_look_up_that_differs_is_found(engine, monkeypatch):
    probe = lower.probe
    monkeypatch.setattr(
        lowering(Note),
        "probe",
        lambda model, key, readable, _, **options: probe(model, key, readable, TRUE, **options),
    )
    with pytest.raises(LawBroken, match="the look-up says allowed"):
        laws(notes().policy, engine)


def test_rights_from_suspension_are_found(engine):
    policy = allowing(lambda me, _t: me.suspended == True)  # noqa: E712 - a condition
    with pytest.raises(LawBroken, match="suspending never allows"):
        laws(policy, engine)


def test_rights_from_a_lost_role_are_found(engine):
    policy = allowing(lambda me, _t: ~me.roles.has("user"), roles={"user": []})
    with pytest.raises(LawBroken, match="a further role never removes"):
        laws(policy, engine)


@pytest.mark.requirement("access:T2:monotone")
def test_deny_rules_that_name_a_role_are_listed(engine):
    policy = Policy(roles={"trainee": []})

    @policy.allow("*", on=Note)
    def anyone(_me):
        """Anyone."""
        return True

    @policy.deny("delete", on=Note, role="trainee")
    def trainee(_me):
        """Trainees delete nothing."""
        return True

    assert laws(policy, engine).exempt == ("note.trainee",)


@pytest.mark.parametrize(("type_", "value"), [(String(), "key 1"), (Uuid(), None), (JSON(), None)])
def test_models_with_other_keys_and_columns_are_taken(engine, type_, value):
    class Own(DeclarativeBase):
        pass

    class Keyed(Own):
        __tablename__ = "keyed"
        id = mapped_column(String() if isinstance(type_, JSON) else type_, primary_key=True)
        data = mapped_column(type_)

    laws(allowing(lambda _me, row: row.id == value, on=Keyed), engine, subjects=3)


def test_a_table_that_cannot_be_stood_in_for_is_refused(engine):
    class Own(DeclarativeBase):
        pass

    class Elsewhere(Own):
        __tablename__ = "elsewhere"
        __table_args__ = {"schema": "other"}  # noqa: RUF012 - SQLAlchemy's form
        id = mapped_column(Date, primary_key=True)

    class Dated(Own):
        __tablename__ = "dated"
        id = mapped_column(Date, primary_key=True)

    with pytest.raises(ValueError, match="laws need one table, no schema"):
        laws(allowing(lambda _me: True, on=Elsewhere), engine)
    with pytest.raises(ValueError, match="laws need a primary key of int, str or UUID"):
        laws(allowing(lambda _me: True, on=Dated), engine)


def test_the_plain_reading_reads_context_and_subject_alike():
    policy = hostile("context")
    me, ctx = policy.subject("bo"), policy.context(now=1)
    assert plain.allowed(policy.plans[Thing, "read"], me, Thing(level=1, day=date(2024, 1, 1)), ctx)
