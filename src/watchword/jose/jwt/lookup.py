"""The ways in which a Verifier looks for keys: who may fetch, who waits, who does neither.

Each way knows what is at hand as well, so that a token is checked whole before it may cause a
fetch.

Source: tokens.md J-43, J-44; decision 0082.
"""

from dataclasses import dataclass

from watchword.jose.errors import KeysUnavailable, UnknownKey
from watchword.jose.jwk.keyset import FetchedSource, Find, KeySet, KeySource, VerificationKey
from watchword.jose.jws.header import Header

__all__ = ["Lookup", "Lookups", "lookups"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """One way to look for keys: what may fetch, for tokens otherwise good, and what never does."""

    find: Find
    find_at_hand: Find
    """The same as `find` where that fetches nothing."""
    is_fixed: bool
    """Whether a key that was found once is the right one for ever."""

    def at_hand(self, header: Header) -> VerificationKey | None:
        """Return the key of a header, if it takes no fetch to find it."""
        try:
            return self.find_at_hand(header.alg, header.kid)
        except (UnknownKey, KeysUnavailable):
            return None

    def holds(self, header: Header, key: VerificationKey) -> bool:
        """Return whether a key that was found before is still the one, as far as is at hand."""
        return self.is_fixed or self.at_hand(header) is key

    def renew(self, header: Header) -> None:
        """Let the source notice that its keys grow old, on the occasion of a good token."""
        if self.find is not self.find_at_hand:
            self.find(header.alg, header.kid)


@dataclass(frozen=True, slots=True)
class Lookups:
    """The three ways of one source."""

    waiting: Lookup
    pending: Lookup
    """Raises KeysPending instead of waiting."""
    at_hand: Lookup


def lookups(source: KeySource) -> Lookups:
    """Return the ways to look for keys in a source; they are one where nothing is ever fetched."""
    find = source.find
    is_fixed = isinstance(source, KeySet)
    # A protocol is asked name by name, which takes longer than a signature: what is fixed is none.
    if is_fixed or not isinstance(source, FetchedSource):
        only = Lookup(find, find, is_fixed=is_fixed)
        return Lookups(only, only, only)
    at_hand = source.find_at_hand
    return Lookups(
        Lookup(find, at_hand, is_fixed=False),
        Lookup(source.find_or_pending, at_hand, is_fixed=False),
        Lookup(at_hand, at_hand, is_fixed=False),
    )
