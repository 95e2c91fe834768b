"""Allowed with a stronger login, and on behalf of somebody.

Source: access.md D4, G3, S11; RFC 9470 section 3; RFC 8693 section 4.1.
"""

import pytest
from sqlalchemy import select
from tests.access.example import Note

from watchword.access import (
    Forbidden,
    InvalidSubject,
    Kind,
    NotAllowed,
    NotFound,
    Policy,
    StepUpRequired,
    plain,
)


def careful() -> Policy:
    policy = Policy(roles={"user": []}, scopes={"notes": ["*"]})

    @policy.deny("*")
    def suspended(me):
        """A suspended account may do nothing."""
        return me.suspended == True  # noqa: E712 - a condition

    @policy.allow("read", on=Note)
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    @policy.allow("delete", on=Note, acr=("aal2", "aal3"))
    def purge(me, note):
        """What is yours you may delete, once you have shown your key."""
        return note.owner == me.id

    @policy.allow("update", on=Note, role="user", acr="aal2")
    def edit(_me):
        """Users edit with a second factor."""
        return True

    return policy


MINE, HERS = Note(id=1, owner="bo", text=""), Note(id=2, owner="cy", text="")


@pytest.mark.requirement("access:D4:step-up")
def test_a_stronger_login_would_do():
    policy = careful()
    weak, strong = policy.subject("bo"), policy.subject("bo", acr="aal3")
    assert not policy.check(weak, "delete", MINE).allowed
    assert policy.check(strong, "delete", MINE).allowed
    decision = policy.decide(weak, "delete", MINE)
    assert (decision.kind, decision.rule, decision.effect) == (Kind.STEP_UP, "note.purge", "allow")
    assert decision.because == "needs acr 'aal2' or 'aal3' (is None)"
    with pytest.raises(StepUpRequired) as refused:
        policy.require(weak, "delete", MINE)
    assert refused.value.acr_values == ("aal2", "aal3")
    assert refused.value.code == "step_up_required"
    assert "bo" not in refused.value.text


@pytest.mark.requirement("access:D4:step-up")
def test_the_other_refusals_stay_what_they_are():
    policy = careful()
    assert policy.decide(policy.subject("bo"), "delete", HERS).kind is Kind.NOT_ALLOWED
    assert policy.decide(policy.subject("bo", acr="aal2"), "delete", HERS).kind is Kind.NOT_ALLOWED
    gone = policy.subject("bo", suspended=True)
    assert policy.decide(gone, "delete", MINE).kind is Kind.FORBIDDEN
    narrow = policy.subject("bo", scopes=["other"])
    assert policy.decide(narrow, "delete", MINE).kind is Kind.SCOPE
    assert policy.decide(policy.subject("bo"), "update", MINE).kind is Kind.NOT_ALLOWED
    with pytest.raises(Forbidden):
        policy.require(gone, "delete", MINE)
    with pytest.raises(NotFound):
        policy.require(policy.subject("bo", acr="aal2"), "delete", HERS)
    strong = policy.subject("bo", acr="aal2", roles=["user"])
    assert policy.check(strong, "update", HERS).allowed
    with pytest.raises(NotAllowed):
        policy.require(policy.subject("bo", acr="aal2"), "update", MINE)


@pytest.mark.requirement("access:G2:refused-before-loading")
def test_a_step_up_is_asked_before_a_row_is_loaded():
    policy = careful()
    with pytest.raises(StepUpRequired):
        policy.get(policy.subject("bo"), "delete", Note, 1)
    with pytest.raises(StepUpRequired):
        policy.preflight(policy.subject("bo", roles=["user"]), "update", Note)
    assert not policy.possible(policy.subject("bo"), "delete", Note)


def test_a_login_class_filters_lists_too(db):
    policy = careful()
    for acr, ids in ((None, []), ("aal1", []), ("aal3", [1])):
        me = policy.subject("bo", acr=acr)
        assert [note.id for note in db.scalars(policy.select(me, "delete", Note))] == ids
        for row in db.scalars(select(Note)):
            verdict = policy.check(me, "delete", row).allowed
            plan = policy.plans[Note, "delete"]
            assert verdict == plain.allowed(plan, me, row, policy.context()) == (row.id in ids)


def test_an_undecidable_proposal_asks_for_no_stronger_login():
    policy = Policy()

    @policy.allow("update", on=Note, acr="aal2")
    def early(_me, note):
        """Only early notes."""
        return note.id < 5

    decision = policy.decide(policy.subject("bo"), "update", Note(id="x", owner="bo", text=""))
    assert decision.kind is Kind.NOT_ALLOWED


@pytest.mark.requirement("access:P6:version")
def test_the_version_tells_login_classes_apart():
    def policy(**options):
        made = Policy()

        @made.allow("read", on=Note, **options)
        def rule(_me):
            """Rule."""
            return True

        return made

    versions = {policy().version, policy(acr="a").version, policy(acr="b").version}
    assert len(versions) == 3
    again = Policy.load(policy(acr=("b", "a")).export("json"), models=[Note])
    assert again.rules[0].heading.acr == ("b", "a")


@pytest.mark.requirement("access:S11:intermediaries")
def test_the_rights_are_the_subjects_and_the_actor_is_an_attribute():
    policy = Policy()

    @policy.allow("*", on=Note)
    def owner(me, note):
        """What is yours is yours."""
        return note.owner == me.id

    @policy.deny("delete", on=Note)
    def through_others(me):
        """Nothing is deleted on somebody's behalf."""
        return me.act != None  # noqa: E711 - a condition

    me, through = policy.subject("bo"), policy.subject("bo", act="cy")
    assert policy.check(through, "read", MINE).allowed
    assert not policy.check(through, "read", HERS).allowed
    assert policy.check(me, "delete", MINE).allowed
    assert not policy.check(through, "delete", MINE).allowed
    with pytest.raises(InvalidSubject):
        policy.subject("bo", act=1)
