"""Paths, collections and shares: every reading of a rule about other rows gives one answer.

The rows here are few and hand-made, with absent parents, dangling references, NULLs and empty
collections; the laws do the same on generated ones.
"""

from datetime import date
from random import Random

import pytest
from sqlalchemy import create_engine, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column
from tests.access.library import (
    DECLARED,
    RULES,
    Base,
    Folder,
    Note,
    Paper,
    Reader,
    ShareRow,
    Tag,
    library,
    tagged,
)

from watchword.access import InvalidSubject, NotAllowed, Policy, PolicyError, Share, plain
from watchword.access.optional_paths import remarks
from watchword.stores import schema
from watchword.testing import laws

WORDS = ["bo", "Bo", "cy", "a_b"]
SHARES = [
    Share("note", "1", "editor", subject_id="bo"),
    Share("note", "2", "editor", subject_id="bo", expires_at=5),
    Share("note", "3", "editor", role="user", expires_at=20),
    Share("note", "x", "editor", subject_id="bo"),
    Share("note", "4", "viewer", subject_id="bo"),
    Share("folder", "1", "editor", role="admin"),
    Share("folder", "2", "editor", subject_id="cy"),
    Share("tag", "bo", "editor", subject_id="cy"),
    Share("tag", "a_b", "editor", role="user", expires_at=20),
]


@pytest.fixture(scope="module")
def db():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    chance = Random(6)
    words, numbers = [*WORDS, None], [0, 1, 2, None]
    with Session(engine) as session:
        for key in range(1, 7):
            folder = Folder(id=key, owner=chance.choice(words), level=chance.choice(numbers))
            folder.parent_id = chance.choice([None, *range(1, key)])
            session.add(folder)
        session.add_all(Tag(id=word, colour=chance.choice(words)) for word in WORDS)
        for key in range(1, 26):
            note = Note(id=key, owner=chance.choice(words), level=chance.choice(numbers))
            note.folder_id = chance.choice([None, 99, *range(1, 7)])
            note.other_id = chance.choice([None, *range(1, 7)])
            session.add(note)
        for key in range(1, 40):
            reader = Reader(id=key, who=chance.choice(words), note_id=chance.randint(1, 25))
            reader.folder_id = chance.choice([None, *range(1, 7)])
            session.add(reader)
        for key, share in enumerate(SHARES, start=1):
            values = {name: getattr(share, name) for name in Share.__slots__}
            session.add(ShareRow(id=key, **values))
        session.flush()
        pairs = {(chance.randint(1, 25), chance.choice(WORDS)) for _ in range(30)}
        session.execute(insert(tagged), [{"note_id": n, "tag_id": t} for n, t in sorted(pairs)])
        yield session
    engine.dispose()


def subjects(policy, shares=SHARES):
    facts = [
        ("bo", ["user"], {"team": "bo", "groups": ["bo", "a_b"], "rank": 1}),
        ("cy", ["admin"], {"team": None, "groups": [], "rank": None}),
        ("Bo", [], {"team": "cy", "groups": ["cy"], "rank": 0}),
    ]
    for name, roles, attributes in facts:
        yield policy.subject(name, roles=roles, attributes=attributes, shares=shares)


@pytest.mark.requirement("access:L2:leaves")
@pytest.mark.requirement("access:L6:absent-parents")
@pytest.mark.requirement("access:L7:no-joins")
@pytest.mark.parametrize(
    ("name", "beside"),
    [*((name, False) for name in RULES), *((name, True) for name in RULES if "shared" in name)],
)
def test_a_rule_about_other_rows_has_one_answer(db, name, beside):
    """`beside`: the shares stand in a table beside the rows, else they come with the subject."""
    policy = library(name, shares=ShareRow) if beside else library(name)
    rows = db.scalars(select(Note)).all()
    for number, me in enumerate(subjects(policy)):
        ctx = policy.context(now=[10, 30, None][number])
        for action in ("read", "update"):
            listed = db.scalars(select(Note.id).where(policy.where(me, action, Note, ctx))).all()
            assert len(listed) == len(set(listed))
            for row in rows:
                verdict = policy.check(me, action, row, ctx).allowed
                assert verdict == (row.id in listed), (action, row.id)
                assert verdict == plain.allowed(policy.plans[Note, action], me, row, ctx)
                assert verdict == policy.decide(me, action, row, ctx).allowed


