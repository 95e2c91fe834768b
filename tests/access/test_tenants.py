"""Tenants: a built-in deny rule, and the fence in the session.

Source: access.md S6, L5; ASVS 5.0 8.4.1.
"""

from uuid import UUID

import pytest
from sqlalchemy import ForeignKey, create_engine, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

from watchword.access import InvalidSubject, Kind, NotFound, Policy, PolicyError
from watchword.access.fence import fence
from watchword.testing import laws

pytestmark = pytest.mark.requirement("access:S6:tenant-isolation")


class Base(DeclarativeBase):
    pass


class Box(Base):
    __tablename__ = "box"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str | None]
    papers: Mapped[list["Page"]] = relationship(back_populates="box")


class Page(Base):
    __tablename__ = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str | None]
    owner: Mapped[str | None]
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    box: Mapped[Box | None] = relationship(back_populates="papers")


def tenants() -> Policy:
    """Everybody may do everything, within their tenant."""
    policy = Policy(tenant="tenant_id")

    @policy.allow("*", on=Page)
    def anyone(_me):
        """Anyone."""
        return True

    @policy.allow("*", on=Box)
    def anybody(_me):
        """Anybody."""
        return True

    return policy


@pytest.mark.parametrize(
    ("mine", "its", "allowed"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a", None, False),
        (None, "a", False),
        (None,) * 2 + (False,),
    ],
)
def test_a_missing_tenant_on_either_side_matches_nothing(mine, its, allowed):
    policy = tenants()
    me = policy.subject("bo", tenant=mine)
    page = Page(id=1, tenant_id=its)
    assert policy.check(me, "read", page).allowed is allowed
    decision = policy.decide(me, "read", page)
    assert decision.allowed is allowed
    assert (decision.kind is Kind.FORBIDDEN) is not allowed
    if not allowed:
        assert decision.rule == "page.tenant"
        with pytest.raises(NotFound):
            policy.require(me, "update", page)


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_the_deny_rule_lowers_to_plain_equality(dialect):
    """It uses the index (L5)."""
    policy = tenants()
    clause = policy.where(policy.subject("bo", tenant="a"), "read", Page)
    text = str(clause.compile(dialect=dialect))
    assert text.startswith("page.tenant_id = ")
    assert "NULL" not in text
    assert "DISTINCT" not in text
    nobody = policy.where(policy.subject("bo"), "read", Page)
    assert str(nobody) == "false"
    assert not policy.possible(policy.subject("bo"), "read", Page)


def test_tenants_may_be_of_another_kind():
    class Own(DeclarativeBase):
        pass

    class Leaf(Own):
        __tablename__ = "leaf"
        id: Mapped[int] = mapped_column(primary_key=True)
        org: Mapped[UUID]

    policy = Policy(tenant="org", subject={"tenant": UUID})

    @policy.allow("*", on=Leaf)
    def anyone(_me):
        """Anyone."""
        return True

    me = policy.subject("bo", tenant=UUID(int=1))
    assert policy.check(me, "read", Leaf(id=1, org=UUID(int=1))).allowed
    assert not policy.check(me, "read", Leaf(id=1, org=UUID(int=2))).allowed
    with pytest.raises(InvalidSubject):
        policy.subject("bo", tenant="a")
    assert policy.version != tenants().version


def anything(_me):
    """Anything."""
    return True


def test_declarations_of_tenants_that_cannot_hold_are_refused():
    policy = Policy(tenant="tenant")
    with pytest.raises(PolicyError, match=r"Page has no 'tenant'; did you mean 'tenant_id'"):
        policy.allow("*", on=Page)(anything)
    policy = Policy(tenant="tenant_id", subject={"tenant": int})
    with pytest.raises(PolicyError, match=r"resource.tenant_id is str, subject.tenant is int"):
        policy.allow("*", on=Page)(anything)
    with pytest.raises(PolicyError, match="a subject has one tenant"):
        Policy(subject={"tenant": frozenset[str]})
    with pytest.raises(PolicyError, match="declares no tenant column"):
        fence(sessionmaker(), Policy(), tenant=lambda _: None)


@pytest.fixture
def db():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Box(id=1, tenant_id="a"), Box(id=2, tenant_id="b")])
        session.add_all(
            [
                Page(id=1, tenant_id="a", box_id=1),
                Page(id=2, tenant_id="b", box_id=1),
                Page(id=3, tenant_id="a", box_id=2),
                Page(id=4, tenant_id=None, box_id=1),
            ]
        )
        session.commit()
    sessions = sessionmaker(engine)
    fence(sessions, tenants(), tenant=lambda session: session.info.get("tenant"))
    yield sessions
    engine.dispose()


def test_the_fence_covers_selects_and_lazy_loads(db):
    with db(info={"tenant": "a"}) as session:
        assert session.scalars(select(Page.id).order_by(Page.id)).all() == [1, 3]
        assert [page.id for page in session.get(Box, 1).papers] == [1]
        assert session.get(Page, 3).box is None
        assert session.get(Page, 2) is None
        assert session.get(Page, 4) is None


def test_the_fence_covers_bulk_statements(db):
    with db(info={"tenant": "a"}) as session:
        session.execute(update(Page).values(owner="bo"))
        session.execute(delete(Box))
        session.commit()
    with Session(db.kw["bind"]) as free:
        owners = free.execute(select(Page.id, Page.owner).order_by(Page.id)).all()
        assert owners == [(1, "bo"), (2, None), (3, "bo"), (4, None)]
        assert free.scalars(select(Box.id)).all() == [2]


def test_the_fence_covers_exists_and_aliases(db):
    with db(info={"tenant": "b"}) as session:
        inside = select(Page.id).where(Page.box.has(Box.id == 1))
        assert session.scalars(inside).all() == []
        assert session.scalars(select(Box.id).where(Box.papers.any())).all() == []


def test_a_session_without_a_tenant_sees_nothing(db):
    with db() as session:
        assert session.scalars(select(Page)).all() == []
        session.add(Page(id=9, tenant_id="a"))
        session.flush()
        assert session.execute(update(Page).values(owner="x")).rowcount == 0


def test_the_laws_hold_for_tenants():
    engine = create_engine("sqlite://")
    laws(tenants(), engine, subjects=10, rows=20)
    engine.dispose()
