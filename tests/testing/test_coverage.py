"""T5: every rule is seen to apply and to miss, or it is named."""

import pytest
from tests.access.example import Note, notes

from watchword.access import Policy
from watchword.testing import covering

MINE, HERS = Note(id=1, owner="bo"), Note(id=2, owner="cy")


@pytest.mark.requirement("access:T5:rule-coverage")
def test_rules_that_were_never_seen_both_ways_are_named():
    people = notes()
    with covering(people.policy) as seen:
        people.policy.check(people.bo, "read", MINE)
        people.policy.decide(people.bo, "read", HERS)
    assert seen.gaps == (
        "*.suspended never applied",
        "note.admin never applied",
        "note.shared never applied",
    )
    assert seen.fired == {"note.owner"}


def test_a_rule_without_a_condition_cannot_miss():
    policy = Policy()

    @policy.allow("read", on=Note)
    def anyone(_me):
        """Anyone."""
        return True

    with covering(policy) as seen:
        assert policy.check(policy.subject("bo"), "read", MINE).allowed
    assert seen.gaps == ()


def test_watching_changes_no_decision_and_ends():
    people = notes()
    before = dict(people.policy.plans)
    with covering(people.policy) as seen:
        assert people.policy.check(people.bo, "read", MINE).rule == "note.owner"
        assert not people.policy.check(people.bo, "read", HERS).allowed
    assert dict(people.policy.plans) == before
    people.policy.check(people.ana, "read", HERS)
    assert "note.admin" not in seen.fired
