import pytest

from watchword.accounts.person.profile import (
    DISPLAY_NAME_CHARACTERS_MAX,
    DisplayNameRefused,
    NameFault,
    Profile,
    initials,
    parse_display_name,
)
from watchword.accounts.users import User, UserStatus


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ada Byron", "Ada Byron"),
        ("  Ada \t  Byron\n", "Ada Byron"),
        ("", None),
        ("   ", None),
        ("Zoe\u0308", "Zoë"),
        ("محمد", "محمد"),
        ("नरेन्द्र क्\u200dष", "नरेन्द्र क्\u200dष"),
        ("x" * DISPLAY_NAME_CHARACTERS_MAX, "x" * DISPLAY_NAME_CHARACTERS_MAX),
    ],
)
@pytest.mark.requirement("users:U39:display-name")
def test_a_display_name_is_kept_as_it_is_seen(typed, name):
    assert parse_display_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("x" * (DISPLAY_NAME_CHARACTERS_MAX + 1), NameFault.TOO_LONG),
        (" " * 10_000, NameFault.TOO_LONG),
        ("Ada\u202eByron", NameFault.INVISIBLE),
        ("Ada\u200bByron", NameFault.INVISIBLE),
        ("Ada\x00", NameFault.INVISIBLE),
        ("\ud800", NameFault.INVISIBLE),
    ],
)
@pytest.mark.requirement("users:U39:display-name")
def test_a_display_name_that_cannot_be_shown_is_refused(typed, fault):
    with pytest.raises(DisplayNameRefused) as refused:
        parse_display_name(typed)
    assert refused.value.fault is fault


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("ada byron", "AB"),
        ("Ada King Byron", "AB"),
        ("alice", "A"),
        ("alice@example.com", "AC"),
        ("Émile", "É"),
        ("(ada) [b]", "AB"),
        ("ß", "SS"),
        ("---", "?"),
        ("", "?"),
    ],
)
def test_initials_stand_for_a_name(name, letters):
    assert initials(name) == letters


def test_the_shown_name_is_the_display_name_where_there_is_one():
    user = User("user_1", "alice", UserStatus.ACTIVE, frozenset(), 1, 0)
    assert Profile(user, "Alice L.", None, None, has_password=True).shown_name == "Alice L."
    assert Profile(user, None, None, None, has_password=True).shown_name == "alice"
