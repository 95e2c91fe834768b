"""How long a password would hold, for the page on which it is chosen. Nothing is refused by it.

Source: users.md U37 (strength by zxcvbn on the server).
"""

from collections.abc import Iterable
from enum import Enum
from importlib import import_module

from watchword.base.secrets import Secret

__all__ = ["Strength", "estimate"]

CHARACTERS_MAX = 72  # zxcvbn's time grows fast with the length, and the answer is clear by then


class Strength(Enum):
    """How many guesses a password withstands: a word, and the sentence for the person."""

    GUESSED_AT_ONCE = ("guessed_at_once", "This would be guessed at once.")
    WEAK = ("weak", "This would be guessed within hours.")
    FAIR = ("fair", "This would withstand guessing at the sign-in page.")
    GOOD = ("good", "This would withstand guessing after most thefts.")
    STRONG = ("strong", "This would withstand guessing even if the database were stolen.")

    @property
    def word(self) -> str:
        """The stable word."""
        return self.value[0]

    @property
    def text(self) -> str:
        """The sentence for the person."""
        return self.value[1]


_BY_SCORE = tuple(Strength)


def estimate(password: Secret, *, context: Iterable[str]) -> Strength:
    """Estimate how long guessing would take. Blocks for some milliseconds.

    Args:
        password: as typed.
        context: words that a guesser knows.
    """
    text = password.reveal()[:CHARACTERS_MAX]
    if not text:
        return Strength.GUESSED_AT_ONCE
    library = import_module("zxcvbn")  # by name: it brings its lists along
    score: int = library.zxcvbn(text, user_inputs=list(context))["score"]
    return _BY_SCORE[score]
