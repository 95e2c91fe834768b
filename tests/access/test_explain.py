"""Why: the wording of decisions, access.md D1 to D6."""

import pytest
from tests.access.example import Note, Thing, allowing

from watchword.access import Forbidden, InsufficientScope, Kind, NotAllowed, Policy


@pytest.mark.requirement("access:D1:allow-names-rule-and-values")
def test_an_allow_names_rule_reason_and_values(people, db):
    decision = people.policy.decide(people.bo, "update", db.get(Note, 1))
    assert str(decision) == (
        "note.owner: \"What is yours is yours.\" because resource.owner='bo' == subject.id='bo'"
    )
    assert (decision.kind, decision.effect) == (Kind.ALLOWED, "allow")


@pytest.mark.requirement("access:D2:deny-names-rule-and-values")
def test_a_deny_names_rule_reason_and_values(people, db):
    decision = people.policy.decide(people.suspended, "read", db.get(Note, 1))
    assert str(decision) == (
        '*.suspended: "A suspended account may do nothing." because subject.suspended=True == True'
    )
    assert (decision.kind, decision.effect) == (Kind.FORBIDDEN, "deny")


@pytest.mark.requirement("access:D3:default-deny-names-nearest")
def test_a_default_deny_names_the_nearest_rule(people, db):
    decision = people.policy.decide(people.bo, "update", db.get(Note, 2))
    assert decision.because == "note.owner: would be allowed if resource.owner == 'bo' (is 'cy')"
    assert (decision.kind, decision.effect, decision.rule) == (Kind.NOT_ALLOWED, "default", None)
    assert [(each.rule, each.fired) for each in decision.considered] == [
        ("*.suspended", False),
        ("note.owner", False),
        ("note.admin", False),
    ]


@pytest.mark.requirement("access:D3:default-deny-names-nearest")
def test_fewest_failing_conditions_come_first():
    policy = Policy()

    @policy.allow("read", on=Thing)
    def far(me, thing):
        """Far."""
        return (thing.level == 1) & (thing.name == "a") & (thing.open == True)  # noqa: E712 - a condition

    @policy.allow("read", on=Thing)
    def near(me, thing):
        """Near."""
        return (thing.level == 2) & (thing.name == "b")

    decision = policy.decide(policy.subject("bo"), "read", Thing(level=2, name="c"))
    assert [each.because for each in decision.considered] == [
        "would be allowed if resource.name == 'b' (is 'c')",
        "would be allowed if resource.level == 1 (is 2) and resource.name == 'a' (is 'c')"
        " and resource.open == True (is None)",
    ]


@pytest.mark.parametrize(
    ("body", "thing", "because"),
    [
        (lambda _me, t: t.level > 5, {"level": 5}, "resource.level > 5 (is 5)"),
        (lambda _me, t: ~(t.level > 5), {"level": 6}, "resource.level not > 5 (is 6)"),
        (lambda _me, t: t.name != "a", {"name": "a"}, "resource.name != 'a' (is 'a')"),
        (lambda _me, t: ~t.name.in_({"a"}), {"name": "a"}, "resource.name not in {'a'} (is 'a')"),
        (lambda me, _t: me.roles.has("a"), {}, "'a' in subject.roles (is empty)"),
        (lambda me, _t: me.roles.meets({"a"}), {}, "subject.roles meets {'a'} (is empty)"),
        (
            lambda _me, t: (t.level == 1) & (t.name == "a") | (t.level == 3),
            {"level": 2},
            "resource.level == 3 (is 2)",
        ),
    ],
)
def test_failing_conditions_read_as_what_to_change(body, thing, because):
    policy = allowing(body)
    decision = policy.decide(policy.subject("bo"), "read", Thing(**thing))
    assert decision.considered[0].because == f"would be allowed if {because}"


@pytest.mark.parametrize(
    ("body", "because"),
    [
        (lambda me, _t: ~me.roles.meets({"a"}), "subject.roles={} does not meet {'a'}"),
        (
            lambda me, t: (t.level == 1) & ((t.name == "x") | (t.name == me.id)),
            "resource.level=1 == 1 and resource.name='bo' == subject.id='bo'",
        ),
    ],
)
def test_holding_conditions_are_the_reason(body, because):
    """Of an OR, the first that holds."""
    policy = allowing(body)
    decision = policy.decide(policy.subject("bo"), "read", Thing(level=1, name="bo"))
    assert decision.because == f'"The rule under test." because {because}'


def test_a_rule_without_conditions_needs_no_because(people, db):
    policy = allowing(lambda _me, _t: True)
    assert policy.decide(policy.subject("bo"), "read", Thing()).because == '"The rule under test."'
    never = allowing(lambda _me, _t: False)
    assert never.decide(never.subject("bo"), "read", Thing()).because == (
        "thing.<lambda>: is never allowed"
    )


