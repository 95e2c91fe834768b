"""Statement texts, pinned for both databases, and what is refused before there is a statement.

Source: access.md section 7. That the statements also answer like the check is
tests/testing/test_laws.py.
"""

import json
from datetime import date

import pytest
from sqlalchemy import (
    create_engine,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from tests.access.example import Note, Thing, notes
from tests.access.hostile import RULES, hostile

from watchword.access import Policy
from watchword.access.lower.sqlalchemy_leaves import IN_PARAMETERS_MAX

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.asyncpg.dialect()

PINNED = {
    "equal to a value": (
        "thing_name = ?",
        "thing_name = $1::VARCHAR",
    ),
    "not equal to a value": (
        "thing_name IS NOT ?",
        "thing_name IS DISTINCT FROM $1::VARCHAR",
    ),
    "equal to None": (
        "thing_name IS NULL",
        "thing_name IS NULL",
    ),
    "not equal to None": (
        "thing_name IS NOT NULL",
        "thing_name IS NOT NULL",
    ),
    "equal to an attribute that may be None": (
        "thing_name = ?",
        "thing_name = $1::VARCHAR",
    ),
    "not equal to an attribute that may be None": (
        "thing_name IS NOT ?",
        "thing_name IS DISTINCT FROM $1::VARCHAR",
    ),
    "equal columns": (
        "thing_name IS other",
        "thing_name IS NOT DISTINCT FROM other",
    ),
    "different columns": (
        "thing_name IS NOT other",
        "thing_name IS DISTINCT FROM other",
    ),
    "below": (
        "level < ?",
        "level < $1::BIGINT",
    ),
    "not below": (
        "level >= ? OR level IS NULL",
        "level >= $1::BIGINT OR level IS NULL",
    ),
    "at most": (
        "level <= ?",
        "level <= $1::BIGINT",
    ),
    "not at most": (
        "level > ? OR level IS NULL",
        "level > $1::BIGINT OR level IS NULL",
    ),
    "above, constant first": (
        "level > ?",
        "level > $1::BIGINT",
    ),
    "not above, constant first": (
        "level <= ? OR level IS NULL",
        "level <= $1::BIGINT OR level IS NULL",
    ),
    "at least, attribute first": (
        "small >= ?",
        "small >= $1::BIGINT",
    ),
    "columns in order": (
        "level >= small",
        "level >= small",
    ),
    "columns not in order": (
        "level < small OR level IS NULL OR small IS NULL",
        "level < small OR level IS NULL OR small IS NULL",
    ),
    "text in order": (
        "thing_name > ?",
        'thing_name COLLATE "C" > $1::VARCHAR',
    ),
    "text not in order": (
        "thing_name <= ? OR thing_name IS NULL",
        'thing_name COLLATE "C" <= $1::VARCHAR OR thing_name IS NULL',
    ),
    "text columns in order": (
        "thing_name < other",
        'thing_name COLLATE "C" < other',
    ),
    "among values": (
        "thing_name IN (?, ?, ?)",
        "thing_name IN ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR)",
    ),
    "not among values": (
        "(thing_name NOT IN (?, ?, ?)) OR thing_name IS NULL",
        "(thing_name NOT IN ($1::VARCHAR, $2::VARCHAR, $3::VARCHAR)) OR thing_name IS NULL",
    ),
    "among values and None": (
        "level IN (?, ?) OR level IS NULL",
        "level IN ($1::BIGINT, $2::BIGINT) OR level IS NULL",
    ),
    "not among values and None": (
        "(level NOT IN (?, ?)) AND level IS NOT NULL",
        "(level NOT IN ($1::BIGINT, $2::BIGINT)) AND level IS NOT NULL",
    ),
    "among None only": (
        "level IS NULL",
        "level IS NULL",
    ),
    "not among None only": (
        "level IS NOT NULL",
        "level IS NOT NULL",
    ),
    "among nothing": (
        "0",
        "false",
    ),
    "not among nothing": (
        "1",
        "true",
    ),
    "among my roles": (
        "thing_name IN (?)",
        "thing_name IN ($1::VARCHAR)",
    ),
    "not among my groups": (
        "(thing_name NOT IN (?)) OR thing_name IS NULL",
        "(thing_name NOT IN ($1::VARCHAR)) OR thing_name IS NULL",
    ),
    "among my levels": (
        "small IN (?, ?)",
        "small IN ($1::BIGINT, $2::BIGINT)",
    ),
    "role known in advance": (
        "open = ?",
        "open = $1::BOOLEAN",
    ),
    "meeting sets": (
        "0",
        "false",
    ),
    "not meeting sets": (
        "0",
        "false",
    ),
    "negated and": (
        "thing_name IS NOT ? OR level <= ? OR level IS NULL",
        "thing_name IS DISTINCT FROM $1::VARCHAR OR level <= $2::BIGINT OR level IS NULL",
    ),
    "negated or": (
        "thing_name IS NOT ? AND (level <= ? OR level IS NULL) AND other = ?",
        "thing_name IS DISTINCT FROM $1::VARCHAR AND (level <= $2::BIGINT OR level IS NULL)"
        " AND other = $3::VARCHAR",
    ),
    "twice negated": (
        "thing_name = ?",
        "thing_name = $1::VARCHAR",
    ),
    "nested": (
        "(thing_name = ? OR level = ?) AND (small < ? OR other = ?)",
        "(thing_name = $1::VARCHAR OR level = $2::BIGINT)"
        " AND (small < $3::BIGINT OR other = $4::VARCHAR)",
    ),
    "context": (
        "level <= ? AND day IS NOT ?",
        "level <= $1::BIGINT AND day IS DISTINCT FROM $2::DATE",
    ),
    "days": (
        "day >= ? OR day = ?",
        "day >= $1::DATE OR day = $2::DATE",
    ),
    "moments": (
        "at > ?",
        "at > $1::TIMESTAMP WITHOUT TIME ZONE",
    ),
    "keys": (
        '"key" = ? OR "key" > ?',
        "key = $1::UUID OR key > $2::UUID",
    ),
    "widest integer": (
        "small < ? AND level IS NOT ?",
        "small < $1::BIGINT AND level IS DISTINCT FROM $2::BIGINT",
    ),
    "columns of different width": (
        "small IS wide OR wide >= level OR wide IS NULL OR level IS NULL",
        "small IS NOT DISTINCT FROM wide OR wide >= level OR wide IS NULL OR level IS NULL",
    ),
}


def text(clause, dialect):
    return str(clause.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))


