"""Stand-ins for models that this process does not have."""

import pytest
from tests.access.example import notes

from watchword.access import Policy
from watchword.access.lower import declared


def test_a_stand_in_decides_and_lists_nothing():
    policy = Policy.load(notes().policy.export("json"))
    note = policy.resources[0].model
    bo = policy.subject("bo", roles={"user"})
    assert policy.check(bo, "update", note(owner="bo")).allowed
    assert not policy.check(bo, "update", note()).allowed
    assert policy.require(bo, "create", note(owner="bo")).owner == "bo"
    sentence = r"Note is declared and mapped to no table; give .* to Policy\.load\(models=\)"
    for ask in (policy.where, policy.select):
        with pytest.raises(TypeError, match=sentence):
            ask(bo, "read", note)
    with pytest.raises(TypeError, match=sentence):
        policy.get(bo, "read", note, 1)


def test_a_stand_in_takes_any_table_of_shares_since_it_lists_nothing():
    assert declared.check_shares(object()) is None


def test_a_stand_in_has_its_declared_columns_only():
    with pytest.raises(TypeError, match="Thing has no column 'nmae'"):
        declared.model("Thing", {"name": str})(nmae="x")
