"""Asks a service about stolen passwords, through the fetcher that everything outgoing goes through.

Source: security.md rules 32 and 102.
"""

import asyncio
import logging

from watchword.accounts.passwords.breaches import ANSWER_BYTES_MAX, PREFIX_DIGITS
from watchword.net.document import FETCH_SECONDS_MAX, Fetching
from watchword.net.errors import FetchFailed

__all__ = ["BreachService"]

_log = logging.getLogger("watchword.server")


class BreachService:
    """Implements `accounts.breaches.BreachedPasswords`.

    Args:
        url: of the ranges, to which five digits are added.
        fetcher: gets the answer within five seconds.
    """

    __slots__ = ("_fetcher", "_url")

    def __init__(self, url: str, fetcher: Fetching) -> None:
        self._url = url
        self._fetcher = fetcher

    async def range(self, prefix: str) -> bytes | None:
        """Return the answer for a prefix, or None where there is none; that is logged."""
        if len(prefix) != PREFIX_DIGITS:
            raise ValueError(f"a prefix has {PREFIX_DIGITS} digits")
        url = f"{self._url}{prefix}"
        try:
            async with asyncio.timeout(FETCH_SECONDS_MAX):  # finding the name included
                document = await asyncio.to_thread(
                    self._fetcher.fetch, url, bytes_max=ANSWER_BYTES_MAX
                )
        except (FetchFailed, TimeoutError) as error:
            # Without the prefix: a log that held it would narrow the password down.
            _log.warning("nobody could be asked about stolen passwords: %s", type(error).__name__)
            return None
        return document.body
