"""SQL text without a mapping library: on SQLite and PostgreSQL it answers like the check, and like
an evaluator apart.

Source: access.md sections 6 (2) and 7.
"""

import asyncio
import sqlite3
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from tests.access.hostile import DECLARED as DECLARED_THINGS
from tests.access.hostile import RULES
from tests.access.library import DECLARED
from tests.access.reference import build, evaluate
from tests.access.world import person, rule, world

from watchword.access import Forbidden, NotFound, Policy, PolicyError, Share
from watchword.access.lower import raw, raw_text
from watchword.access.lower.raw import Children, Parent, Stated, table


@table("folder", relations={"parent": Parent(None, "parent_id")})
@dataclass
class Folder:
    id: int
    owner: str | None = None
    level: int | None = None
    parent_id: int | None = None
    parent: "Folder | None" = None


@table("reader", relations={"folder": Parent(Folder, "folder_id")})
@dataclass
class Reader:
    id: int
    note_id: int | None = None
    who: str | None = None
    folder_id: int | None = None
    folder: Folder | None = None


@table("tag")
@dataclass
class Tag:
    id: str
    colour: str | None = None


@table(
    "note",
    relations={
        "folder": Parent(Folder, "folder_id"),
        "other": Parent(Folder, "other_id"),
        "readers": Children(Reader, "note_id"),
        "tags": Children(Tag, "id", through=("tagged", "note_id", "tag_id")),
    },
)
@dataclass
class Note:
    id: int
    owner: str | None = None
    level: int | None = None
    folder_id: int | None = None
    other_id: int | None = None
    folder: Folder | None = None
    other: Folder | None = None
    readers: list[Reader] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)


@table("share")
@dataclass
class ShareRow:
    id: int
    tenant: str | None
    resource_type: str
    resource_id: str
    relation: str
    subject_id: str | None
    role: str | None
    expires_at: int | None


@table("thing", relations={})
@dataclass
class Thing:
    id: int
    name: str | None = None
    other: str | None = None
    level: int | None = None
    small: int | None = None
    wide: int | None = None
    open: bool | None = None
    day: date | None = None
    at: datetime | None = None
    key: UUID | None = None
    rate: float | None = None


CREATE = """
CREATE TEMPORARY TABLE folder (id INTEGER, owner TEXT, level BIGINT, parent_id INTEGER);
CREATE TEMPORARY TABLE reader (id INTEGER, note_id INTEGER, who TEXT, folder_id INTEGER);
CREATE TEMPORARY TABLE tag (id TEXT, colour TEXT);
CREATE TEMPORARY TABLE tagged (note_id INTEGER, tag_id TEXT);
CREATE TEMPORARY TABLE note (
    id INTEGER, owner TEXT, level BIGINT, folder_id INTEGER, other_id INTEGER
);
CREATE TEMPORARY TABLE share (
    id INTEGER, tenant TEXT, resource_type TEXT, resource_id TEXT, relation TEXT,
    subject_id TEXT, role TEXT, expires_at BIGINT
);
CREATE TEMPORARY TABLE thing (
    id INTEGER, name TEXT, other TEXT, level INTEGER, small SMALLINT, wide BIGINT, open BOOLEAN,
    day DATE, at TIMESTAMP, key {uuid}
)
"""

THINGS = [
    Thing(1),
    Thing(2, "bo", "bo", 1, 1, 1, True, date(2024, 2, 29), datetime(2024, 2, 29), UUID(int=1)),  # noqa: DTZ001 - naive is the kind
    Thing(3, "Bo", "1", 2, 3, 2**40, False, date(1, 1, 1), datetime(1, 1, 1), UUID(int=9)),  # noqa: DTZ001 - naive is the kind
    Thing(4, "o'brien", "x", 10, None, -(2**40), None, date(2024, 3, 1), None, None),
    Thing(5, "é", "e\u0301", -1, -1, 0, True, None, datetime(2024, 2, 29, 0, 0, 0, 1), None),  # noqa: DTZ001 - naive is the kind
    Thing(6, "a_b", None, None, 2, None, False, date(2024, 2, 29), None, UUID(int=2)),
    Thing(7, None, "user", 1, 2, 1, None, None, None, UUID(int=1)),
    Thing(8, "user", "\U0001f600", 2, 2, 2, True, None, None, None),
]


