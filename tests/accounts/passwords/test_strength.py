"""What is told of a password that was accepted."""

import pytest

from watchword.accounts.password_rules import PASSWORD_BYTES_MAX
from watchword.accounts.passwords.acceptance import new_passphrase
from watchword.accounts.passwords.strength import Strength, estimate
from watchword.base.chance import SYSTEM
from watchword.base.secrets import Secret

CONTEXT = ("alexandra", "watchword")


@pytest.mark.requirement("users:U37:strength")
@pytest.mark.parametrize(
    ("password", "strength"),
    [
        ("bookbookbook tree", Strength.FAIR),
        ("alexandra watchword", Strength.FAIR),
        ("vexing-ox-9", Strength.FAIR),
        ("nine violet kites over the pond", Strength.STRONG),
        ("x" * PASSWORD_BYTES_MAX, Strength.FAIR),
    ],
)
def test_a_password_is_as_strong_as_the_guesses_that_it_takes(password, strength):
    assert estimate(Secret(password), context=CONTEXT) is strength


def test_what_is_offered_is_strong():
    assert estimate(new_passphrase(SYSTEM), context=CONTEXT) is Strength.STRONG
