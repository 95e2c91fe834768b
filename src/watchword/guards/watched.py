"""The issuer's keys as a follower of its feed watches them: which are held, and which are to come.

The issuer signs with an announced key once those who follow it hold that key.

Source: oauth.md K-4.
"""

import contextlib
from typing import Protocol

from watchword.jose.errors import JoseError, UnknownKey
from watchword.jose.jwk.keyset import KeySet, VerificationKey

__all__ = ["WatchedKeys", "held_of"]


class WatchedKeys(Protocol):
    """Keys that are fetched from the issuer: a `RemoteKeySet`."""

    @property
    def algorithms(self) -> frozenset[str]:
        """The algorithms that the keys may have."""
        ...

    @property
    def held(self) -> KeySet | None:
        """The keys of the latest document."""
        ...

    def find_or_pending(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the key, or start the fetch that may bring it."""
        ...


def held_of(keys: WatchedKeys, announced: tuple[str, ...]) -> tuple[str, ...]:
    """Return which announced keys are held, and start to fetch where one is not."""
    held = tuple(kid for kid in announced if _has(keys, kid))
    if len(held) < len(announced) or (not announced and keys.held is None):
        alg = min(keys.algorithms)  # whichever: the whole set comes
        missing = next((kid for kid in announced if kid not in held), None)
        with contextlib.suppress(JoseError):  # under way, or not to be had: the next turn sees
            keys.find_or_pending(alg, missing)
    return held


def _has(keys: WatchedKeys, kid: str) -> bool:
    held = keys.held
    if held is None:
        return False
    for alg in held.algorithms:
        with contextlib.suppress(UnknownKey):
            if held.find(alg, kid).kid == kid:
                return True
    return False
