"""Chance: the one source of unpredictable bytes.

A `Chance` is an argument wherever a secret or an id is made, so that a test can mark every secret.
"""

import os
import re
from base64 import urlsafe_b64encode
from typing import Protocol

from watchword.base.secrets import Secret

__all__ = ["SYSTEM", "Chance", "SystemChance", "is_id", "is_secret", "new_id", "new_secret"]

SECRET_BYTES = 32  # 256 bits: security.md 38 asks for 128, oauth.md S-2 for 256
ID_BYTES = 16  # 128 bits: unguessable, and never reused by accident

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)  # what follows the prefix


class Chance(Protocol):
    """Where a caller gets unpredictable bytes."""

    def token_bytes(self, count: int) -> bytes:
        """Return `count` bytes from a cryptographically secure source."""
        ...


class SystemChance:
    """The operating system's random source."""

    __slots__ = ()

    def token_bytes(self, count: int) -> bytes:
        """Return `count` bytes from a cryptographically secure source."""
        return os.urandom(count)


SYSTEM = SystemChance()


def new_secret(chance: Chance) -> Secret:
    """Make a secret of 256 bits as 43 characters of base64url."""
    return Secret(_text(chance.token_bytes(SECRET_BYTES)))


def is_secret(text: str) -> bool:
    """Whether a text has the form of what `new_secret` makes."""
    return _SECRET.fullmatch(text) is not None


def new_id(chance: Chance, prefix: str) -> str:
    """Make a public identifier of 128 bits: `prefix`, an underscore, 22 characters."""
    return f"{prefix}_{_text(chance.token_bytes(ID_BYTES))}"


def is_id(text: str, prefix: str) -> bool:
    """Whether a text has the form of what `new_id` makes with this prefix."""
    start = f"{prefix}_"
    return text.startswith(start) and _ID.fullmatch(text, len(start)) is not None


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
