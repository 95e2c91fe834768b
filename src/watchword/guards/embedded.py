"""A guard in the process of its issuer: the ring's keys and the store's facts, without a network.

A guard is built before the server beside it starts, so both are asked for when they are needed.

Source: access.md section 10 (mode `database`); ARCHITECTURE section 3.
"""

from collections.abc import Callable

from watchword.guards.authenticator import SubjectReader
from watchword.guards.errors import SubjectsUnavailable
from watchword.jose.errors import KeysUnavailable
from watchword.jose.jwk.keyset import KeySource, VerificationKey
from watchword.oauth.families import TokenState
from watchword.stores.errors import RETRY_AFTER_SECONDS, StoreError

__all__ = ["RingKeys", "StoreSubjects"]


class RingKeys:
    """The public keys of a ring that is opened later. A KeySource.

    Args:
        ring: returns the keys of the running server; raises RuntimeError, which says what to do,
            while there is none.
        alg: what the server signs with.
    """

    __slots__ = ("_ring", "algorithms")

    def __init__(self, ring: Callable[[], KeySource], *, alg: str) -> None:
        self._ring = ring
        self.algorithms = frozenset({alg})

    def find(self, alg: str, kid: str | None) -> VerificationKey:
        """Return the one key for a header.

        Raises:
            UnknownKey: the ring has no such key.
            KeysUnavailable: the server beside the guard does not run.
        """
        try:
            ring = self._ring()
        except RuntimeError as error:
            raise KeysUnavailable(str(error)) from None
        return ring.find(alg, kid)


class StoreSubjects:
    """The subjects of a store that is opened later. A SubjectReader.

    Args:
        store: returns the store of the running server; raises RuntimeError, which says what to
            do, while there is none.
    """

    __slots__ = ("_store",)

    def __init__(self, store: Callable[[], SubjectReader]) -> None:
        self._store = store

    async def read_token_state(
        self, *, user_id: str, sid: str, family_id: str, generation_id: str, now: int
    ) -> TokenState:
        """Read user, session, family and pair as they stand. Raises SubjectsUnavailable."""
        try:
            store = self._store()
        except RuntimeError as error:
            raise SubjectsUnavailable(retry_after=RETRY_AFTER_SECONDS, detail=str(error)) from None
        try:
            return await store.read_token_state(
                user_id=user_id,
                sid=sid,
                family_id=family_id,
                generation_id=generation_id,
                now=now,
            )
        except StoreError as error:
            raise SubjectsUnavailable(retry_after=RETRY_AFTER_SECONDS, detail=str(error)) from None