@pytest.mark.requirement("access:L7:no-joins")
@pytest.mark.parametrize("name", RULES)
def test_no_join_and_no_distinct_is_added(name):
    policy = library(name, shares=ShareRow)
    me = next(subjects(policy))
    text = str(policy.select(me, "read", Note, policy.context(now=1)))
    assert " JOIN " not in text
    assert "DISTINCT" not in text.replace("IS DISTINCT FROM", "").replace(
        "IS NOT DISTINCT FROM", ""
    )


def test_what_the_rules_read_is_loaded_with_the_row(db):
    policy = library("readers' folders meet readers")
    me = next(subjects(policy))
    db.expunge_all()
    look_up = policy.get(me, "read", Note, 1)
    row = db.execute(look_up.statement).first()
    assert {"readers"} <= vars(row[0]).keys()
    assert all("folder" in vars(reader) for reader in row[0].readers)


def test_a_proposed_row_whose_parent_is_not_loaded_is_refused():
    """It must not pass for a row without a parent."""
    policy = library("no parent")
    me = next(subjects(policy))
    assert policy.check(me, "read", Note(id=1)).allowed
    assert not policy.check(me, "read", Note(id=1, folder_id=7)).allowed
    assert not policy.decide(me, "read", Note(id=1, folder_id=7)).allowed
    assert not policy.check(me, "read", Note(id=1, folder=Folder(id=7))).allowed


class OddKey(Base):
    """Has a key that no share can name, and a column called shared."""

    __tablename__ = "odd_key"
    id: Mapped[date] = mapped_column(primary_key=True)
    shared: Mapped[bool | None]


def test_a_column_called_shared_keeps_its_name():
    policy = Policy()

    @policy.allow("read", on=OddKey)
    def flagged(_me, row):
        """Flagged."""
        return row.shared == True  # noqa: E712 - a condition

    assert policy.check(policy.subject("bo"), "read", OddKey(shared=True)).allowed


@pytest.mark.requirement("access:P8:shares")
@pytest.mark.parametrize("table", [schema.shares, ShareRow, ShareRow.__table__])
def test_a_table_of_either_form_holds_shares(db, table):
    """The server's own names the holder and its kind, in one column each."""
    policy = library("shared", shares=table)
    me = policy.subject("bo", roles=["user"], tenant="acme")
    text = str(policy.where(me, "read", Note, policy.context(now=1)))
    held = (
        "(shares_1.holder_kind = :param_3 AND shares_1.holder = :param_4 "
        "OR shares_1.holder_kind = :param_5 AND shares_1.holder IN (:param_6))"
        if table is schema.shares
        else "(share_1.subject_id = :param_3 OR share_1.role IN (:param_4))"
    )
    assert held in text
    assert ".tenant = :param" in text


@pytest.mark.requirement("access:P8:shares")
def test_what_is_no_table_of_shares_is_refused():
    with pytest.raises(PolicyError, match="is no table of shares"):
        library("shared", shares="shares")
    with pytest.raises(PolicyError, match="the table of shares has no column 'expires_at'"):
        library("shared", shares=Tag)
    without_now = Policy()
    with pytest.raises(PolicyError, match=r"shares end: declare Policy\(context="):
        without_now.allow("read", on=Note)(lambda_rule(lambda me, n: n.shared("a", me)))
    with pytest.raises(PolicyError, match="is no key that a share row can name"):
        Policy(**DECLARED).allow("read", on=OddShared)(lambda_rule(lambda me, n: n.shared("a", me)))


def lambda_rule(body):
    body.__doc__ = "The rule under test."
    return body


class OddShared(Base):
    """Has a key that no share can name."""

    __tablename__ = "odd_shared"
    id: Mapped[date] = mapped_column(primary_key=True)


