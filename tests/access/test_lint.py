"""Rules that do nothing are found on the trees."""

import pytest
from tests.access.example import Note, Thing, notes

from watchword.access import Policy
from watchword.access.lint import Finding, dead_rules


def found(policy):
    return dead_rules(policy.rules, policy.words.shape.roles)


def policy_of(*rules):
    policy = Policy(roles={"admin": ["user"]})
    for effect, name, actions, condition, more in rules:
        condition.__name__ = name
        condition.__doc__ = name
        getattr(policy, effect)(*actions, **{"on": Note, **more})(condition)
    return policy


def mine(me, note):
    return note.owner == me.id


def own(me, note):
    return note.owner == me.id


def mine_and_short(me, note):
    return (note.owner == me.id) & (note.text == "")


def anyone(_me):
    return True


@pytest.mark.requirement("access:T5:dead-rules")
@pytest.mark.parametrize(
    ("rules", "findings"),
    [
        ([("allow", "a", ["read"], lambda _me, n: (n.text == "a") & (n.text == "b"), {})],
         [Finding("note.a", "never")]),
        ([("allow", "wide", ["*"], mine, {}), ("allow", "narrow", ["read"], mine_and_short, {})],
         [Finding("note.narrow", "implied", "note.wide")]),
        ([("allow", "user", ["read"], anyone, {"role": "user"}),
          ("allow", "admin", ["read"], lambda _me: True, {"role": "admin"})],
         [Finding("note.admin", "implied", "note.user")]),
        ([("deny", "all", ["*"], anyone, {"on": None}), ("allow", "owner", ["read"], mine, {})],
         [Finding("note.owner", "shadowed", "*.all")]),
        ([("allow", "one", ["read"], mine, {}), ("allow", "two", ["read"], own, {})],
         [Finding("note.one", "implied", "note.two")]),
        # Each of these reaches further somewhere.
        ([("allow", "some", ["read"], mine, {}), ("allow", "all", ["*"], mine_and_short, {})], []),
        ([("allow", "some", ["update"], mine, {"fields": {"text"}}),
          ("allow", "all", ["update"], mine_and_short, {})], []),
        ([("allow", "some", ["update"], mine, {"fields": {"text"}}),
          ("allow", "fewer", ["update"], mine_and_short, {"fields": {"text"}})],
         [Finding("note.fewer", "implied", "note.some")]),
        ([("allow", "note", ["read"], mine, {}),
          ("deny", "thing", ["read"], lambda me, t: t.name == me.id, {"on": Thing})], []),
        ([("allow", "all", ["*"], mine, {}), ("deny", "some", ["read"], mine_and_short, {})], []),
    ],
)  # fmt: skip
def test_dead_rules_are_named_with_what_makes_them_so(rules, findings):
    """T5, the solver-free check."""
    assert list(found(policy_of(*rules))) == findings


def test_the_example_has_no_dead_rule():
    assert found(notes().policy) == ()


def test_findings_are_sentences():
    assert str(Finding("a", "never")) == "a never applies"
    assert str(Finding("a", "implied", "b")) == "a changes nothing: b applies wherever it does"
    assert str(Finding("a", "shadowed", "b")) == "a allows nothing: b forbids all of it"
