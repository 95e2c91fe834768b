"""The laws hold for SQL text without a mapping library, on both databases.

Source: access.md section 6 (2), section 7, T1, T8.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from tests.access.example import allowing
from tests.access.hostile import RULES as HOSTILE
from tests.access.hostile import hostile
from tests.access.library import RULES, library
from tests.access.lower import test_raw as declared

from watchword.access import Policy
from watchword.access.lower import raw_text
from watchword.access.lower.raw import Children, Parent, Stated, table
from watchword.testing import LawBroken, laws


@pytest.fixture
def engine():
    made = create_engine("sqlite://")
    yield made
    made.dispose()


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.requirement("access:6:raw-text")
@pytest.mark.parametrize("name", sorted(HOSTILE)[::5])
def test_the_laws_hold_for_hostile_rules(engine, name):
    report = laws(hostile(name, on=declared.Thing), engine, seed=len(name), subjects=4, rows=15)
    assert report.decisions == 4 * 4 * 15


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.requirement("access:6:raw-text")
@pytest.mark.requirement("access:P8:shares")
@pytest.mark.parametrize("name", sorted(RULES)[::4])
def test_the_laws_hold_for_rules_about_other_rows(engine, name):
    policy = library(name, on=declared.Note, shares=declared.ShareRow)
    laws(policy, engine, seed=len(name), subjects=4, rows=15)


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.requirement("access:6:raw-text")
def test_the_laws_hold_on_postgresql(postgres_url, monkeypatch):
    """By a driver that numbers parameters, and by one that does not."""
    monkeypatch.setattr(raw_text, "IN_PARAMETERS_MAX", 3)

    async def numbered() -> None:
        outer = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
        async with outer.connect() as connection:
            for name in sorted(RULES)[1::12]:
                policy = library(name, on=declared.Note, shares=declared.ShareRow)
                await connection.run_sync(
                    lambda sync, policy=policy: laws(policy, sync, subjects=3, rows=12)
                )
        await outer.dispose()

    asyncio.run(numbered())
    plain = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    for name in sorted(HOSTILE)[2::12]:
        laws(hostile(name, on=declared.Thing), plain, seed=len(name), subjects=3, rows=12)
    plain.dispose()


def test_text_that_differs_is_found(engine, monkeypatch):
    """A NOT above a comparison drops the rows whose column is NULL."""
    monkeypatch.setattr(
        raw_text.Writer,
        "with_value",
        lambda _self, _op, column, value, *, positive: (
            f'{column.row.name}."{column.attr.name}" {"=" if positive else "<>"} ',
            raw_text.Bound(value, column.attr.kind),
        ),
    )
    with pytest.raises(LawBroken, match="the SQL filter False"):
        laws(hostile("not equal to a value", on=declared.Thing), engine)


def test_an_opaque_predicate_is_held_to_the_text_that_it_states(engine):
    def judged(limit: int) -> Policy:
        policy = Policy()

        @policy.allow(
            "read", on=declared.Note, sql=lambda _me, _model: Stated("length(owner) < ?", (limit,))
        )
        def short(_me, note):
            """Of owners with short names."""
            return note.owner is not None and len(note.owner) < 4

        return policy

    laws(judged(4), engine)
    with pytest.raises(LawBroken, match="the SQL filter"):
        laws(judged(3), engine)


@table("leaf", relations={"of": Children(None, "up"), "above": Parent(None, "up")})
@dataclass(frozen=True)
class Leaf:
    id: UUID
    up: UUID | None
    weight: float
    tenant: str | None
    of: "list[Leaf]"
    above: "Leaf | None"


def test_other_keys_columns_and_tenants_are_taken(engine):
    policy = Policy(tenant="tenant")

    @policy.allow("read", on=Leaf)
    def alike(_me, leaf):
        """Its leaves hold what it holds, or it has none above."""
        return leaf.of.tenant.has(leaf.tenant) | (leaf.above == None)  # noqa: E711 - a condition

    laws(policy, engine)


def test_classes_that_no_rows_can_be_drawn_for_are_refused(engine):
    @table("odd", relations={"like": Parent(None, "name", remote="name")})
    @dataclass
    class Odd:
        id: int
        name: str
        like: "Odd | None" = None

    @table("twin", relations={"likes": Children(None, "name", local="name")})
    @dataclass
    class Twin:
        id: int
        name: str
        likes: "list[Twin]"

    for model, name in ((Odd, "like"), (Twin, "likes")):
        policy = allowing(
            (lambda _me, row: row.like.name == "a")
            if model is Odd
            else (lambda _me, row: row.likes.name.has("a")),
            on=model,
        )
        with pytest.raises(ValueError, match=f"laws need '{name}' to go by its key"):
            laws(policy, engine)