@pytest.mark.requirement("access:P8:shares")
@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (
            sqlite.dialect(),
            "(substr(paper.id, 1, 8) || '-' || substr(paper.id, 9, 4) || '-' || "
            "substr(paper.id, 13, 4) || '-' || substr(paper.id, 17, 4) || '-' || "
            "substr(paper.id, 21, 12))",
        ),
        (postgresql.dialect(), "CAST(paper.id AS VARCHAR)"),
    ],
)
def test_a_uuid_key_is_compared_as_a_share_names_it(dialect, text):
    policy = Policy(**DECLARED, shares=ShareRow)

    @policy.allow("read", on=Paper)
    def shared(me, paper):
        """Shared."""
        return paper.shared("reader", me)

    clause = policy.where(policy.subject("bo"), "read", Paper)
    assert f"share_1.resource_id = {text} " in str(clause.compile(dialect=dialect))
    report = laws(policy, create_engine("sqlite://"), subjects=6, rows=8)
    assert report.decisions == 6 * 4 * 8


def test_shares_that_were_not_read_decide_nothing(db):
    policy = library("shared")
    me = policy.subject("bo")
    with pytest.raises(InvalidSubject, match="cannot be used") as caught:
        policy.check(me, "read", db.get(Note, 1), policy.context(now=1))
    assert "note shared as 'editor'" in caught.value.detail
    with pytest.raises(InvalidSubject, match="cannot be used"):
        policy.select(me, "read", Note)


@pytest.mark.requirement("access:G1:readable-is-403")
def test_a_row_that_the_database_refuses_is_refused_without_a_reason(db):
    """Its shares lie beside the rows, and were not read with the subject."""
    policy = Policy(context={"now": int}, shares=ShareRow)

    @policy.allow("read", on=Note)
    def anyone(_me):
        """Anyone may read."""
        return True

    @policy.allow("update", on=Note)
    def editor(me, note):
        """Editors may update."""
        return note.shared("editor", me)

    lookup = policy.get(policy.subject("nobody"), "update", Note, 1, policy.context(now=1))
    with pytest.raises(NotAllowed) as caught:
        lookup.answer(db.execute(lookup.statement).first())
    assert caught.value.decision is None
    assert "note shared as 'editor'" in caught.value.detail


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda me, n: n.folder == me.id, "is a row: compare its attributes"),
        (lambda _me, n: n.level == n.folder, "resource.folder is a row"),
        (lambda _me, n: n.folder.in_({1}), "is a row"),
        (lambda _me, n: n.folder < 1, "is a row"),
        (lambda _me, n: n.folder.ownr == "a", "did you mean 'owner'"),
        (lambda _me, n: n.readers == "a", "is a collection"),
        (lambda _me, n: n.readers.who == "a", "is a collection"),
        (lambda _me, n: n.readers.has("a"), "'a' is str, not int"),
        (lambda _me, n: n.shared, "is no condition"),
        (lambda me, n: n.shared == me.id, "is a question"),
        (lambda _me, n: n.shared("editor", "bo"), "write resource.shared"),
        (lambda me, n: n.shared(1, me), "write resource.shared"),
        (lambda me, n: n.owner("editor", me), "is a value; share rows"),
        (lambda _me, n: n.folder.parent.parent.parent.parent.owner == "a", "at most 4 steps"),
        (lambda _me, n: n.folder, "is no condition"),
        (lambda _me, n: n.folder.shared, "is no condition"),
        (lambda _me, n: n == 1, "has no value"),
    ],
)
@pytest.mark.requirement("access:P2:mistakes-fail-at-import")
def test_a_mistake_about_other_rows_fails_at_import(body, why):
    policy = library("no parent")
    body.__doc__ = "The rule under test."
    with pytest.raises(PolicyError, match=why):
        policy.allow("delete", on=Note)(body)


@pytest.mark.requirement("access:L6:absent-parents")
@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_allows_what_has_no_parent_is_told_of(name):
    told = {remark.text for remark in remarks(library(name).rules)}
    assert bool(told) is (name in ADMIT_ORPHANS)


ADMIT_ORPHANS = {
    *("parent's column is not mine", "not parent's order"),
    *("parent not among", "parent among or None", "parent's column is not mine too"),
    *("not order with parent's column", "two parents unlike", "two parents not in order"),
    *("grandparent is not mine", "grandparent and parent unlike", "folder not shared"),
    *("readers do not have the folder's owner", "readers' folders do not have my team"),
}
