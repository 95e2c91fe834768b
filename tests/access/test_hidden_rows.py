"""A row that may not be read is answered like one that is not there, to every token.

Source: access.md G1, G2; security.md 88.
"""

from itertools import product

import pytest
from sqlalchemy import select
from tests.access.example import Note

from watchword.access import Forbidden, InsufficientScope, NotFound, Policy, Refusal, StepUpRequired

pytestmark = pytest.mark.requirement("access:G1:hidden-looks-absent")

SCOPES = {"reading": ["read"], "writing": ["update"], "all": ["*"]}


def revealing(**declared) -> Policy:
    """A policy with every kind of refusal that could come before the row is looked at."""
    policy = Policy(roles={"user": [], "guest": []}, actions=["print"], **declared)

    @policy.deny("*")
    def suspended(me):
        """A suspended account may do nothing."""
        return me.suspended == True  # noqa: E712 - a condition

    @policy.deny("update", "delete", on=Note, role="guest")
    def looking_only(_me):
        """Guests change no note."""
        return True

    @policy.allow("read", "update", on=Note)
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    @policy.allow("delete", on=Note, role="user", acr="aal2")
    def purge(_me):
        """Users delete once they have shown their key."""
        return True

    return policy


def told(policy, me, action, row):
    """Return what a peer is told of a refusal."""
    with pytest.raises(Refusal) as refused:
        policy.require(me, action, row)
    error = refused.value
    helps = getattr(error, "scopes", None), getattr(error, "acr_values", None)
    return error.code, error.text, error.decision is None, helps


@pytest.mark.parametrize("declared", [{}, {"scopes": SCOPES}, {"scopes": {"reading": ["read"]}}])
def test_every_subject_and_token_is_told_the_same_of_a_hidden_and_an_absent_row(declared, db):
    policy, compared = revealing(**declared), 0
    rows = db.scalars(select(Note)).all()
    for suspended, roles, scopes, acr, action in product(
        (False, True),
        ([], ["user"], ["guest"]),
        (None, [], ["reading"], ["writing"], ["reading", "writing"], ["all"], ["openid"]),
        (None, "aal2"),
        ("read", "update", "delete", "print"),
    ):
        me = policy.subject("bo", suspended=suspended, roles=roles, scopes=scopes, acr=acr)
        for row in rows:
            is_known = any(policy.check(me, each, row).allowed for each in ("read", action))
            if not is_known:
                assert told(policy, me, action, row) == told(policy, me, action, None)
                compared += 1
    assert compared > 500


def test_a_missing_scope_is_told_whether_or_not_there_is_a_row(db):
    policy = revealing(scopes=SCOPES)
    me = policy.subject("bo", scopes=["reading"])
    for row in (db.get(Note, 1), db.get(Note, 2), None):
        with pytest.raises(InsufficientScope) as refused:
            policy.require(me, "update", row)
        assert refused.value.scopes == ("all", "writing")
        assert refused.value.decision.because == (
            "'all' or 'writing' reaches 'update'; the token has {'reading'}"
        )


def test_a_deny_rule_about_every_kind_is_told_whether_or_not_there_is_a_row(db):
    policy = revealing(scopes=SCOPES)
    me = policy.subject("bo", suspended=True, scopes=[])
    for row in (db.get(Note, 1), db.get(Note, 2), None):
        with pytest.raises(Forbidden, match="A suspended account may do nothing"):
            policy.require(me, "read", row)


def test_what_holds_for_one_kind_is_told_of_rows_that_may_be_read(db):
    policy = revealing()
    guest, weak = (policy.subject("bo", roles=[role]) for role in ("guest", "user"))
    for me, action, refusal in (
        (guest, "update", Forbidden),
        (weak, "delete", StepUpRequired),
    ):
        with pytest.raises(refusal):
            policy.require(me, action, db.get(Note, 1))
        for row in (db.get(Note, 2), None):
            with pytest.raises(NotFound):
                policy.require(me, action, row)
        with pytest.raises(refusal):
            policy.preflight(me, action, Note)


def test_a_misspelt_action_and_a_strange_subject_fail_without_a_row_too():
    policy = revealing()
    with pytest.raises(ValueError, match="did you mean 'update'"):
        policy.require(policy.subject("bo"), "updat", None)
    with pytest.raises(TypeError, match=r"build it with policy\.subject"):
        policy.require(Policy().subject("bo"), "update", None)
