"""Sentences that a page shows after a redirect. The URL names one; it never brings its own text."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["NOTICES"]

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "signed-out": "You are signed out.",
        "passphrase-set": "Your passphrase is set. Sign in with it.",
    }
)
