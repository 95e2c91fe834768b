"""The canonical name of a user."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.users import (
    NAME_CHARACTERS_MAX,
    NewUser,
    User,
    UserStatus,
    canonical_name,
)


@pytest.mark.parametrize("typed", ["ADA", "ada", "\uff21\uff44\uff41", "aDA"])
@pytest.mark.requirement("users:U46:canonical-name")
def test_spellings_of_one_name_meet(typed):
    """users.md U46: NFKC and case folding."""
    assert canonical_name(typed) == "ada"


def test_composed_and_decomposed_letters_meet():
    assert canonical_name("Ame\u0301lie") == canonical_name("Amélie") == "amélie"


@given(st.text(max_size=60))
def test_canonical_name_is_a_fixed_point(text):
    try:
        name = canonical_name(text)
    except ValueError:
        return
    assert canonical_name(name) == name


@pytest.mark.parametrize(
    "typed",
    ["", "ada lovelace", "ada\n", "ada\u200b", "\ud800", "a\u00a0b", "a\x00", "a\u2028b"],
)
def test_space_control_and_invisible_characters_are_refused(typed):
    with pytest.raises(ValueError, match="user name"):
        canonical_name(typed)


def test_name_of_the_longest_length_passes():
    assert canonical_name("a" * NAME_CHARACTERS_MAX) == "a" * NAME_CHARACTERS_MAX


@pytest.mark.parametrize("length", [NAME_CHARACTERS_MAX + 1, 100_000])
def test_longer_name_is_refused(length):
    with pytest.raises(ValueError, match="1 to 128"):
        canonical_name("a" * length)


def test_user_knows_its_status_and_the_admin_role():
    user = User("user_1", "ada", UserStatus.ACTIVE, frozenset({"admin"}), 1, 0)
    other = User("user_2", "bob", UserStatus.SUSPENDED, frozenset(), 1, 0)
    assert (user.is_active, user.is_superuser) == (True, True)
    assert (other.is_active, other.is_superuser) == (False, False)


def test_repr_of_an_addition_shows_no_hash():
    new = NewUser("user_1", "ada", "$argon2id$canary", frozenset(), 0)
    assert "canary" not in repr(new)