class OnSQLite:
    def __init__(self):
        self.connection = sqlite3.connect(":memory:")
        self.connection.executescript(CREATE.format(uuid="CHAR(32)"))

    async def insert(self, name, rows):
        await asyncio.sleep(0)
        for row in rows:
            marks = ", ".join("?" for _ in row)
            values = [raw_text._sqlite_scalar(value) for value in row.values()]
            text = f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})"
            self.connection.execute(text, values)

    async def ids(self, name, fragment):
        await asyncio.sleep(0)
        text, values = fragment.sqlite()
        return {
            row[0] for row in self.connection.execute(f"SELECT id FROM {name} WHERE {text}", values)
        }

    async def clear(self, *names):
        for name in names:
            self.connection.execute(f"DELETE FROM {name}")


class OnPostgreSQL:
    def __init__(self, connection):
        self.connection = connection

    async def insert(self, name, rows):
        for row in rows:
            marks = ", ".join(f"${number}" for number in range(1, len(row) + 1))
            text = f"INSERT INTO {name} ({', '.join(row)}) VALUES ({marks})"
            await self.connection.exec_driver_sql(text, tuple(row.values()))

    async def ids(self, name, fragment):
        text, values = fragment.postgresql()
        found = await self.connection.exec_driver_sql(
            f"SELECT id FROM {name} WHERE {text}",
            tuple(values),
        )
        return {row[0] for row in found}

    async def clear(self, *names):
        for name in names:
            await self.connection.exec_driver_sql(f"DELETE FROM {name}")


def ruled(model, name, declared, condition) -> Policy:
    policy = Policy(**declared)

    @policy.allow("read", on=model, when=condition)
    def rule(_me):
        """The rule under test."""
        return True

    @policy.deny("update", on=model, when=condition)
    def not_by_rule(_me):
        """The rule under test, forbidding."""
        return True

    @policy.allow("update", on=model)
    def anyone(_me):
        """Anyone."""
        return True

    return policy


async def compare_things(database) -> None:
    await database.insert(
        "thing",
        ({name: getattr(each, name) for name in vars(each) if name != "rate"} for each in THINGS),
    )
    facts = [
        {"team": "bo", "groups": ["bo", "a_b"], "levels": [1, 2], "rank": 2},
        {"team": None, "groups": [], "levels": [], "rank": None},
    ]
    for name, condition in RULES.items():
        policy = ruled(Thing, name, DECLARED_THINGS, condition)
        for attributes in facts:
            me = policy.subject("bo", roles=["user"], attributes=attributes)
            ctx = policy.context(now=2, today=date(2024, 2, 29))
            for action in ("read", "update"):
                found = await database.ids("thing", policy.where(me, action, Thing, ctx))
                allowed = {e.id for e in THINGS if policy.check(me, action, e, ctx).allowed}
                assert found == allowed, (name, action)


async def compare_worlds(database, count: int) -> None:
    chance = Random(7)
    for _ in range(count):
        drawn = world(chance, 10)
        tables = {
            "folder": [_only(each, "id", "owner", "level", "parent_id") for each in drawn.folders],
            "tag": drawn.tags,
            "note": [
                _only(each, "id", "owner", "level", "folder_id", "other_id") for each in drawn.notes
            ],
            "reader": [
                _only(each, "id", "note_id", "who")
                | {"folder_id": each["folder"]["id"] if each["folder"] else None}
                for each in drawn.readers
            ],
            "tagged": [{"note_id": note, "tag_id": tag} for note, tag in sorted(drawn.pairs)],
            "share": [{"id": n} | each for n, each in enumerate(drawn.shares)],
        }
        await database.clear(*tables)
        for name, rows in tables.items():
            await database.insert(name, rows)
        for _ in range(6):
            await _compare_rule(database, chance, drawn)


async def _compare_rule(database, chance, drawn) -> None:
    spec, facts = rule(chance), person(chance)
    held = facts["roles"] | ({"user"} if "admin" in facts["roles"] else set())
    facts |= {"shares": drawn.shares, "held": held}
    beside = chance.random() < 0.5
    declared = DECLARED | ({"shares": ShareRow} if beside else {})
    policy = ruled(Note, "rule", declared, lambda me, note: build(spec, me, note))
    me = policy.subject(
        facts["id"],
        roles=facts["roles"],
        tenant=facts["tenant"],
        shares=[Share(**share) for share in drawn.shares],
        attributes={name: facts[name] for name in ("team", "rank", "groups", "levels")},
    )
    ctx = policy.context(now=facts["now"])
    expected = {note["id"] for note in drawn.notes if evaluate(spec, facts, note)}
    assert await database.ids("note", policy.where(me, "read", Note, ctx)) == expected, spec
    others = {note["id"] for note in drawn.notes} - expected
    assert await database.ids("note", policy.where(me, "update", Note, ctx)) == others, spec


