"""What only odd rules, rows and declarations reach: each refusal and each reading of its own."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import ForeignKey, create_engine, insert
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    mapped_column,
    relationship,
    sessionmaker,
)
from tests.access.example import Note
from tests.access.library import Note as Book
from tests.access.library import library
from tests.access.test_tenants import Base as TenantBase
from tests.access.test_tenants import Box, tenants

from watchword.access import Forbidden, Policy, PolicyError, Share, plain
from watchword.access.compile import compiled, reader
from watchword.access.fence import fence
from watchword.access.lower import declared, sqlalchemy_models
from watchword.access.shares import SHARES_MAX, shares
from watchword.access.symbols import Me
from watchword.access.tree import Const, negate
from watchword.accounts.imports.containers import json_objects
from watchword.oauth.device_authorization import let_go
from watchword.stores import schema


def opaque() -> Policy:
    policy = Policy()

    @policy.allow("read", "update", on=Note, sql=None)
    def long(_me, note):
        """Long ones."""
        return len(note.text) > 3

    return policy


@pytest.mark.requirement("access:P5:opaque-predicates")
def test_the_complement_of_an_opaque_predicate_is_exact():
    policy = opaque()
    (rule,) = policy.plans[Note, "read"].rules
    me, ctx = policy.subject("bo"), policy.context()
    for text, holds in (("long enough", True), ("no", False)):
        note = Note(id=1, owner="bo", text=text)
        assert compiled(rule.tree)(me, note, ctx) is holds
        assert compiled(negate(rule.tree))(me, note, ctx) is not holds
        assert plain.allowed(policy.plans[Note, "read"], me, note, ctx) is holds


@pytest.mark.requirement("access:P5:opaque-predicates")
def test_an_opaque_predicate_depends_on_a_row_that_is_unknown():
    policy = opaque()

    @policy.deny("*")
    def suspended(me):
        """A suspended account may do nothing."""
        return me.suspended == True  # noqa: E712 - a condition

    with pytest.raises(Forbidden) as refused:
        policy.preflight(policy.subject("bo", suspended=True), "read", Note)
    assert "note.long" in {each.rule for each in refused.value.decision.considered}


def test_a_constant_operand_reads_as_itself():
    assert reader(Const(3))(None, None, None) == 3


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"subject_id": "bo", "role": "editor"},
        {"subject_id": "bo", "expires_at": 1.5},
        {"subject_id": "bo", "expires_at": True},
        {"subject_id": "a\0b"},
    ],
)
def test_a_share_that_names_nobody_or_no_time_is_refused(members):
    with pytest.raises(ValueError, match=r"subject|whole seconds|NUL|U\+0000|character"):
        Share("note", "1", "reader", **members)


def test_shares_are_shares_and_not_too_many():
    whose = {"id": "bo", "roles": frozenset(), "tenant": None}
    with pytest.raises(ValueError, match="is no Share"):
        shares(["note 7"], **whose)
    one = Share("note", "1", "reader", "bo")
    with pytest.raises(ValueError, match=f"more than {SHARES_MAX} shares"):
        shares([one] * (SHARES_MAX + 1), **whose)
    assert hash(shares([one], **whose)) == hash(shares([one, one], **whose))


def test_the_subject_itself_has_no_value():
    me = Me(lambda _name: None)
    with pytest.raises(PolicyError, match="compare its attributes"):
        me == 3  # noqa: B015 - the comparison is what is refused
    assert not hasattr(me, "__wrapped__")


@pytest.mark.requirement("access:S6:tenant-isolation")
def test_the_fence_lets_inserts_pass():
    engine = create_engine("sqlite://")
    TenantBase.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    fence(sessions, tenants(), tenant=lambda _session: "a")
    with sessions() as session:
        session.execute(insert(Box).values(id=1, tenant_id="a"))
        assert session.get(Box, 1) is not None


def test_a_declared_model_takes_any_table_of_shares():
    assert declared.check_shares(object()) is None
    assert declared.loads(Note, [()]) == ()


class Base(DeclarativeBase):
    pass


class Album(Base):
    __tablename__ = "album"

    id: Mapped[int] = mapped_column(primary_key=True)
    made: Mapped[date | None]
    pictures = relationship("NowhereToBeFound")


def test_a_relation_whose_model_is_not_there_is_named():
    with pytest.raises(PolicyError, match="import its model before the policy"):
        sqlalchemy_models.relation(Album, "pictures")
    assert sqlalchemy_models.relation(Album, "made") is None


class Shelf(Base):
    __tablename__ = "shelf"

    id: Mapped[int] = mapped_column(primary_key=True)
    above_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))
    below: DynamicMapped["Shelf"] = relationship()


def test_a_relation_that_is_no_value_is_named():
    with pytest.raises(PolicyError, match="is loaded by 'dynamic'"):
        sqlalchemy_models.relation(Shelf, "below")


@pytest.mark.requirement("access:P8:shares")
def test_a_subject_without_roles_holds_what_names_it():
    policy = library("shared", shares=schema.shares)
    text = str(policy.where(policy.subject("bo"), "read", Book, policy.context(now=1)))
    assert "holder_kind" in text
    assert " IN " not in text.partition("holder_kind")[2].partition("expires_at")[0]


def test_a_bracket_that_closes_nothing_is_no_object():
    assert [each for each in json_objects([b"]}"]) if isinstance(each, dict)] == []


def test_a_code_that_is_none_lets_go_of_nothing():
    assert asyncio.run(let_go("not a code", None, None)) is None


def test_an_empty_path_loads_nothing():
    assert sqlalchemy_models.loads(Note, [()]) == ()
