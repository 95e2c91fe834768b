"""Keeps the keys of a running server: does what the rotation plan asks, and follows other nodes.

Every node does the same every two seconds: read the records, do what is due, and let the ring that
comes of it stand. The store lets one node win each step; the others see what it did. An algorithm
has keys for as long as the server signs with it or a client asks for it.

Source: oauth.md K-1 to K-6; ARCHITECTURE section 3 (polling every 2 s); decisions/0157.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.jose.errors import JoseError
from watchword.jose.jwk.key import Key
from watchword.keys.errors import KeyRingError
from watchword.keys.live import LiveRing
from watchword.keys.readers import KeyReaderStore, holding_old
from watchword.keys.record import KeyState, KeyStore, SigningKeyRecord
from watchword.keys.ring import SIGNING_ALGORITHMS, KeyRing, make_record
from watchword.keys.rotation import Activate, Duty, Forget, Make, RotationPolicy, due
from watchword.keys.sealing import SealingKey
from watchword.server.background import Background
from watchword.stores import StoreError

__all__ = ["POLL_SECONDS", "KeyCaretaker"]

POLL_SECONDS = 2

_log = logging.getLogger("watchword.keys")


class CaretakerStore(KeyStore, KeyReaderStore, Protocol):
    """What taking care of keys needs of a store."""

    async def list_id_token_algorithms(self) -> tuple[str, ...]:
        """Return the algorithms that active clients ask for, each once."""
        ...


@dataclass(slots=True, kw_only=True)
class KeyCaretaker:
    """Follows the keys of one store. Carries out `oidc.id_token.SigningKeys`."""

    store: CaretakerStore
    live: LiveRing
    sealing: SealingKey
    policy: RotationPolicy
    alg: str
    clock: Clock
    chance: Chance
    _seen: tuple[SigningKeyRecord, ...] = ()
    _background: Background = field(
        default_factory=lambda: Background("watchword keys"), repr=False
    )

    def start(self) -> None:
        """Begin to take care, in the running event loop."""
        self._background.start(self._follow())

    async def stop(self) -> None:
        """End it; a step under way is finished or undone by the store."""
        await self._background.stop()

    async def turn(self) -> None:
        """Do what is due now, and let the keys stand that the store holds afterwards.

        Raises:
            StoreError: nothing is known of the keys; those that stand go on.
            KeyRingError: what the store holds does not open.
        """
        algorithms = await self._algorithms()
        records = await self._with_first_keys(algorithms)
        now = self.clock.now()
        waits = await self._waits(records, now=now)
        duties = dict.fromkeys(
            duty
            for alg in algorithms
            for duty in due(records, self.policy, alg=alg, now=now, waits=waits and alg == self.alg)
        )
        for duty in duties:
            await self._do(duty)
        if duties:
            records = await self.store.list_signing_keys()
        if records != self._seen:
            self.live.replace(KeyRing.of(records, self.sealing, alg=self.alg))
            self._seen = records

    async def _waits(self, records: Sequence[SigningKeyRecord], *, now: int) -> bool:
        """Whether a verifier is known that does not hold the announced key (oauth.md K-4)."""
        pending = (one.activates_at for one in records if one.state is KeyState.PENDING)
        if not any(moment is not None and moment <= now for moment in pending):
            return False  # nobody is waited for before the key's time
        readers = await self.store.list_key_readers(now=now)
        return bool(holding_old(records, readers, alg=self.alg))

    async def signing_key(self, alg: str | None) -> Key:
        """Return the key that signs with this algorithm; None means the server's own.

        A client that asks for an algorithm before the next turn has its first key made at once.

        Raises:
            KeyError: no client asks for it.
            StoreError: there is no such key yet, and nothing is known of the store's.
        """
        if alg is None:
            return self.live.signing_key
        if self.live.signing_key_of(alg) is None:
            await self.turn()
        return self.live.ring.signing_keys[alg]

    async def _algorithms(self) -> tuple[str, ...]:
        asked = await self.store.list_id_token_algorithms()
        known = (alg for alg in asked if alg in SIGNING_ALGORITHMS)
        return tuple(dict.fromkeys((self.alg, *known)))

    async def _with_first_keys(self, algorithms: Sequence[str]) -> tuple[SigningKeyRecord, ...]:
        """Return the records; an algorithm without an active key gets its first one."""
        records = await self.store.list_signing_keys()
        active = {one.alg for one in records if one.state is KeyState.ACTIVE}
        missing = [alg for alg in algorithms if alg not in active]
        for alg in missing:
            await self.store.add_first_signing_key(await self._make(alg, activates_at=None))
        return await self.store.list_signing_keys() if missing else records

    async def _make(self, alg: str, *, activates_at: int | None) -> SigningKeyRecord:
        return await asyncio.to_thread(  # RSA takes its time
            make_record,
            self.sealing,
            alg=alg,
            now=self.clock.now(),
            chance=self.chance,
            activates_at=activates_at,
        )

    async def _do(self, duty: Duty) -> None:
        now = self.clock.now()
        match duty:
            case Make(alg, activates_at):
                made = await self._make(alg, activates_at=activates_at)
                if await self.store.add_pending_signing_key(made):
                    _log.info("signing key %s announced; it signs from %d", made.kid, activates_at)
            case Activate(kid, deletes_at):
                if await self.store.activate_signing_key(
                    kid, now=now, retired_deletes_at=deletes_at
                ):
                    _log.info("signing key %s signs from now on", kid)
            case Forget(kid):
                if await self.store.delete_signing_key(kid, now=now):
                    _log.info("signing key %s deleted: all it signed has expired", kid)

    async def _follow(self) -> None:
        while True:
            try:
                await self.turn()
            except (StoreError, KeyRingError, JoseError) as error:
                _log.warning("the keys could not be read, those that stand go on: %s", error)
            await asyncio.sleep(POLL_SECONDS)
