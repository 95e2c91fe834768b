"""Subject search: the same tree, with the subject unknown."""

from random import Random

import pytest
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from tests.access.example import Note, allowing, notes
from tests.access.hostile import RULES, hostile
from tests.access.library import library

from watchword.access import Policy, PolicyError, Share
from watchword.access.export.cedar import columns
from watchword.access.subjects import EVERYONE, SharedRow, Wanted
from watchword.testing.samples import Samples


class Base(DeclarativeBase):
    pass


class Role(Base):
    __tablename__ = "person_role"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]


class Person(Base):
    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    suspended: Mapped[bool]
    team: Mapped[str | None]
    rank: Mapped[int | None]
    roles: Mapped[list[Role]] = relationship()


COLUMNS = {
    "id": "id",
    "suspended": "suspended",
    "team": "team",
    "rank": "rank",
    "roles": "roles.role",
}


@pytest.fixture
def people():
    """Bo and cy are users, ana is admin, di is suspended."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for name, role in (("ana", "admin"), ("bo", "user"), ("cy", "user"), ("di", "user")):
            person = Person(id=name, suspended=name == "di", roles=[Role(role=role)])
            session.add(person)
        session.commit()
        yield session
    engine.dispose()


def who(session, found):
    return sorted(session.scalars(found.select(Person, **COLUMNS).with_only_columns(Person.id)))


@pytest.mark.requirement("access:4:subject-search")
def test_who_may_read_a_note_is_one_statement(people):
    """Section 1 (7): subject search is the same tree with another unknown."""
    policy = notes().policy
    mine = Note(id=1, owner="bo")
    shared = Note(id=3, owner="cy", shared_role="user")
    assert who(people, policy.subjects("read", mine)) == ["ana", "bo"]
    assert who(people, policy.subjects("read", shared)) == ["ana", "bo", "cy"]
    assert who(people, policy.subjects("update", shared)) == ["ana", "cy"]
    clause = policy.subjects("delete", mine).where(Person, **COLUMNS)
    assert sorted(people.scalars(select(Person.id).where(clause))) == ["ana", "bo"]


@pytest.mark.requirement("access:4:subject-search")
def test_a_reader_is_told_whom_to_look_for():
    policy = notes().policy
    found = policy.subjects("read", Note(id=1, owner="bo", shared_role="user"))
    assert found.wanted == Wanted(ids=frozenset({"bo"}), roles=frozenset({"admin", "user"}))
    known = [policy.subject("bo"), policy.subject("cy"), policy.subject("ana", roles={"admin"})]
    assert [me.id for me in found.among(known)] == ["bo", "ana"]


def test_a_tokens_scopes_are_no_ceiling_for_a_persons_rights():
    policy = notes(scopes={"notes:read": ["read"]}).policy
    found = policy.subjects("update", Note(owner="bo"))
    assert found.holds(policy.subject("bo", scopes={"notes:read"}))


@pytest.mark.requirement("access:Z16:searches-agree")
@pytest.mark.parametrize("name", sorted(RULES))
def test_everybody_who_may_is_wanted_and_listed(name):
    """Section 11 (Z16): each result evaluates to true, and everybody who may is a result."""
    policy = hostile(name)
    samples = Samples(policy, Random(5))
    (about,) = policy.resources
    subjects = {me.id: me for me in (samples.subject() for _ in range(25))}
    for _ in range(5):
        cells = {
            name: samples.random.choice((None, *samples.pools[what.kind]))
            for name, what in columns(about).items()
        }
        row = about.model(**cells)
        ctx = samples.context()
        for action in ("read", "update"):
            found = policy.subjects(action, row, ctx)
            may = {me.id for me in subjects.values() if found.holds(me)}
            assert may <= {me.id for me in subjects.values() if is_wanted(found.wanted, me)}


def is_wanted(wanted, me):
    return wanted.everyone or me.id in wanted.ids or bool(wanted.roles & me.roles)


@pytest.mark.requirement("access:Z16:searches-agree")
@pytest.mark.parametrize(
    "condition",
    [
        lambda me, n: n.owner == me.id,
        lambda me, n: me.id != n.owner,
        lambda me, n: n.owner == me.team,
        lambda me, n: n.owner != me.team,
        lambda me, n: me.team.in_({"red", None}) & (n.text != me.id),
        lambda me, _n: ~me.roles.has("user"),
        lambda me, _n: me.roles.has("user") | (me.rank > 3),
        lambda me, n: n.shared_role.in_(me.roles),
        lambda me, n: ~n.shared_role.in_(me.roles) & ~(me.rank < 5),
        lambda me, _n: me.roles.meets({"admin", "guest"}),
        lambda me, _n: ~me.roles.meets({"user"}) | (me.suspended == True),  # noqa: E712 - a condition
        lambda me, n: (n.text == "open") & me.id.in_({"p1", "p4"}),
    ],
)
def test_the_statement_and_the_check_agree(condition):
    policy = allowing(
        condition,
        on=Note,
        roles={"admin": ["user"], "guest": []},
        subject={"team": str, "rank": int},
    )
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    chance = Random(7)
    subjects = []
    with Session(engine) as session:
        for number in range(12):
            facts = {
                "team": chance.choice((None, "red", "p1")),
                "rank": chance.choice((None, 2, 7)),
            }
            roles = [role for role in ("admin", "user", "guest") if chance.random() < 0.3]
            off = chance.random() < 0.3
            subjects.append(
                policy.subject(f"p{number}", roles=roles, suspended=off, attributes=facts)
            )
            rows = [Role(role=role) for role in roles]
            session.add(Person(id=f"p{number}", suspended=off, roles=rows, **facts))
        session.commit()
        for owner in ("p1", "red", None):
            for role in ("user", "admin", None):
                note = Note(owner=owner, text=chance.choice(("open", "p2")), shared_role=role)
                found = policy.subjects("read", note)
                assert who(session, found) == sorted(me.id for me in found.among(subjects))
    engine.dispose()


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (lambda me, _n: me.id == "a", Wanted(ids=frozenset({"a"}))),
        (lambda me, _n: me.id.in_({"a", "b", None}), Wanted(ids=frozenset({"a", "b"}))),
        (lambda me, _n: me.id == None, Wanted()),  # noqa: E711 - a condition
        (lambda me, _n: me.roles.has("user"), Wanted(roles=frozenset({"user", "admin"}))),
        (lambda me, _n: me.roles.meets({"admin"}), Wanted(roles=frozenset({"admin"}))),
        (lambda me, _n: ~me.roles.has("user"), EVERYONE),
        (lambda me, _n: me.team == "red", EVERYONE),
        (lambda me, _n: (me.team == "red") & (me.id == "a"), Wanted(ids=frozenset({"a"}))),
        (lambda me, _n: me.roles.has("user") & (me.id == "a"), Wanted(ids=frozenset({"a"}))),
        (lambda me, _n: (me.team == "red") | (me.id == "a"), EVERYONE),
        (lambda _me, _n: False, Wanted()),
        (lambda _me, _n: True, EVERYONE),
    ],
)
def test_the_search_is_narrowed_where_the_rules_allow_it(condition, wanted):
    policy = allowing(condition, on=Note, roles={"admin": ["user"]}, subject={"team": str})
    assert policy.subjects("read", Note(owner="bo")).wanted == wanted


def test_a_policy_without_rules_for_the_action_wants_nobody():
    assert notes().policy.subjects("create", Note(owner=3)).wanted.roles == {"admin"}


def test_whoever_holds_a_share_is_wanted():
    policy = library("shared")
    model = policy.resources[0].model
    found = policy.subjects("read", model(id=7))
    assert found.wanted == Wanted(shares=frozenset({SharedRow("note", "7", "editor")}))
    bo = policy.subject("bo", shares=[Share("note", "7", "editor", "bo")])
    assert found.among([bo, policy.subject("cy", shares=[])]) == (bo,)
    with pytest.raises(PolicyError, match="note shared as 'editor' is no column of subjects"):
        found.where(Person, **COLUMNS)
    tags = library("tag shared").subjects("read", model(tags=set()))
    assert tags.wanted == Wanted()


def test_a_proposed_object_of_another_kind_is_for_nobody():
    policy = library("parent's column is mine")
    model = policy.resources[0].model
    # It names a parent that is not loaded.
    assert policy.subjects("read", model(folder_id=3)).wanted == Wanted()


@pytest.mark.parametrize(
    ("condition", "columns", "told"),
    [
        (lambda me, n: n.owner == me.team, {"id": "id"}, "name the column of subject.team"),
        (lambda me, n: n.owner == me.team, {"team": "rank"}, "is of another kind"),
        (lambda me, n: n.owner == me.team, {"team": "boss.id"}, "Person has no relation 'boss'"),
        (lambda me, _n: me.groups.meets(me.roles), {"roles": "roles.role", "groups": "roles.role"},
         "subject.roles is compared with another attribute"),
    ],
)  # fmt: skip
def test_what_a_table_of_subjects_cannot_answer_is_refused(condition, columns, told):
    policy = allowing(
        condition, on=Note, subject={"team": str, "groups": frozenset[str]}, roles={"user": []}
    )
    found = policy.subjects("read", Note(owner="bo"))
    with pytest.raises(PolicyError) as refused:
        found.where(Person, **columns)
    assert told in str(refused.value)


def test_a_predicate_in_python_is_asked_of_each_subject():
    policy = Policy()

    @policy.allow("read", on=Note, sql=None)
    def rule(me, note):
        """Python says."""
        return me.id == note.owner

    found = policy.subjects("read", Note(owner="bo"))
    assert found.wanted == EVERYONE
    assert found.holds(policy.subject("bo"))
    assert not found.holds(policy.subject("cy"))
    with pytest.raises(PolicyError, match=r"the predicate of note\.rule is Python"):
        found.where(Person, id="id")


def test_a_decided_search_needs_no_column(people):
    policy = allowing(lambda _me, n: n.owner == "bo", on=Note)
    assert who(people, policy.subjects("read", Note(owner="bo"))) == ["ana", "bo", "cy", "di"]
    assert who(people, policy.subjects("read", Note(owner="cy"))) == []
