"""Secrets: masked text, hashes for the store, and the one comparison.

Source: security.md rule 99 (masked everywhere), RFC 6819 section 5.1.4.1.3 (stored as hashes).
"""

import hashlib
import hmac
from typing import Never

__all__ = ["Secret", "digest", "same"]


class Secret:
    """Text that no repr, format, JSON, pickle or copy shows.

    `reveal()` is the only way out, so every use of a clear secret can be found by its name.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("a Secret holds text; decode bytes first")
        self._text = text

    def reveal(self) -> str:
        """Return the clear text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Secret(...)"

    def __bool__(self) -> Never:
        raise TypeError("a Secret has no truth value; compare with same()")

    def __eq__(self, other: object) -> Never:
        raise TypeError("compare secrets with watchword.base.secrets.same()")

    __hash__ = None  # type: ignore[assignment]  # a secret is no dictionary key

    def __reduce__(self) -> Never:
        raise TypeError("a Secret cannot be pickled or copied")

    def __len__(self) -> int:
        return len(self._text)


def same(left: Secret | str | bytes, right: Secret | str | bytes) -> bool:
    """Compare two secrets whole, in constant time for equal lengths."""
    return hmac.compare_digest(_encoded(left), _encoded(right))


def digest(secret: Secret | str) -> bytes:
    """Return the SHA-256 of the whole secret: what a store may keep."""
    return hashlib.sha256(_encoded(secret)).digest()


def _encoded(value: Secret | str | bytes) -> bytes:
    if isinstance(value, Secret):
        value = value.reveal()
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
