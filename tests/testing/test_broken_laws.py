"""Each law can fail: a policy or a reading that is broken on purpose is found, by name.

Those that concern single columns stand in test_laws.py; these are about relations, shares, tenants,
tokens and opaque predicates.

Source: access.md T1, T2, T8; section 7 (L6, L7); P5, P8, S5, S6.
"""

from dataclasses import replace

import pytest
from sqlalchemy import ColumnElement, create_engine, false, func, or_
from sqlalchemy.orm import Mapped, mapped_column
from tests.access.example import Note, notes
from tests.access.library import Base, ShareRow, library

from watchword.access import NotFound, Policy, book, plain, plan
from watchword.access.lower import sqlalchemy as lower
from watchword.access.plan import Plan
from watchword.access.tree import FALSE
from watchword.testing import LawBroken, laws


class Sheet(Base):
    __tablename__ = "sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str | None]


@pytest.fixture
def engine():
    made = create_engine("sqlite://")
    yield made
    made.dispose()


def broken_exists(*, where):
    """EXISTS of a relation that is written the other way round for one of its signs."""
    kept = lower._Target.exists

    def exists(self, row, step, inside, *, positive):
        return kept(self, row, step, inside, positive=where)

    return exists


@pytest.mark.requirement("access:L6:absent-parents")
@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("parent's column is not mine", True),
        ("no parent", True),
        ("grandparent is not mine", True),
        ("readers do not have me", True),
        ("tags do not meet", True),
        ("parent's column is mine", False),
        ("readers have me", False),
        ("tags meet my groups", False),
    ],
)
def test_a_relation_that_is_asked_wrongly_is_found(engine, monkeypatch, name, where):
    laws(library(name), engine, subjects=6, rows=20)
    monkeypatch.setattr(lower._Target, "exists", broken_exists(where=where))
    with pytest.raises(LawBroken, match="the SQL filter"):
        laws(library(name), engine)


BROKEN_SHARES = {
    "ended ones count": lambda conditions: [*conditions[:4], *conditions[5:]],
    "another's count": lambda conditions: [*conditions[:3], *conditions[4:]],
    "other relations count": lambda conditions: [*conditions[:2], *conditions[3:]],
    "other rows' count": lambda conditions: [*conditions[:1], *conditions[2:]],
    "none counts": lambda _conditions: [false()],
}


@pytest.mark.requirement("access:P8:shares")
@pytest.mark.parametrize("how", BROKEN_SHARES)
@pytest.mark.parametrize("name", ["shared", "folder shared", "no tag shared"])
def test_shares_that_are_read_wrongly_are_found(engine, monkeypatch, name, how):
    policy = library(name, shares=ShareRow)
    laws(policy, engine, subjects=6, rows=20)
    kept = lower._share_conditions
    monkeypatch.setattr(lower, "_share_conditions", lambda *given: BROKEN_SHARES[how](kept(*given)))
    with pytest.raises(LawBroken, match="the SQL filter"):
        laws(policy, engine, subjects=60)


def tenants() -> Policy:
    policy = Policy(tenant="tenant_id")

    @policy.allow("*", on=Sheet)
    def anyone(_me):
        """Anyone, within their tenant."""
        return True

    return policy


@pytest.mark.requirement("access:S6:tenant-isolation")
@pytest.mark.requirement("access:T2:monotone")
def test_a_row_of_another_tenant_is_found(engine, monkeypatch):
    """Every reading agrees, and the law of tenants is broken all the same."""
    laws(tenants(), engine)
    kept = book.tenant_rule
    never = {"tree": FALSE, "functions": (lambda _me: False,)}
    monkeypatch.setattr(book, "tenant_rule", lambda *given: replace(kept(*given), **never))
    with pytest.raises(LawBroken, match="another tenant never sees"):
        laws(tenants(), engine)


@pytest.mark.requirement("access:S6:tenant-isolation")
def test_a_tenant_that_the_list_forgets_is_found(engine, monkeypatch):
    kept = lower.with_value

    def forgetting(op, column, value, *, positive) -> ColumnElement[bool]:
        found = kept(op, column, value, positive=positive)
        return or_(found, column.is_(None)) if column.key == "tenant_id" else found

    monkeypatch.setattr(lower, "with_value", forgetting)
    with pytest.raises(LawBroken, match="the check says False, the SQL filter True"):
        laws(tenants(), engine)


@pytest.mark.requirement("access:T2:monotone")
def test_a_narrower_token_that_allows_more_is_found(engine, monkeypatch):
    """Every reading agrees on a ceiling that stands upside down."""
    scopes = {"notes:read": ["read"], "notes": ["*"]}
    laws(notes(scopes=scopes).policy, engine)

    def within(_plan, scopes):
        return scopes is None or len(scopes) < 2

    def ceiling(_scopes):
        return ((lambda me, _row, _ctx: not within(None, me.scopes), plan.REFUSED),)

    monkeypatch.setattr(Plan, "within", within)
    monkeypatch.setattr(plan, "_ceiling", ceiling)
    policy = notes(scopes=scopes).policy
    monkeypatch.setattr(
        plain, "allowed", lambda of, me, row, ctx: policy.check(me, of.action, row, ctx).allowed
    )
    with pytest.raises(LawBroken, match="a narrower token never allows"):
        laws(policy, engine)


def test_an_explanation_that_differs_is_found(engine, monkeypatch):
    kept = Policy.decide
    monkeypatch.setattr(
        Policy, "decide", lambda *given: kept(*given)._replace(allowed=not kept(*given).allowed)
    )
    with pytest.raises(LawBroken, match="the explanation"):
        laws(notes().policy, engine)


@pytest.mark.requirement("access:G1:hidden-looks-absent")
def test_an_answer_that_tells_of_a_hidden_row_is_found(engine, monkeypatch):
    kept = Policy.require

    def telling(policy, me, action, obj, ctx=None):
        if obj is None:
            raise NotFound(detail="no such row")
        return kept(policy, me, action, obj, ctx)

    monkeypatch.setattr(Policy, "require", telling)
    with pytest.raises(LawBroken, match="a hidden row is answered as an absent one"):
        laws(notes(scopes={"notes:read": ["read"], "notes": ["*"]}).policy, engine)


def odd(sql, effect: str = "allow") -> Policy:
    """Notes with an odd number of letters, allowed or forbidden, and the SQL for them."""
    policy = Policy()

    def odd_letters(_me, note):
        """Of an odd number of letters."""
        return note.text is not None and len(note.text) % 2 == 1

    getattr(policy, effect)("read", on=Note, sql=sql)(odd_letters)

    @policy.allow("read", "delete", on=Note)
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    return policy


@pytest.mark.requirement("access:P5:opaque-predicates")
@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_an_opaque_predicate_is_held_to_its_sql(engine, effect):
    right = odd(lambda _me, model: func.length(model.text) % 2 == 1, effect)
    laws(right, engine, subjects=60)
    wrong = odd(lambda _me, model: func.length(model.text) % 2 == 0, effect)
    with pytest.raises(LawBroken, match="the SQL filter"):
        laws(wrong, engine, subjects=60)


@pytest.mark.requirement("access:P5:opaque-predicates")
def test_an_opaque_predicate_without_sql_is_compared_in_all_but_lists(engine, monkeypatch):
    report = laws(odd(None), engine, subjects=5, rows=10)
    assert report.decisions == 5 * 4 * 10
    kept = Policy._judged
    monkeypatch.setattr(Policy, "_judged", lambda *given: tuple(not v for v in kept(*given)))
    with pytest.raises(LawBroken, match="the look-up says"):
        laws(odd(None), engine)
