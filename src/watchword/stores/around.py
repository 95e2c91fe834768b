"""A driver around another one, which changes how verbs are written and hands on all else.

Source: ARCHITECTURE section 3.
"""

from watchword.stores.driver import Driver
from watchword.stores.statement import Outcome, Verb

__all__ = ["Around"]


class Around:
    """All of a Driver but `write`, which each subclass has.

    Args:
        driver: does the work.
    """

    __slots__ = ("_driver",)

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def read(self, verb: Verb[Outcome]) -> Outcome:
        """Run a verb of one reading statement."""
        return await self._driver.read(verb)

    async def read_together(self, verb: Verb[Outcome]) -> Outcome:
        """Run a verb of several reading statements, all of which see one moment."""
        return await self._driver.read_together(verb)

    async def release(self) -> None:
        """Let go of what only the running event loop uses."""
        await self._driver.release()

    async def close(self) -> None:
        """Finish what is queued and let go of every connection."""
        await self._driver.close()
