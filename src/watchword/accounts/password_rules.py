"""The limits of a password, and the reasons for which one is refused.

Source: NIST SP 800-63B-4 section 3.1.1.2; security.md rules 30 to 32.
"""

from enum import Enum

__all__ = ["PASSWORD_BYTES_MAX", "PASSWORD_CHARACTERS_MIN", "PasswordReason", "PasswordRules"]

PASSWORD_CHARACTERS_MIN = 15  # security.md rule 30: the password is the only factor
WITH_SECOND_FACTOR_MIN = 8
PASSWORD_BYTES_MAX = 1024


class PasswordRules(Enum):
    """What a password has to hold out against: the value is the fewest characters it may have."""

    ALONE = PASSWORD_CHARACTERS_MIN
    WITH_SECOND_FACTOR = WITH_SECOND_FACTOR_MIN  # for accounts that cannot sign in without one

    @property
    def characters_min(self) -> int:
        """The fewest characters."""
        return self.value

    @property
    def remainder_min(self) -> int:
        """The fewest characters that are left when everything that is guessed first is gone."""
        return (self.value + 1) // 2

    @property
    def too_short(self) -> "PasswordReason":
        """The reason for which a shorter one is refused."""
        if self is PasswordRules.ALONE:
            return PasswordReason.TOO_SHORT
        return PasswordReason.TOO_SHORT_WITH_FACTOR


class PasswordReason(Enum):
    """A broken rule: its stable code, and the sentence for the person."""

    TOO_SHORT = (
        "password_too_short",
        f"Use at least {PASSWORD_CHARACTERS_MIN} characters. Several words are easy to remember.",
    )
    TOO_SHORT_WITH_FACTOR = (
        "password_too_short",
        f"Use at least {WITH_SECOND_FACTOR_MIN} characters. Several words are easy to remember.",
    )
    TOO_LONG = ("password_too_long", f"Use at most {PASSWORD_BYTES_MAX} bytes.")
    COMMON = (
        "password_known",
        "This is one of the passwords that most people choose, so programs try it first.",
    )
    GUESSED = (
        "password_known",
        "This is among the first that a program guesses: repetitions, rows of keys, common words.",
    )
    CONTEXT = (
        "password_known",
        "This is little more than your user name or the name of this service.",
    )
    BREACHED = (
        "password_known",
        "This password was found in data stolen from other services, so programs try it.",
    )

    @property
    def code(self) -> str:
        """The stable code, which has a page of its own."""
        return self.value[0]

    @property
    def text(self) -> str:
        """The sentence for the person."""
        return self.value[1]
