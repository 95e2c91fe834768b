"""Password hashing in a few threads behind a short queue.

Argon2id takes 20 ms of one core and releases the interpreter meanwhile. On the event loop, forty
logins would hold up everybody else for two seconds; in more threads than cores they would slow one
another. So there are as many threads as usable cores, and what does not fit in the queue is refused
at once instead of waiting for a minute.

Source: security.md D6, rule 34, section 3.3; oauth.md L-11.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from watchword.accounts.passwords.hashing import (
    NO_PEPPER,
    Argon2Parameters,
    Match,
    hash_password,
    verify_password,
)
from watchword.accounts.passwords.stored_hash import Peppers
from watchword.base.chance import Chance
from watchword.base.secrets import Secret
from watchword.oauth.errors import Busy

__all__ = ["HashPool"]

Answer = TypeVar("Answer")

RETRY_SECONDS = 2  # about what a full queue takes to drain


class HashPool:
    """Does the work of `accounts.hashing` in threads; implements its `Hasher`.

    Args:
        threads: how many hashes run at once.
        queue_max: how many more may wait.
        chance: where salts come from.
        peppers: what goes into hashes beside the password, by name.
    """

    __slots__ = ("_capacity", "_chance", "_executor", "_peppers", "_under_way")

    def __init__(
        self, *, threads: int, queue_max: int, chance: Chance, peppers: Peppers = NO_PEPPER
    ) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="watchword-hash")
        self._capacity = threads + queue_max
        self._chance = chance
        self._peppers = peppers
        self._under_way = 0

    async def hash(self, password: Secret, parameters: Argon2Parameters) -> str:
        """Return the stored form of a password with a fresh salt."""
        return await self._run(
            partial(hash_password, password, parameters, chance=self._chance, peppers=self._peppers)
        )

    async def verify(self, password: Secret, password_hash: str) -> Match:
        """Compare a password with a stored hash."""
        return await self._run(partial(verify_password, password, password_hash, self._peppers))

    @property
    def under_way(self) -> int:
        """How many passwords are being hashed or wait for it."""
        return self._under_way

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        """Run `work` in a thread. A caller who goes away takes waiting work out of the queue.

        Raises:
            Busy: the queue is full.
        """
        if self._under_way >= self._capacity:
            raise Busy("too many logins at this moment", retry_after=RETRY_SECONDS)
        self._under_way += 1
        try:
            return await asyncio.wrap_future(self._executor.submit(work))
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Drop what waits and let what runs finish."""
        self._executor.shutdown(wait=True, cancel_futures=True)
