"""Keeps the keys of a running server: does what the rotation plan asks, and follows other nodes.

Every node does the same every two seconds: read the records, do what is due, and let the ring that
comes of it stand. The store lets one node win each step; the others see what it did.

Source: oauth.md K-1 to K-6; ARCHITECTURE section 3 (polling every 2 s).
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.jose.errors import JoseError
from watchword.keys.errors import KeyRingError
from watchword.keys.live import LiveRing
from watchword.keys.record import KeyStore, SigningKeyRecord
from watchword.keys.ring import KeyRing, make_record
from watchword.keys.rotation import Activate, Duty, Forget, Make, RotationPolicy, due
from watchword.keys.sealing import SealingKey
from watchword.stores import StoreError

__all__ = ["POLL_SECONDS", "KeyCaretaker"]

POLL_SECONDS = 2

_log = logging.getLogger("watchword.keys")


@dataclass(slots=True, kw_only=True)
class KeyCaretaker:
    """Follows the keys of one store."""

    store: KeyStore
    live: LiveRing
    sealing: SealingKey
    policy: RotationPolicy
    alg: str
    clock: Clock
    chance: Chance
    _seen: tuple[SigningKeyRecord, ...] = ()
    _task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Begin to take care, in the running event loop."""
        self._task = asyncio.create_task(self._follow(), name="watchword keys")

    async def stop(self) -> None:
        """End it; a step under way is finished or undone by the store."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def turn(self) -> None:
        """Do what is due now, and let the keys stand that the store holds afterwards.

        Raises:
            StoreError: nothing is known of the keys; those that stand go on.
            KeyRingError: what the store holds does not open.
        """
        records = await self.store.list_signing_keys()
        duties = due(records, self.policy, alg=self.alg, now=self.clock.now())
        for duty in duties:
            await self._do(duty)
        if duties:
            records = await self.store.list_signing_keys()
        if records != self._seen:
            self.live.replace(KeyRing.of(records, self.sealing, alg=self.alg))
            self._seen = records

    async def _do(self, duty: Duty) -> None:
        now = self.clock.now()
        match duty:
            case Make(alg, activates_at):
                made = await asyncio.to_thread(  # RSA takes its time
                    make_record,
                    self.sealing,
                    alg=alg,
                    now=now,
                    chance=self.chance,
                    activates_at=activates_at,
                )
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
