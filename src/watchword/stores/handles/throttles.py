"""Attempts that are counted, and devices that are known: `accounts.throttle.ThrottleStore`."""

from collections.abc import Sequence
from functools import partial

from watchword.accounts.events import Event
from watchword.accounts.throttle import Bucket, Delayed
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.logins import devices, throttles

__all__ = ["ThrottleVerbs"]


class ThrottleVerbs(Handle):
    """Carries out `ThrottleStore`."""

    __slots__ = ()

    async def take_attempt(self, buckets: Sequence[Bucket], *, now: int) -> Delayed | None:
        """Take a place in every bucket, or in none and say how long to wait."""
        return await self._driver.write(
            partial(throttles.take_attempt, self._tenant, buckets, now=now)
        )

    async def take_turn(self, buckets: Sequence[Bucket], *, now: int) -> Delayed | None:
        """Count what nobody gets back, such as a mail, in every bucket; or in none."""
        return await self._driver.write(
            partial(throttles.take_turn, self._tenant, buckets, now=now)
        )

    async def return_attempt(self, buckets: Sequence[Bucket]) -> int:
        """Give the place back that succeeded; return the failures in the last bucket."""
        return await self._driver.write(partial(throttles.return_attempt, self._tenant, buckets))

    async def count_failure(self, buckets: Sequence[Bucket], event: Event) -> None:
        """Turn the place into a failure, and write the event."""
        await self._driver.write(partial(throttles.count_failure, self._tenant, buckets, event))

    async def forget_failures(self, buckets: Sequence[Bucket]) -> None:
        """Empty the buckets, since a login is complete."""
        await self._driver.write(partial(throttles.forget_failures, self._tenant, buckets))

    async def is_known_device(self, user_id: str, secret_hash: bytes, *, now: int) -> bool:
        """Read whether this browser or program has completed a login of this user."""
        return await self._driver.read(
            devices.is_known_device(self._tenant, user_id, secret_hash, now=now)
        )
