"""A decision drawn as a tree: the same decision, and each condition with what it came to.

access.md D1 to D3 and D6; users.md U45.
"""

import pytest
from tests.access.example import Note, Thing, allowing

from watchword.access import Policy
from watchword.access.why import Branch, why

pytestmark = pytest.mark.requirement("users:U45:rule-tree")


def grown(policy, me, row, action="read"):
    """The tree of the first rule."""
    return why(policy, me, action, row).readings[0].condition


def test_the_decision_is_the_policys_own_and_the_deciding_rule_comes_first(people, db):
    note = db.get(Note, 2)
    found = why(people.policy, people.ana, "update", note)
    own = people.policy.decide(people.ana, "update", note)
    assert str(found.decision) == str(own)
    assert [each.considered for each in found.readings] == sorted(
        own.considered, key=lambda each: each.rule != own.rule
    )
    first, *others = found.readings
    assert (first.considered.rule, first.text) == ("note.admin", "An admin may do anything.")
    assert first.is_deciding
    assert not any(each.is_deciding for each in others)


def test_each_tree_comes_to_what_its_rule_came_to(people, db):
    for me in (people.bo, people.cy, people.ana, people.suspended):
        for key in (1, 2, 3):
            for each in why(people.policy, me, "read", db.get(Note, key)).readings:
                assert each.condition.holds is each.considered.fired


def test_the_nearest_rule_of_a_refusal_says_what_would_have_had_to_hold(people, db):
    found = why(people.policy, people.bo, "update", db.get(Note, 2))
    nearest = next(each for each in found.readings if each.considered.effect == "allow")
    assert nearest.considered.because == "would be allowed if resource.owner == 'bo' (is 'cy')"
    assert nearest.condition == Branch("leaf", "resource.owner == 'bo' (is 'cy')", False)


@pytest.mark.parametrize(
    ("name", "level", "holds"),
    [("a", 1, True), ("a", 9, True), ("b", 1, False), ("a", 3, False)],
)
def test_every_part_and_one_part(name, level, holds):
    policy = allowing(
        lambda _me, thing: (thing.name == "a") & ((thing.level == 1) | (thing.level == 9))
    )
    tree = grown(policy, policy.subject("bo"), Thing(name=name, level=level))
    first, second = tree.parts
    assert (tree.join, tree.holds, first.join, second.join) == ("every", holds, "leaf", "some")
    assert second.holds is (level in {1, 9})


def test_rules_without_conditions_are_a_word():
    policy = allowing(lambda _me, _thing: True)
    tree = grown(policy, policy.subject("bo"), Thing())
    assert tree == Branch("leaf", "always", True)


def test_a_predicate_is_one_leaf():
    policy = Policy()

    @policy.allow("read", on=Thing, sql=None)
    def high(_me, thing):
        """High ones."""
        return thing.level > 3

    tree = grown(policy, policy.subject("bo"), Thing(level=4))
    assert (tree.said, tree.holds) == ("thing.high() says yes", True)


def test_a_value_of_another_kind_says_nothing():
    policy = allowing(lambda _me, thing: (thing.level > 1) & (thing.name == "a"))
    row = Thing(level="many", name="a")
    tree = grown(policy, policy.subject("bo"), row)
    assert [part.holds for part in tree.parts] == [None, True]
    assert tree.holds is None
    either = allowing(lambda _me, thing: (thing.level > 1) | (thing.name == "b"))
    assert grown(either, either.subject("bo"), row).holds is None
    assert not why(either, either.subject("bo"), "read", row).decision.allowed


def test_secret_values_stay_secret():
    policy = Policy(secret=["name"])

    @policy.allow("read", on=Thing)
    def named(_me, thing):
        """Named."""
        return thing.name == "canary"

    tree = grown(policy, policy.subject("bo"), Thing(name="other"))
    assert "canary" not in tree.said
    assert "other" not in tree.said


def test_circumstances_count():
    policy = Policy(context={"hour": int})

    @policy.allow("read", on=Thing)
    def early(_me, _thing, ctx):
        """Early."""
        return ctx.hour < 9

    me = policy.subject("bo")
    assert why(policy, me, "read", Thing(), policy.context(hour=8)).readings[0].condition.holds
    assert not grown(policy, me, Thing()).holds


def test_the_answer_for_programs_has_the_same_words(people, db):
    note = db.get(Note, 2)
    told = why(people.policy, people.bo, "update", note).members()
    assert told["text"] == people.policy.explain(people.bo, "update", note)
    assert (told["allowed"], told["kind"], told["rule"]) == (False, "not_allowed", None)
    assert told["policy_version"] == people.policy.version
    leaf = "resource.owner == 'bo' (is 'cy')"
    assert next(one for one in told["rules"] if one["effect"] == "allow") == {
        "rule": "note.owner",
        "effect": "allow",
        "fired": False,
        "because": f"would be allowed if {leaf}",
        "text": "What is yours is yours.",
        "decides": False,
        "condition": {"join": "leaf", "said": leaf, "holds": False, "parts": []},
    }
    every = allowing(lambda _me, thing: (thing.name == "a") & (thing.level == 1))
    tree = why(every, every.subject("bo"), "read", Thing(name="a", level=1)).members()
    assert [part["holds"] for part in tree["rules"][0]["condition"]["parts"]] == [True, True]