def where_of(clause, dialect):
    return text(clause, dialect).replace("thing.", "")


def person(policy):
    facts = {"team": "cy", "groups": ["bo"], "levels": [1, 2], "rank": 2}
    return policy.subject("bo", roles=["user"], attributes=facts)


@pytest.mark.requirement("access:L1:negation-at-the-leaves")
@pytest.mark.requirement("access:L2:leaves")
@pytest.mark.requirement("access:L3:no-null-in-lists")
@pytest.mark.requirement("access:L4:operator-turns-with-operands")
@pytest.mark.requirement("access:L8:exact-strings")
@pytest.mark.requirement("access:L9:bound-parameters")
@pytest.mark.parametrize("name", RULES)
def test_a_rule_lowers_to_this_text(name):
    policy = hostile(name)
    ctx = policy.context(now=10, today=date(2024, 2, 29))
    clause = policy.where(person(policy), "read", Thing, ctx)
    assert (where_of(clause, SQLITE), where_of(clause, POSTGRESQL)) == PINNED[name]


@pytest.mark.requirement("access:L1:negation-at-the-leaves")
@pytest.mark.parametrize("name", RULES)
def test_no_not_stands_above_a_comparison(name):
    policy = hostile(name)
    clause = where_of(policy.where(person(policy), "update", Thing), SQLITE)
    for allowed in ("IS NOT", "NOT IN"):
        clause = clause.replace(allowed, "")
    assert "NOT" not in clause


@pytest.mark.parametrize(
    ("who", "on_sqlite", "on_postgresql"),
    [
        (
            "bo",
            "note.owner = ? OR note.shared_role IN (?)",
            "note.owner = $1::VARCHAR OR note.shared_role IN ($2::VARCHAR)",
        ),
        ("ana", "1 = 1", "true"),
        ("suspended", "0 = 1", "false"),
    ],
)
@pytest.mark.requirement("access:4.1:notes-behave")
@pytest.mark.requirement("access:L11:constants")
def test_the_notes_policy_lowers_to_this_text(who, on_sqlite, on_postgresql):
    people = notes()
    statement = people.policy.select(getattr(people, who), "read", Note)
    assert text(statement, SQLITE).partition("WHERE ")[2] == on_sqlite
    assert text(statement, POSTGRESQL).partition("WHERE ")[2] == on_postgresql


