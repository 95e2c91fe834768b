"""What the page says of a password that is being chosen."""

import pytest

from watchword.accounts.strength import Strength, estimate
from watchword.base.secrets import Secret


@pytest.mark.requirement("users:U37:strength")
@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("password", 0, 0),
        ("ada.lovelace", 0, 1),
        ("fozor-mibin-duzag-tahul-vupir", 4, 4),
        ("x" * 100_000, 0, 1),
    ],
)
def test_strength_grows_with_the_guesses_that_are_needed(text, least, most):
    """users.md U37. Only the first 72 characters are looked at, so the work is bounded."""
    found = list(Strength).index(estimate(Secret(text), context=("ada.lovelace",)))
    assert least <= found <= most


def test_every_strength_has_a_word_and_a_sentence():
    assert len({each.word for each in Strength}) == len(Strength)
    assert all(each.text.endswith(".") for each in Strength)
