import pytest

from watchword.accounts.person.deletion import is_name_of


@pytest.mark.parametrize("typed", ["alice", "Alice", " alice ", "\uff21lice"])
@pytest.mark.requirement("users:U43:typed-name")
def test_the_name_may_be_typed_in_any_spelling_that_signs_in(typed):
    assert is_name_of(typed, "alice")


@pytest.mark.parametrize("typed", ["", "bob", "alice bob", "alic", "a" * 10_000])
@pytest.mark.requirement("users:U43:typed-name")
def test_another_name_deletes_nothing(typed):
    assert not is_name_of(typed, "alice")
