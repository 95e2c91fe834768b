"""T7: a change of the policy that no test notices is listed."""

from dataclasses import replace

import pytest
from tests.access.example import Note, Thing, allowing, notes

from watchword.access import Policy
from watchword.access.tree import Opaque
from watchword.testing import mutants, survivors

MINE, HERS = Note(id=1, owner="bo"), Note(id=2, owner="cy")


def changes(policy):
    return [str(mutant) for mutant in mutants(policy)]


@pytest.mark.requirement("access:T7:mutation")
def test_survivors_are_the_changes_that_no_test_notices():
    people = notes()
    policy = people.policy

    def suite():
        return (
            policy.check(people.bo, "read", MINE).allowed
            and not policy.check(people.bo, "read", HERS).allowed
            and policy.check(people.ana, "read", HERS).allowed
            and not policy.check(people.suspended, "read", Note(owner="di")).allowed
        )

    alive = [str(mutant) for mutant in survivors(policy, suite)]
    assert alive == [
        "note.owner: not for create",
        "note.owner: not for delete",
        "note.owner: not for update",
        "note.shared: taken out",
    ]
    assert suite()  # the policy is what it was


def test_a_suite_that_fails_by_itself_is_refused():
    with pytest.raises(ValueError, match="the suite fails on the policy itself"):
        survivors(notes().policy, lambda: False)


def test_mutants_change_one_thing_each():
    policy = allowing(
        lambda me, t: ((t.name == me.id) | (t.level < 2)) & (t.open == True)  # noqa: E712 - a condition
    )
    assert [each.partition(": ")[2] for each in changes(policy)] == [
        "taken out",
        "without resource.name == subject.id or resource.level < 2",
        "without resource.open == True",
        "without resource.name == subject.id",
        "without resource.level < 2",
        "resource.name == subject.id turned round",
        "resource.level < 2 turned round",
        "resource.level < 2 read as resource.level <= 2",
        "resource.open == True turned round",
    ]


def test_a_role_and_its_condition_are_changed_apart():
    policy = Policy(roles={"admin": ["user"]})

    @policy.allow("read", on=Note, role="admin")
    def rule(me, note):
        """An admin's own."""
        return note.owner == me.id

    _, bare, turned = mutants(policy)
    assert str(bare) == "note.rule: without its role admin"
    admin, user = policy.subject("bo", roles={"admin"}), policy.subject("bo", roles={"user"})
    with bare.installed(policy):
        assert policy.check(user, "read", MINE).allowed
        assert policy.decide(user, "read", MINE).allowed
    with turned.installed(policy):
        assert not policy.check(admin, "read", MINE).allowed
        assert policy.check(admin, "read", HERS).allowed
        assert not policy.check(user, "read", HERS).allowed


def test_a_change_that_is_certain_to_change_nothing_is_no_mutant():
    policy = allowing(lambda _me, t: (t.name == "a") & t.name.in_({"a", "b"}))
    assert "thing.<lambda>: without resource.name in {'a', 'b'}" not in changes(policy)


def test_a_predicate_in_python_is_turned_round():
    policy = allowing(lambda _me, t: t.name == "a", on=Thing)
    (rule,) = policy.rules
    held = Opaque(rule.id, lambda _me, _row, _ctx: True, reads_row=True, sql=None)
    policy._book._rules[rule.id] = replace(rule, tree=held, said=held)
    assert changes(policy)[1] == ("thing.<lambda>: thing.<lambda>() says yes turned round")


def test_a_login_class_is_dropped():
    policy = Policy()

    @policy.allow("delete", on=Note, acr=("mfa",))
    def owner(me, note):
        """Yours."""
        return note.owner == me.id

    bare = next(each for each in mutants(policy) if each.change == "without its login class")
    bo = policy.subject("bo")
    assert not policy.check(bo, "delete", MINE).allowed
    with bare.installed(policy):
        assert policy.check(bo, "delete", MINE).allowed
        assert not policy.check(bo, "delete", HERS).allowed
