"""Sentences that a page shows after a redirect. The URL names one; it never brings its own text."""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.server.languages import N_

__all__ = ["NOTICES"]

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "signed-out": N_("You are signed out."),
        "passphrase-set": N_("Your passphrase is set. Sign in with it."),
    }
)
