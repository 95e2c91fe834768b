"""T3: a failure prints the whole explanation."""

import pytest
from tests.access.example import Note, notes

from watchword.testing import assert_allows, assert_denies

MINE, HERS = Note(id=1, owner="bo"), Note(id=2, owner="cy")


@pytest.mark.requirement("access:T3:assertions-explain")
def test_an_assertion_that_fails_prints_every_rule():
    people = notes()
    with pytest.raises(AssertionError) as failed:
        assert_allows(people.policy, people.bo, "update", HERS)
    assert str(failed.value) == people.policy.explain(people.bo, "update", HERS)
    assert "allow note.owner: would be allowed if resource.owner == 'bo'" in str(failed.value)
    with pytest.raises(AssertionError, match=r"^allowed: note\.owner"):
        assert_denies(people.policy, people.bo, "update", MINE)


@pytest.mark.requirement("access:T3:assertions-explain")
def test_an_assertion_names_the_rule_that_is_meant():
    people = notes()
    assert_allows(people.policy, people.bo, "update", MINE)
    assert_allows(people.policy, people.bo, "update", MINE, rule="note.owner")
    assert_denies(people.policy, people.bo, "update", HERS)
    assert_denies(people.policy, people.suspended, "update", MINE, rule="*.suspended")
    with pytest.raises(AssertionError, match=r"expected the rule note\.admin, not note\.owner\n"):
        assert_allows(people.policy, people.bo, "update", MINE, rule="note.admin")
    with pytest.raises(AssertionError, match=r"expected the rule \*\.suspended, not none\n"):
        assert_denies(people.policy, people.bo, "update", HERS, rule="*.suspended")
