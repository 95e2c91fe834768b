from watchword.base.chance import SYSTEM, new_id, new_secret


class Counted:
    def __init__(self):
        self.asked = []

    def token_bytes(self, count):
        self.asked.append(count)
        return b"\xfb" * count


def test_a_secret_has_256_bits_in_43_characters():
    chance = Counted()
    assert len(new_secret(chance).reveal()) == 43
    assert chance.asked == [32]


def test_an_id_has_its_prefix_and_128_bits():
    chance = Counted()
    assert new_id(chance, "fam") == "fam_-_v7-_v7-_v7-_v7-_v7-w"
    assert chance.asked == [16]


def test_the_system_source_does_not_repeat_itself():
    assert len(SYSTEM.token_bytes(32)) == 32
    assert SYSTEM.token_bytes(32) != SYSTEM.token_bytes(32)
