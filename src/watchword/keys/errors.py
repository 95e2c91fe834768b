"""What can go wrong with the server's own keys: always our side's failure, found at the start.

    KeyRingError                 .code .detail .fix
    |- SealingKeyInvalid         the key file does not hold a sealing key
    `- SealBroken                a stored secret does not open with this sealing key

Source: oauth.md K-6; security.md rule 101.
"""

from typing import ClassVar

__all__ = ["KeyRingError", "SealBroken", "SealingKeyInvalid"]


class KeyRingError(Exception):
    """The server's signing keys cannot be used.

    Args:
        detail: what was found, without any part of a key.
    """

    code: ClassVar[str] = "keys_unusable"
    fix: ClassVar[str] = ""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.detail}; {self.fix}" if self.fix else self.detail


class SealingKeyInvalid(KeyRingError):
    """The text is not a sealing key."""

    code = "sealing_key_invalid"
    fix = "restore the key file from the backup that belongs to this database"


class SealBroken(KeyRingError):
    """A secret was sealed with another sealing key, or its row was altered."""

    code = "seal_broken"
    fix = "start with the key file that belongs to this database"
