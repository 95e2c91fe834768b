"""The ways in which a Verifier gets what it has not: who may fetch, who waits, who does neither.

Each way finds keys, and asks the denylist. It knows what is at hand as well, so that a token is
checked whole before it may cause a fetch.

Source: tokens.md J-43, J-44 and J-49; decisions 0082 and 0103.
"""

from collections.abc import Callable
from typing import Generic, Protocol, runtime_checkable

from watchword.base.records import dataclass
from watchword.jose.errors import KeysUnavailable, UnknownKey
from watchword.jose.jwk.keyset import FetchedSource, Find, KeySet, KeySource, VerificationKey
from watchword.jose.jws.header import Header
from watchword.jose.jwt.verified import C, Verified

__all__ = ["Denies", "FetchedDenylist", "Lookup", "Lookups", "lookups"]

Denies = Callable[[Verified[C]], bool]
"""Whether a token that is otherwise good has been taken back."""


@runtime_checkable
class FetchedDenylist(Protocol):
    """A denylist that may have to be fetched, so that calling it may wait."""

    def __call__(self, verified: Verified[C]) -> bool:
        """Return whether a token has been taken back."""
        ...

    def ask_at_hand(self, verified: Verified[C]) -> bool:
        """Do as the call does, and fetch nothing.

        Raises:
            KeysUnavailable: the list would have to be fetched first.
        """
        ...

    def ask_or_pending(self, verified: Verified[C]) -> bool:
        """Do as the call does, or start the fetch that it would wait for, and wait for nothing.

        Raises:
            KeysPending: the list has to be fetched first; the fetch is under way.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lookup(Generic[C]):
    """One way: what may fetch, for tokens otherwise good, and what never does."""

    find: Find
    find_at_hand: Find
    """The same as `find` where that fetches nothing."""
    denies: Denies[C] | None
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
class Lookups(Generic[C]):
    """The three ways of one source and one denylist."""

    waiting: Lookup[C]
    pending: Lookup[C]
    """Raises KeysPending instead of waiting."""
    at_hand: Lookup[C]


def lookups(source: KeySource, denylist: Denies[C] | None) -> Lookups[C]:
    """Return the ways to ask a source and a denylist."""
    find = find_or_pending = find_at_hand = source.find
    is_fixed = isinstance(source, KeySet)
    # A protocol is asked name by name, which takes longer than a signature: what is fixed is none.
    if not is_fixed and isinstance(source, FetchedSource):
        find_or_pending, find_at_hand = source.find_or_pending, source.find_at_hand
    denies = denies_or_pending = denies_at_hand = denylist
    if denylist is not None and isinstance(denylist, FetchedDenylist):
        denies_or_pending, denies_at_hand = denylist.ask_or_pending, denylist.ask_at_hand
    ways = (find, denies), (find_or_pending, denies_or_pending), (find_at_hand, denies_at_hand)
    return Lookups(*(Lookup(find, find_at_hand, denies, is_fixed) for find, denies in ways))
