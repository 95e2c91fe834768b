"""A driver that says when something was written to the feed.

Readers of the feed who wait on this node are woken by the commit itself; those on other nodes find
the event when they look.

Source: oauth.md F-1.
"""

from collections.abc import Callable

from watchword.stores.around import Around
from watchword.stores.driver import Driver
from watchword.stores.statement import Outcome, Verb
from watchword.stores.verbs.revocations import ANNOUNCES

__all__ = ["Announcing"]


class Announcing(Around):
    """A Driver around another one.

    Args:
        driver: does the work.
        announce: called after each commit that wrote to the feed, in the loop that asked for it.
    """

    __slots__ = ("_announce",)

    def __init__(self, driver: Driver, announce: Callable[[], None]) -> None:
        super().__init__(driver)
        self._announce = announce

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Run the verb as the other driver does, and announce what it wrote to the feed."""
        told: list[None] = []
        outcome = await self._driver.write(lambda: _listening(verb(), told))
        if told:
            self._announce()
        return outcome


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
