import pytest

from watchword.base.chance import SYSTEM, is_id, new_id, new_secret


class Counted:
    def __init__(self):
        self.asked = []

    def token_bytes(self, count):
        self.asked.append(count)
        return b"\xfb" * count


@pytest.mark.requirement("oauth:N-19:entropy")
def test_a_secret_has_256_bits_in_43_characters():
    chance = Counted()
    assert len(new_secret(chance).reveal()) == 43
    assert chance.asked == [32]


def test_an_id_has_its_prefix_and_128_bits():
    chance = Counted()
    assert new_id(chance, "fam") == "fam_-_v7-_v7-_v7-_v7-_v7-w"
    assert chance.asked == [16]


@pytest.mark.parametrize(
    "text",
    ["", "fam", "fam_", "fam_0", "fam_" + "a" * 21 + "\0", "fam_" + "a" * 23, "sid_" + "a" * 22],
)
def test_what_was_not_made_as_an_id_is_none(text):
    assert is_id(new_id(SYSTEM, "fam"), "fam")
    assert not is_id(text, "fam")


def test_the_system_source_does_not_repeat_itself():
    assert len(SYSTEM.token_bytes(32)) == 32
    assert SYSTEM.token_bytes(32) != SYSTEM.token_bytes(32)
