"""Random rules about other rows and shares: SQL text lists what the ORM's filter lists.

The ordinary run compares a few hundred cases; `make nightly` a million.

Source: access.md section 6 (2), section 7, T1.
"""

import asyncio
import os
from random import Random

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import create_async_engine
from tests.access import library as mapped
from tests.access.lower import test_raw as declared
from tests.access.reference import build
from tests.access.world import person, rule, store, world

from watchword.access import Policy, Share
from watchword.access.lower import raw_text

CASES = int(os.environ.get("WATCHWORD_TEXT_CASES", "800"))
SEED = os.environ.get("WATCHWORD_SEED", "0")
RULES_IN_A_WORLD = 6
ACTIONS = 2
POSTGRESQL_SHARE = 4  # of the cases a quarter, since its planner takes most of the time


def both(spec: tuple, chance: Random) -> tuple[Policy, Policy]:
    """One rule about mapped classes, and about classes that declare their tables."""
    beside = chance.random() < 0.5

    def policy(models) -> Policy:
        made = Policy(**mapped.DECLARED, shares=models.ShareRow if beside else None)

        @made.allow("read", on=models.Note, when=lambda me, note: build(spec, me, note))
        def rule_under_test(_me):
            """The rule under test."""
            return True

        @made.allow("update", on=models.Note, when=lambda me, note: ~build(spec, me, note))
        def its_complement(_me):
            """Its complement."""
            return True

        return made

    return policy(mapped), policy(declared)


def compare(connection, chance: Random) -> int:
    """Compare what two lowerings list of the same rows, and return the number of cases."""
    drawn = world(chance, 12)
    store(connection, drawn)
    for _ in range(RULES_IN_A_WORLD):
        spec, facts = rule(chance), person(chance)
        listed = []
        for policy, models in zip(both(spec, chance), (mapped, declared), strict=True):
            me = policy.subject(
                facts["id"],
                roles=facts["roles"],
                tenant=facts["tenant"],
                shares=[Share(**share) for share in drawn.shares],
                attributes={name: facts[name] for name in ("team", "rank", "groups", "levels")},
            )
            ctx = policy.context(now=facts["now"])
            of = [policy.where(me, action, models.Note, ctx) for action in ("read", "update")]
            listed.append([ids(connection, condition) for condition in of])
        assert listed[0] == listed[1], (spec, facts)
    return RULES_IN_A_WORLD * ACTIONS * len(drawn.notes)


def ids(connection, condition) -> list[int]:
    if not isinstance(condition, raw_text.Fragment):
        wanted = select(mapped.Note.id).where(condition).order_by(mapped.Note.id)
        return list(connection.scalars(wanted))
    is_sqlite = connection.dialect.name == "sqlite"
    text, values = condition.sqlite() if is_sqlite else condition.postgresql()
    text = f"SELECT id FROM note WHERE {text} ORDER BY id"
    return list(connection.exec_driver_sql(text, tuple(values)).scalars())


@pytest.mark.requirement("access:6:raw-text")
@pytest.mark.requirement("access:L6:absent-parents")
def test_text_lists_on_sqlite_what_the_orm_lists():
    chance, done, engine = Random(f"text {SEED}"), 0, create_engine("sqlite://")
    with engine.connect() as connection:
        mapped.Base.metadata.create_all(connection)
        while done < CASES:
            done += compare(connection, chance)
    engine.dispose()


@pytest.mark.requirement("access:6:raw-text")
@pytest.mark.requirement("access:L8:exact-strings")
def test_text_lists_on_postgresql_what_the_orm_lists(postgres_url):
    async def run() -> None:
        chance, done = Random(f"text on PostgreSQL {SEED}"), 0
        engine = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            # References dangle on purpose, so the tables have no constraints.
            for statement in declared.CREATE.format(uuid="UUID").split(";"):
                await connection.exec_driver_sql(statement)
            while done < CASES / POSTGRESQL_SHARE:
                done += await connection.run_sync(compare, chance)
        await engine.dispose()

    asyncio.run(run())
