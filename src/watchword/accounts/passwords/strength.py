"""How long an accepted password withstands guessing, as zxcvbn estimates it.

Nobody is refused by an estimate: the rules refuse what is guessed first (`passwords.py`). It tells
a person, once the password is set, whether a few more words are worth it.

Source: users.md U37 (strength by zxcvbn on the server); NIST SP 800-63B-4 section 3.1.1.2 (guidance
for the person who chooses).
"""

from collections.abc import Iterable
from enum import Enum
from importlib import import_module

from watchword.base.secrets import Secret

__all__ = ["Strength", "estimate"]

# Who holds a hash makes some 10,000 guesses a second a machine at Argon2id: 317 machine-years.
GUESSES_MIN = 1e14
CHARACTERS_READ = 64  # the work grows with the square; what follows only adds strength


class Strength(Enum):
    """What the estimate amounts to."""

    FAIR = "fair"  # somebody who holds the hash and has machines may find it
    STRONG = "strong"


def estimate(password: Secret, *, context: Iterable[str]) -> Strength:
    """Estimate a password; it takes some milliseconds of a thread.

    Args:
        password: as typed.
        context: words that a guesser knows: the user name, the name of the service.
    """
    # By name, because a process that only compares passwords must not carry the lists.
    zxcvbn = import_module("zxcvbn").zxcvbn
    found = zxcvbn(password.reveal()[:CHARACTERS_READ], user_inputs=list(context))
    return Strength.STRONG if found["guesses"] >= GUESSES_MIN else Strength.FAIR