@pytest.mark.requirement("access:L2:leaves")
def test_an_absent_attribute_lowers_to_null_tests():
    policy = hostile("equal to an attribute that may be None")
    nobody = policy.subject("bo")
    assert where_of(policy.where(nobody, "read", Thing), SQLITE) == "thing_name IS NULL"
    assert where_of(policy.where(nobody, "update", Thing), SQLITE) == "thing_name IS NOT NULL"
    ordered = hostile("at most")
    assert where_of(ordered.where(ordered.subject("bo"), "read", Thing), SQLITE) == "0"
    assert where_of(ordered.where(ordered.subject("bo"), "update", Thing), SQLITE) == "1"


@pytest.mark.requirement("access:L10:coalesced-columns")
@pytest.mark.requirement("access:S12:locks")
def test_a_look_up_is_one_statement_with_two_verdicts():
    people = notes()
    lookup = people.policy.get(people.bo, "update", Note, "3", lock=True)
    columns = "SELECT note.id, note.owner, note.text, note.shared_role, "
    readable = "note.owner = {} OR note.shared_role IN ({})"
    plain = text(lookup.statement, SQLITE).replace("\n", "")
    assert plain == (
        f"{columns}coalesce({readable.format('?', '?')}, 0) AS readable, "
        "coalesce(note.owner = ?, 0) AS allowed FROM note WHERE note.id = ?"
    )
    locking = text(lookup.statement, POSTGRESQL).replace("\n", "")
    assert locking == (
        f"{columns}coalesce({readable.format('$1::VARCHAR', '$2::VARCHAR')}, false) AS readable, "
        "coalesce(note.owner = $3::VARCHAR, false) AS allowed FROM note "
        "WHERE note.id = $4::BIGINT FOR UPDATE OF note"
    )


@pytest.mark.requirement("access:L10:coalesced-columns")
def test_a_null_verdict_of_a_look_up_is_false():
    policy = hostile("below")
    engine = create_engine("sqlite://")
    Thing.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Thing(id=1))
        session.flush()
        lookup = policy.get(policy.subject("bo"), "read", Thing, 1)
        row = session.execute(lookup.statement).one()
    assert (row.readable, row.allowed) == (False, False)
    engine.dispose()


@pytest.mark.requirement("access:L12:one-shape-one-compilation")
def test_only_parameters_differ_between_subjects():
    """SQLAlchemy's statement cache compiles the shape once."""
    people = notes()
    one, two = (
        people.policy.select(me, "read", Note)._generate_cache_key()
        for me in (people.bo, people.cy)
    )
    assert one.key == two.key
    assert [bound.value for bound in one.bindparams] != [bound.value for bound in two.bindparams]


@pytest.mark.requirement("access:L9:bound-parameters")
def test_a_long_list_travels_as_one_parameter():
    policy = Policy(subject={"groups": frozenset[str], "levels": frozenset[int]})

    @policy.allow("read", on=Thing)
    def listed(me, thing):
        """Listed."""
        return thing.name.in_(me.groups) | ~thing.small.in_(me.levels)

    many = range(IN_PARAMETERS_MAX + 1)
    me = policy.subject("bo", attributes={"groups": [f"g{n}" for n in many], "levels": list(many)})
    clause = policy.where(me, "read", Thing)
    assert where_of(clause, SQLITE) == (
        "(thing_name IN (SELECT value FROM json_each(?)))"
        " OR (small NOT IN (SELECT value FROM json_each(?))) OR small IS NULL"
    )
    assert where_of(clause, POSTGRESQL) == (
        "(thing_name IN (SELECT CAST(value AS VARCHAR)"
        " FROM json_array_elements_text(CAST($1::VARCHAR AS JSON))))"
        " OR (small NOT IN (SELECT CAST(value AS BIGINT)"
        " FROM json_array_elements_text(CAST($2::VARCHAR AS JSON)))) OR small IS NULL"
    )
    assert len(json.loads(clause.compile(dialect=SQLITE).params["param_1"])) == len(many)


def test_a_statement_is_built_and_not_executed():
    """The caller adds columns, joins and order; nothing is joined or made distinct here (L7)."""
    people = notes()
    statement = people.policy.select(people.bo, "read", Note)
    assert "JOIN" not in text(statement, SQLITE)
    assert "DISTINCT" not in text(statement, SQLITE)
