"""Opaque predicates: a rule in Python, its SQL, and what happens when there is none.

Source: access.md P5, S3.
"""

import logging

import pytest
from sqlalchemy import func, select
from tests.access.example import Note, Thing

from watchword.access import NotFound, NotListable, Policy, PolicyError, plain

pytestmark = pytest.mark.requirement("access:P5:opaque-predicates")


def opaque(effect="allow", sql=None, body=None) -> Policy:
    policy = Policy(roles={"admin": []})
    declare = getattr(policy, effect)

    def odd(_me, note):
        """Notes with an odd number of letters."""
        return len(note.text) % 2 == 1

    if body is not None:
        odd = body
        odd.__name__, odd.__doc__ = "odd", "A rule that cannot say."
    declare("read", "update", on=Note, sql=sql)(odd)

    @policy.allow("read", "update", on=Note, role=None if effect == "deny" else "admin")
    def admin(_me):
        """An admin, or anyone."""
        return True

    return policy


def letters(_me, model):
    return func.length(model.text) % 2 == 1


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_a_predicate_with_sql_lists_what_it_allows(db, effect):
    policy = opaque(effect, letters)
    me = policy.subject("bo")
    rows = db.scalars(select(Note)).all()
    listed = set(db.scalars(policy.select(me, "read", Note)))
    for row in rows:
        verdict = policy.check(me, "read", row).allowed
        assert verdict == (row in listed) == (len(row.text) % 2 == (effect == "allow"))
        assert verdict == plain.allowed(policy.plans[Note, "read"], me, row, policy.context())
        assert verdict == policy.decide(me, "read", row).allowed
    policy.listable("read", Note)


def test_the_complement_of_a_null_is_true(db):
    policy = opaque("deny", lambda _me, model, _ctx: model.shared_role == "user")
    assert len(db.scalars(policy.select(policy.subject("bo"), "read", Note)).all()) == 2


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_without_sql_there_is_no_list(effect):
    policy = opaque(effect)
    admin = policy.subject("ana", roles=["admin"])
    for ask in (policy.select, policy.where):
        with pytest.raises(NotListable, match=r"'read' on note cannot be listed: note.odd states"):
            ask(admin, "read", Note)
    with pytest.raises(NotListable):
        policy.listable("update", Note)
    policy.listable("delete", Note)
    assert issubclass(NotListable, PolicyError)


def test_without_sql_one_row_is_looked_up_and_then_judged(db):
    policy = opaque()
    me = policy.subject("bo")

    def answer(key):
        look_up = policy.get(me, "update", Note, key)
        return look_up.answer(db.execute(look_up.statement).first())

    assert answer(1).text == "one"
    assert db.get(Note, 2).text == "two"
    assert answer(2).id == 2
    db.get(Note, 2).text = "four"
    db.flush()
    with pytest.raises(NotFound):
        answer(2)


@pytest.mark.requirement("access:S3:what-raises-denies")
@pytest.mark.parametrize("effect", ["allow", "deny"])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (lambda _me, note: note == 1 / 0, "note.odd raised ZeroDivisionError: denied"),
        (lambda _me, _note: 1, "note.odd returned int: denied"),
        (lambda _me, _note: None, "note.odd returned NoneType: denied"),
    ],
)
def test_a_predicate_that_raises_denies(effect, body, told, caplog):
    policy = opaque(effect, body=body)
    me = policy.subject("bo")
    with caplog.at_level(logging.ERROR):
        assert not policy.check(me, "read", Note(id=1, text="x")).allowed
        assert not policy.decide(me, "read", Note(id=1, text="x")).allowed
    assert told in caplog.messages


def test_a_predicate_about_the_subject_alone_is_known_before_the_row():
    policy = Policy()

    @policy.deny("*", sql=None)
    def holiday(me):
        """Closed for those whose name begins with b."""
        return me.id.startswith("b")

    @policy.allow("*", on=Thing)
    def anyone(_me):
        """Anyone."""
        return True

    assert not policy.possible(policy.subject("bo"), "read", Thing)
    assert str(policy.where(policy.subject("cy"), "read", Thing)) == "true"
    policy.listable("read", Thing)


def test_an_explanation_names_the_predicate():
    policy = opaque()
    me = policy.subject("bo")
    assert "note.odd() says yes" in policy.explain(me, "read", Note(id=1, text="x"))
    assert "would be allowed if note.odd() says yes" in policy.explain(
        me, "read", Note(id=1, text="xx")
    )
    assert policy.possible(me, "read", Note)


@pytest.mark.parametrize(
    ("options", "body", "why"),
    [
        ({"sql": letters}, lambda _me: True, "sql= needs on="),
        ({"sql": None}, lambda: True, r"a rule takes \(me\)"),
        ({"sql": None, "on": Note}, lambda _a, _b, _c, _d: True, r"a rule takes \(me\)"),
    ],
)
def test_a_predicate_that_cannot_hold_fails_at_import(options, body, why):
    body.__doc__ = "The rule under test."
    with pytest.raises(PolicyError, match=why):
        Policy().allow("read", **options)(body)


@pytest.mark.requirement("access:P6:version")
def test_the_version_tells_an_opaque_rule_from_another():
    versions = {opaque().version, opaque(sql=letters).version, opaque("deny").version}
    assert len(versions) == 3
