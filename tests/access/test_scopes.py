"""The scopes of a delegated token are a ceiling under the rules. Source: access.md S5, G3."""

import pytest
from tests.access.example import Note, notes

from watchword.access import InsufficientScope, Kind, NotAllowed


@pytest.fixture
def limited():
    return notes(scopes={"notes:read": ["read"], "notes": ["*"]})


@pytest.mark.requirement("access:S5:scopes-are-a-ceiling")
def test_scopes_take_away_and_never_add(limited, db):
    policy, note = limited.policy, db.get(Note, 1)
    reader = policy.subject("bo", scopes=["notes:read"])
    assert policy.check(reader, "read", note).allowed
    assert policy.check(reader, "update", note) == (False, None)
    assert not policy.check(policy.subject("cy", scopes=["notes"]), "update", note).allowed
    assert not policy.check(policy.subject("bo", scopes=[]), "read", note).allowed


@pytest.mark.requirement("access:S5:scopes-are-a-ceiling")
def test_an_admin_is_under_the_ceiling_too(limited, db):
    ana = limited.policy.subject("ana", roles=["admin"], scopes=["notes:read"])
    assert not limited.policy.check(ana, "delete", db.get(Note, 1)).allowed
    assert db.scalars(limited.policy.select(ana, "delete", Note)).all() == []


@pytest.mark.requirement("access:S5:scopes-are-a-ceiling")
def test_what_was_not_delegated_has_no_ceiling(limited, db):
    assert limited.policy.check(limited.bo, "update", db.get(Note, 1)).allowed


@pytest.mark.requirement("access:G3:insufficient-scope")
def test_a_missing_scope_is_named(limited, db):
    reader = limited.policy.subject("bo", scopes=["notes:read"])
    for ask in (
        lambda: limited.policy.require(reader, "update", db.get(Note, 1)),
        lambda: limited.policy.preflight(reader, "update", Note),
        lambda: limited.policy.get(reader, "update", Note, 77),
    ):
        with pytest.raises(InsufficientScope) as refused:
            ask()
        assert refused.value.code == "insufficient_scope"
        assert refused.value.scopes == ("notes",)
        assert refused.value.decision.kind is Kind.SCOPE
        assert "'notes' reaches 'update'; the token has {'notes:read'}" in refused.value.detail
    scopeless = limited.policy.subject("bo", scopes=[])
    decision = limited.policy.decide(scopeless, "update", db.get(Note, 1))
    assert decision.because == "'notes' reaches 'update'; the token has none"


@pytest.mark.requirement("access:G3:insufficient-scope")
def test_an_action_that_no_scope_reaches_lacks_a_declaration_and_no_login(db):
    limited = notes(scopes={"notes:read": ["read"]})
    reader = limited.policy.subject("bo", scopes=["notes:read"])
    because = (
        "no scope reaches 'update': Policy(scopes=...) gives it to none; "
        "the token has {'notes:read'}"
    )
    decision = limited.policy.decide(reader, "update", db.get(Note, 1))
    assert (decision.kind, decision.effect, decision.rule) == (
        Kind.NOT_ALLOWED,
        "default",
        None,
    )
    assert decision.because == because
    for ask in (
        lambda: limited.policy.require(reader, "update", db.get(Note, 1)),
        lambda: limited.policy.require(reader, "update", None),
        lambda: limited.policy.preflight(reader, "update", Note),
        lambda: limited.policy.get(reader, "update", Note, 77),
    ):
        with pytest.raises(NotAllowed) as refused:
            ask()
        assert (refused.value.text, refused.value.detail) == ("You may not do this.", because)


def test_a_deny_that_needs_no_row_is_named_before_the_ceiling(limited, db):
    both = limited.policy.subject("bo", scopes=[], suspended=True)
    assert limited.policy.decide(both, "read", db.get(Note, 1)).rule == "*.suspended"


def test_without_declared_scopes_there_is_no_ceiling(people, db):
    token = people.policy.subject("bo", roles=["user"], scopes=["openid"])
    assert people.policy.check(token, "update", db.get(Note, 1)).allowed
