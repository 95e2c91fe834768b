"""Subjects are checked once, when they are built."""

import pytest

from watchword.access import InvalidSubject, Policy, PolicyError, Subject


@pytest.mark.requirement("access:S8:role-closure")
def test_roles_are_closed_over_inheritance():
    policy = Policy(roles={"owner": ["admin"], "admin": ["user", "auditor"], "user": []})
    subject = policy.subject("bo", roles=["owner"])
    assert subject.roles == {"owner", "admin", "user", "auditor"}


def test_a_role_that_the_policy_does_not_know_is_kept():
    """Roles are data; a row may be shared with one that no rule names."""
    assert Policy(roles={"admin": []}).subject("bo", roles=["guest"]).roles == {"guest"}


@pytest.mark.requirement("access:S8:role-cycle")
@pytest.mark.parametrize(
    ("roles", "cycle"),
    [
        ({"a": ["a"]}, "a inherits a"),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "a inherits b inherits c inherits a"),
    ],
)
def test_a_role_cycle_is_refused(roles, cycle):
    with pytest.raises(PolicyError, match=f"role cycle: {cycle}"):
        Policy(roles=roles)


@pytest.mark.requirement("access:S4:subject-text")
@pytest.mark.parametrize(
    ("id_", "facts"),
    [
        ("", {}),
        ("a\0", {}),
        ("\ud800", {}),
        (7, {}),
        ("bo", {"roles": "admin"}),
        ("bo", {"roles": ["a\0"]}),
        ("bo", {"roles": [1]}),
        ("bo", {"roles": [str(n) for n in range(10_001)]}),
        ("bo", {"scopes": "read"}),
        ("bo", {"scopes": ["\udfff"]}),
        ("bo", {"suspended": None}),
        ("bo", {"suspended": 1}),
        ("bo", {"source": "guess"}),
        ("bo", {"age": -1}),
        ("bo", {"age": 1.5}),
        ("bo", {"version": True}),
        ("bo", {"attributes": {"team": 5}}),
        ("bo", {"attributes": {"tema": "x"}}),
    ],
)
def test_a_subject_that_no_decision_can_be_about_is_refused(id_, facts):
    with pytest.raises(InvalidSubject):
        Policy(subject={"team": str}).subject(id_, **facts)


def test_a_subject_says_where_its_facts_are_from():
    subject = Policy().subject("bo", source="token", age=12, version=3)
    assert (subject.source, subject.age, subject.version) == ("token", 12, 3)
    assert "shape" not in repr(subject)


def test_subjects_of_equal_facts_are_equal():
    policy = Policy(subject={"team": str})
    one, two = (policy.subject("bo", attributes={"team": "x"}) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one != policy.subject("bo")


def test_nothing_delegated_is_not_nothing_granted():
    assert Subject("bo").scopes is None
    assert Subject("bo", scopes=[]).scopes == frozenset()


@pytest.mark.parametrize("attributes", [{"nwo": 1}, {"now": "1"}])
def test_a_context_that_was_not_declared_is_refused(attributes):
    with pytest.raises(InvalidSubject) as refused:
        Policy(context={"now": int}).context(**attributes)
    assert refused.value.detail.startswith("context: ")
    assert refused.value.__notes__ == [refused.value.detail]
    assert str(refused.value) == "These facts about a subject cannot be used."


def test_contexts_of_equal_values_are_equal():
    policy = Policy(context={"now": int})
    assert policy.context(now=1) == policy.context(now=1)
    assert hash(policy.context(now=1)) == hash(policy.context(now=1))