def _only(row, *names):
    return {name: row[name] for name in names}


@pytest.mark.requirement("access:L2:leaves")
@pytest.mark.requirement("access:6:raw-text")
def test_text_for_sqlite_answers_like_the_check(monkeypatch):
    monkeypatch.setattr(raw_text, "IN_PARAMETERS_MAX", 2)

    async def run():
        await compare_things(OnSQLite())
        await compare_worlds(OnSQLite(), 12)

    asyncio.run(run())


@pytest.mark.requirement("access:L2:leaves")
@pytest.mark.requirement("access:L8:exact-strings")
@pytest.mark.requirement("access:6:raw-text")
def test_text_for_postgresql_answers_like_the_check(postgres_url):
    async def run():
        url = postgres_url.replace("postgresql:", "postgresql+asyncpg:")
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            for statement in CREATE.format(uuid="UUID").split(";"):
                await connection.exec_driver_sql(statement)
            await compare_things(OnPostgreSQL(connection))
            await compare_worlds(OnPostgreSQL(connection), 6)
        await engine.dispose()

    asyncio.run(run())


PINNED = {
    "folder": (
        lambda me, n: n.folder.owner == me.id,
        'EXISTS (SELECT 1 FROM "folder" AS row0 WHERE row0."id" = "note"."folder_id"'
        ' AND (row0."owner" = ?))',
        'EXISTS (SELECT 1 FROM "folder" AS row0 WHERE row0."id" = "note"."folder_id"'
        ' AND (row0."owner" = $1::text))',
    ),
    "no tags": (
        lambda me, n: ~n.tags.meets(me.groups) | (n.owner > "a"),
        '(NOT EXISTS (SELECT 1 FROM "tagged" AS row1, "tag" AS row0 WHERE'
        ' row1."note_id" = "note"."id" AND row0."id" = row1."tag_id"'
        ' AND (row0."id" IN (?, ?)))) OR ("note"."owner" > ?)',
        '(NOT EXISTS (SELECT 1 FROM "tagged" AS row1, "tag" AS row0 WHERE'
        ' row1."note_id" = "note"."id" AND row0."id" = row1."tag_id"'
        ' AND (row0."id" = ANY($1::text[])))) OR ("note"."owner" COLLATE "C" > $2::text)',
    ),
    "shared": (
        lambda me, n: n.shared("editor", me),
        'EXISTS (SELECT 1 FROM "share" AS row0 WHERE (row0."resource_type" = ?) AND'
        ' (row0."resource_id" = CAST("note"."id" AS TEXT)) AND (row0."relation" = ?) AND'
        ' ((row0."subject_id" = ?) OR (row0."role" IN (?))) AND'
        ' ((row0."expires_at" IS NULL) OR (row0."expires_at" > ?)) AND (row0."tenant" = ?))',
        'EXISTS (SELECT 1 FROM "share" AS row0 WHERE (row0."resource_type" = $1::text) AND'
        ' (row0."resource_id" = CAST("note"."id" AS text)) AND (row0."relation" = $2::text) AND'
        ' ((row0."subject_id" = $3::text) OR (row0."role" = ANY($4::text[]))) AND'
        ' ((row0."expires_at" IS NULL) OR (row0."expires_at" > $5::bigint)) AND'
        ' (row0."tenant" = $6::text))',
    ),
}


@pytest.mark.requirement("access:L9:bound-parameters")
@pytest.mark.requirement("access:6:raw-text")
@pytest.mark.parametrize("name", PINNED)
def test_a_rule_is_written_as_this_text(name):
    condition, sqlite_text, postgresql_text = PINNED[name]
    policy = ruled(Note, name, DECLARED | {"shares": ShareRow}, condition)
    me = policy.subject("bo", roles=["user"], tenant="t", attributes={"groups": ["a", "b"]})
    clause = policy.where(me, "read", Note, policy.context(now=1))
    assert clause.sqlite()[0] == sqlite_text
    text, values = clause.postgresql()
    assert text == postgresql_text
    assert len(values) == postgresql_text.count("$")
    if values:
        assert "$5::" in clause.postgresql(first=5)[0]


def notes() -> Policy:
    policy = Policy(roles={"admin": []})

    @policy.allow("*", on=Note, role="admin")
    def admin(_me):
        """Anything."""
        return True

    @policy.allow("read", "update", on=Note)
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    @policy.allow("read", on=Note)
    def low(_me, note):
        """Low ones may be read."""
        return note.level < 5

    return policy