@pytest.mark.requirement("access:D6:secret-attributes")
def test_secret_attributes_are_never_shown():
    policy = Policy(subject={"pin": str}, secret=["pin", "other"])

    @policy.allow("read", on=Thing)
    def rule(me, thing):
        """Know the pin."""
        return (thing.name == me.pin) & (thing.other == "canary-3")

    bo = policy.subject("bo", attributes={"pin": "canary-1"})
    for thing in (Thing(name="canary-1", other="canary-3"), Thing(name="canary-2", other="x")):
        told = policy.explain(bo, "read", thing) + repr(policy.allows(bo, "read", thing))
        assert "canary" not in told
        assert "<secret>" in told


def test_long_values_are_cut():
    policy = allowing(lambda me, t: (t.name == "a") & me.roles.has("b"))
    bo = policy.subject("bo", roles=[f"r{n:02}" for n in range(20)])
    because = policy.decide(bo, "read", Thing(name="x" * 500)).because
    assert len(because) < 300
    assert "'r07', ... 20 in all}" in because


@pytest.mark.requirement("access:T3:answers-read-in-one-line")
def test_an_answer_is_truthy_and_reads_in_one_line(people, db):
    allowed = people.policy.allows(people.bo, "read", db.get(Note, 1))
    refused = people.policy.allows(people.bo, "update", db.get(Note, 2))
    assert allowed
    assert not refused
    assert repr(allowed).startswith("<allowed by note.owner: ")
    assert repr(refused) == (
        "<not_allowed: note.owner: would be allowed if resource.owner == 'bo' (is 'cy')>"
    )
    assert "\n" not in repr(refused)


def test_explain_lists_every_rule_considered(people, db):
    assert people.policy.explain(people.bo, "read", db.get(Note, 3)).splitlines() == [
        'allowed: note.shared: "A note shared with one of my roles may be read." because'
        " resource.shared_role='user' in subject.roles={'user'}",
        '  allow note.shared: "A note shared with one of my roles may be read." because'
        " resource.shared_role='user' in subject.roles={'user'}",
        "  deny *.suspended: would be forbidden if subject.suspended == True (is False)",
        "  allow note.owner: would be allowed if resource.owner == 'bo' (is 'cy')",
        "  allow note.admin: would be allowed if 'admin' in subject.roles (is {'user'})",
    ]


@pytest.mark.requirement("access:D5:peer-sees-no-values")
def test_what_the_peer_reads_holds_no_value_and_no_other_rule(people, db):
    with pytest.raises(Forbidden) as refused:
        people.policy.require(people.bo, "update", db.get(Note, 3))
    assert refused.value.text == str(refused.value) == "You may not do this."
    assert "resource.owner" in refused.value.detail


def test_the_decision_says_where_the_subjects_facts_are_from(people, db):
    bo = people.policy.subject("bo", source="token", age=30)
    decision = people.policy.decide(bo, "read", db.get(Note, 1))
    assert (decision.subject_source, decision.subject_age) == ("token", 30)
    assert decision.policy_version == people.policy.version
    assert decision.id.startswith("decision_")


def test_before_loading_conditions_on_the_row_are_open():
    """A refusal before loading explains itself by what is known then."""
    policy = Policy(roles={"a": [], "b": []}, scopes={"s": ["read"]})

    @policy.deny("read", on=Thing)
    def closed(me, thing):
        """Closed."""
        return (thing.open == False) | (thing.level == 1)  # noqa: E712 - a condition

    @policy.allow("read", on=Thing, role="a")
    def rule(me, thing):
        """Role a."""
        return (thing.name == me.id) & (thing.level == 2)

    with pytest.raises(NotAllowed) as refused:
        policy.preflight(policy.subject("bo", roles=["b"]), "read", Thing)
    assert {each.rule: each.because for each in refused.value.decision.considered} == {
        "thing.closed": "depends on the row",
        "thing.rule": "would be allowed if 'a' in subject.roles (is {'b'})",
    }
    with pytest.raises(InsufficientScope) as beyond:
        policy.preflight(policy.subject("bo", roles=["a"], scopes=[]), "read", Thing)
    assert {each.because for each in beyond.value.decision.considered} == {"depends on the row"}


def test_a_deny_that_reads_the_row_is_named_after_the_ceiling():
    policy = Policy(scopes={"s": ["read"]})

    @policy.deny("read", on=Thing)
    def closed(me, thing):
        """Closed."""
        return thing.open == False  # noqa: E712 - a condition

    thing = Thing(open=False)
    assert policy.decide(policy.subject("bo"), "read", thing).rule == "thing.closed"
    assert policy.check(policy.subject("bo"), "read", thing).rule == "thing.closed"
    beyond = policy.subject("bo", scopes=[])
    assert policy.decide(beyond, "read", thing).kind is Kind.SCOPE
    assert policy.check(beyond, "read", thing).rule is None
