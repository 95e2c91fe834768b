"""Random rules about other rows and shares: four readings give the independent evaluator's answer.

The ordinary run compares a few thousand cases; `make nightly` a million.

Source: access.md sections 4 (P8), 5 (S2), 7 (L2, L6) and 9 (T1, T8); security.md 86.
"""

import os
from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.orm import Session
from tests.access.library import DECLARED, Base, Note, ShareRow
from tests.access.reference import build, evaluate
from tests.access.world import World, person, rule, store, world

from watchword.access import Context, Policy, Share, Subject, plain

CASES = int(os.environ.get("WATCHWORD_LAW_CASES", "3000"))
SEED = os.environ.get("WATCHWORD_SEED", "0")
HALVES = 2  # of the cases, for two cores
RULES_IN_A_WORLD = 8
PEOPLE = 3


def policy_of(allow: tuple, deny: tuple, *, beside: bool) -> Policy:
    policy = Policy(**DECLARED, shares=ShareRow if beside else None)

    @policy.allow("read", on=Note)
    def allowing(me, note):
        """Allow."""
        return build(allow, me, note)

    @policy.deny("read", on=Note)
    def denying(me, note):
        """Deny."""
        return build(deny, me, note)

    return policy


def asking(policy: Policy, facts: dict) -> tuple[Subject, Context]:
    me = policy.subject(
        facts["id"],
        roles=facts["roles"],
        tenant=facts["tenant"],
        shares=[Share(**share) for share in facts["shares"]],
        attributes={name: facts[name] for name in ("team", "rank", "groups", "levels")},
    )
    return me, policy.context(now=facts["now"])


def known(chance: Random, drawn: World) -> dict:
    facts = person(chance)
    # Admins are users too.
    held = facts["roles"] | ({"user"} if "admin" in facts["roles"] else set())
    return facts | {"shares": drawn.shares, "held": held}


def compare(connection: Connection, chance: Random, drawn: World) -> int:
    """Compare one policy for a few people on every note, and return the number of cases."""
    allow, deny = rule(chance), rule(chance)
    policy = policy_of(allow, deny, beside=chance.random() < 0.5)
    plan = policy.plans[Note, "read"]
    with Session(connection) as session:
        loads = policy.loads("read", Note)
        rows = {row.id: row for row in session.scalars(select(Note).options(*loads))}
        session.expunge_all()
    for _ in range(PEOPLE):
        facts = known(chance, drawn)
        me, ctx = asking(policy, facts)
        clause = policy.where(me, "read", Note, ctx)
        found = connection.scalars(select(Note.id).where(clause)).all()
        assert len(found) == len(set(found))
        for note in drawn.notes:
            expected = evaluate(allow, facts, note) and not evaluate(deny, facts, note)
            row = rows[note["id"]]
            answers = {
                "check": policy.check(me, "read", row, ctx).allowed,
                "list": note["id"] in found,
                "plain": plain.allowed(plan, me, row, ctx),
                "explanation": policy.decide(me, "read", row, ctx).allowed,
            }
            assert set(answers.values()) == {expected}, (answers, allow, deny, facts, note)
    return PEOPLE * len(drawn.notes)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.requirement("access:T1:million-cases")
@pytest.mark.requirement("access:L6:absent-parents")
@pytest.mark.requirement("access:P8:shares")
@pytest.mark.parametrize("half", range(HALVES))
def test_every_reading_gives_the_independent_answer_about_other_rows(engine, half):
    chance, done = Random(f"{SEED} {half}"), 0
    with engine.connect() as connection:
        while done < CASES / HALVES:
            drawn = world(chance)
            store(connection, drawn)
            for _ in range(RULES_IN_A_WORLD):
                done += compare(connection, chance, drawn)
            connection.rollback()