@pytest.mark.requirement("access:L10:coalesced-columns")
@pytest.mark.requirement("access:6:raw-text")
def test_a_look_up_and_a_list_are_statements():
    policy, database = notes(), OnSQLite()
    asyncio.run(
        database.insert(
            "note", [{"id": 1, "owner": "bo"}, {"id": 2, "owner": "cy", "level": 1}, {"id": 3}]
        )
    )
    me = policy.subject("bo")

    def answer(key):
        look_up = policy.get(me, "update", Note, key, lock=True)
        row = database.connection.execute(*look_up.statement.sqlite()).fetchone()
        return look_up.answer(row and (Note(*row[:-2]), bool(row[-2]), bool(row[-1])))

    assert answer("1").owner == "bo"
    with pytest.raises(Forbidden):
        answer(2)
    for key in (3, 4, "x"):
        with pytest.raises(NotFound):
            answer(key)
    listed = database.connection.execute(*policy.select(me, "read", Note).sqlite()).fetchall()
    assert [row[0] for row in listed] == [1, 2]
    locking = policy.get(me, "update", Note, 1, lock=True).statement.postgresql()[0]
    assert locking.endswith('WHERE "note"."id" = $4::bigint FOR UPDATE OF "note"')
    assert policy.where(policy.subject("a", roles=["admin"]), "read", Note).sqlite() == ("1", [])
    assert policy.where(me, "delete", Note).postgresql() == ("false", [])


def test_an_opaque_predicate_states_text():
    database = OnSQLite()
    asyncio.run(database.insert("note", [{"id": 1, "owner": "bo"}, {"id": 2, "owner": None}]))

    def ids(effect, stated):
        policy = Policy()
        getattr(policy, effect)("read", on=Note, sql=lambda _me, _model: stated)(short)
        policy.allow("read", on=Note, when=lambda _me: effect == "deny")(anyone)
        return asyncio.run(database.ids("note", policy.where(policy.subject("bo"), "read", Note)))

    def short(_me, note):
        """Short."""
        return note.owner is not None and len(note.owner) < 3

    def anyone(_me):
        """Anyone."""
        return True

    assert ids("allow", Stated("length(owner) < ?", (3,))) == {1}
    assert ids("deny", Stated("length(owner) < ?", (3,))) == {2}
    with pytest.raises(PolicyError, match=r"a \? for each parameter"):
        ids("allow", Stated("length(owner) < ?"))


def test_a_class_that_cannot_be_declared_is_refused():
    with pytest.raises(PolicyError, match="Odd has no 'id'; did you mean 'ids'"):

        @table("odd")
        @dataclass
        class Odd:
            ids: int

    with pytest.raises(PolicyError, match="Thing has no 'nmae'; did you mean 'name'"):
        ruled(Thing, "rule", {}, lambda _me, t: t.nmae == "a")
    with pytest.raises(PolicyError, match="Thing has no 'rate'"):
        ruled(Thing, "rule", {}, lambda _me, t: t.rate == 1)
    for shares, why in (("shares", "is no table of shares"), (Tag, "Tag has no 'resource_type'")):
        with pytest.raises(PolicyError, match=why):
            ruled(Note, "rule", DECLARED | {"shares": shares}, lambda me, n: n.shared("a", me))


def test_a_parent_that_is_not_loaded_is_not_absent():
    policy = ruled(Note, "rule", {}, lambda _me, n: n.folder.owner == None)  # noqa: E711 - a condition
    me = policy.subject("bo")
    assert policy.check(me, "read", Note(1)).allowed
    assert not policy.check(me, "read", Note(1, folder_id=2)).allowed
    assert policy.check(me, "read", Note(1, folder_id=2, folder=Folder(2))).allowed
    assert raw.assigned(Note(1, "bo")) == {"id", "owner"}
    policy.loads("read", Note)


@table("paper")
@dataclass
class Paper:
    id: UUID


@pytest.mark.requirement("access:P8:shares")
def test_a_uuid_key_is_compared_as_a_share_names_it():
    policy = Policy(**DECLARED, shares=ShareRow)

    @policy.allow("read", on=Paper)
    def shared(me, paper):
        """Shared."""
        return paper.shared("reader", me)

    clause = policy.where(policy.subject("bo"), "read", Paper, policy.context(now=1))
    assert "substr(" in clause.sqlite()[0]
    assert "CAST(" in clause.postgresql()[0]
