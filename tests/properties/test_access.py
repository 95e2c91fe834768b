"""Random rules on random rows: five readings and an independent evaluator give one answer.

Source: access.md sections 6 and 9 (T1, T8); security.md 86.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, delete, insert, select
from tests.access.example import Base, Thing
from tests.access.reference import build, evaluate

from watchword.access import Policy, Subject, plain

TEXTS = ("", "a", "A", "b", "a ", "%", "_", "'", "e\u0301", "\u00e9", "\uffff", "\U0001f600", "1")
INTEGERS = (-(2**31), -1, 0, 1, 2, 2**31 - 1)

text = st.sampled_from(TEXTS)
number = st.sampled_from(INTEGERS)


def attribute(kind: str) -> st.SearchStrategy:
    """An attribute of one value."""
    mine = {"text": ["id", "team"], "number": ["rank"]}[kind]
    its = {"text": ["name", "other"], "number": ["level", "small"]}[kind]
    return st.sampled_from([("row", name) for name in its] * 2 + [("me", name) for name in mine])


def atoms_of(kind: str, constant: st.SearchStrategy) -> st.SearchStrategy:
    one, collection = attribute(kind), {"text": ("me", "groups"), "number": ("me", "levels")}[kind]
    value = st.tuples(st.just("value"), constant)
    nothing = st.just(("value", None))
    pool = st.tuples(st.just("value"), st.frozensets(st.none() | constant, max_size=3))
    sets = st.just(collection) | pool
    return st.one_of(
        st.tuples(st.sampled_from(["==", "!="]), one, one | value | nothing),
        st.tuples(st.sampled_from(["==", "!="]), value, one),
        st.tuples(st.sampled_from(["<", "<=", ">", ">="]), one, one | value),
        st.tuples(st.sampled_from(["<", "<=", ">", ">="]), value, one),
        st.tuples(st.sampled_from(["in", "not in"]), one, sets),
        st.tuples(st.just("has"), st.just(collection), one | value),
        st.tuples(st.just("meets"), st.just(collection), sets),
    )


atom = (
    atoms_of("text", text)
    | atoms_of("number", number)
    | st.sampled_from([("fact", "yes"), ("fact", "no")])
)
rule = st.recursive(
    atom,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner), st.tuples(st.just("not"), inner)
    ),
    max_leaves=6,
)
row = st.fixed_dictionaries(
    {
        "name": st.none() | text,
        "other": st.none() | text,
        "level": st.none() | number,
        "small": st.none() | st.sampled_from([-1, 0, 1, 2]),
    }
)
subject = st.fixed_dictionaries(
    {
        "id": text.filter(bool),
        "team": st.none() | text,
        "rank": st.none() | number,
        "groups": st.frozensets(text, max_size=4),
        "levels": st.frozensets(number, max_size=4),
    }
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def policy_of(allow, deny) -> Policy:
    policy = Policy(
        subject={
            "team": str,
            "rank": int,
            "groups": frozenset[str],
            "levels": frozenset[int],
        }
    )

    @policy.allow("read", on=Thing)
    def allowing(me, thing):
        """Allow."""
        return build(allow, me, thing)

    @policy.deny("read", on=Thing)
    def denying(me, thing):
        """Deny."""
        return build(deny, me, thing)

    return policy


def person(policy: Policy, facts: dict) -> Subject:
    return policy.subject(
        facts["id"], attributes={name: value for name, value in facts.items() if name != "id"}
    )


def listed(connection: Connection, policy: Policy, me: Subject, rows: list[dict]) -> set[int]:
    table = Thing.__table__
    connection.execute(delete(table))
    stored = [{"id": number, "thing_name": each["name"]} | each for number, each in enumerate(rows)]
    connection.execute(insert(table), [{k: v for k, v in r.items() if k != "name"} for r in stored])
    return set(connection.scalars(select(Thing.id).where(policy.where(me, "read", Thing))))


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.requirement("access:P3:plain-reading")
@pytest.mark.requirement("access:S2:two-valued-and-total")
@pytest.mark.requirement("access:D7:explanation-agrees")
@settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(allow=rule, deny=rule, facts=subject, rows=st.lists(row, min_size=1, max_size=8))
def test_every_reading_gives_the_independent_answer(connection, allow, deny, facts, rows):
    policy = policy_of(allow, deny)
    me = person(policy, facts)
    plan, ctx = policy.plans[Thing, "read"], policy.context()
    found = listed(connection, policy, me, rows)
    for number, each in enumerate(rows):
        thing = Thing(id=number, **each)
        expected = evaluate(allow, facts, each) and not evaluate(deny, facts, each)
        assert policy.check(me, "read", thing).allowed is expected
        assert policy.decide(me, "read", thing).allowed is expected
        assert policy.decide(me, "read", thing).rule == policy.check(me, "read", thing).rule
        assert plain.allowed(plan, me, thing, ctx) is expected
        assert (number in found) is expected
    assert policy.possible(me, "read", Thing) or not found
