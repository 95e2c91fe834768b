"""The limits of a password, and the reasons for which one is refused.

Source: NIST SP 800-63B-4 section 3.1.1.2; security.md rules 30 to 32.
"""

from enum import Enum

__all__ = ["PASSWORD_BYTES_MAX", "PASSWORD_CHARACTERS_MIN", "PasswordReason"]

PASSWORD_CHARACTERS_MIN = 15  # security.md rule 30: the password is the only factor
PASSWORD_BYTES_MAX = 1024


class PasswordReason(Enum):
    """A broken rule: its stable code, and the sentence for the person."""

    TOO_SHORT = (
        "password_too_short",
        f"Use at least {PASSWORD_CHARACTERS_MIN} characters. Several words are easy to remember.",
    )
    TOO_LONG = ("password_too_long", f"Use at most {PASSWORD_BYTES_MAX} bytes.")
    GUESSED = (
        "password_known",
        "This is among the first that a program guesses: repetitions, rows of keys, common words.",
    )
    CONTEXT = (
        "password_known",
        "This is little more than your user name or the name of this service.",
    )

    @property
    def code(self) -> str:
        """The stable code, which has a page of its own."""
        return self.value[0]

    @property
    def text(self) -> str:
        """The sentence for the person."""
        return self.value[1]
