"""A driver that says when something was written to the feed.

Readers of the feed who wait on this node are woken by the commit itself; those on other nodes find
the event when they look.

Source: oauth.md F-1.
"""

from collections.abc import Callable

from watchword.stores.driver import Driver
from watchword.stores.statement import Outcome, Verb
from watchword.stores.verbs.revocations import ANNOUNCES

__all__ = ["Announcing"]


class Announcing:
    """A Driver around another one.

    Args:
        driver: does the work.
        announce: called after each commit that wrote to the feed, in the loop that asked for it.
    """

    __slots__ = ("_announce", "_driver")

    def __init__(self, driver: Driver, announce: Callable[[], None]) -> None:
        self._driver = driver
        self._announce = announce

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Run the verb as the other driver does, and announce what it wrote to the feed."""
        told: list[None] = []
        outcome = await self._driver.write(lambda: _listening(verb(), told))
        if told:
            self._announce()
        return outcome

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


def _listening(verb: Verb[Outcome], told: list[None]) -> Verb[Outcome]:
    """Play a verb, and note whether it writes to the feed."""
    try:
        step = next(verb)
        while True:
            if step.statement is ANNOUNCES:
                told.append(None)
            step = verb.send((yield step))
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
