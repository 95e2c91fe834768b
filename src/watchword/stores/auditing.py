"""A driver whose writes are deeds of somebody: each adds its entry to the audit log.

The verbs of users, roles and shares write their own entries. What serves people and administrators
alike, such as the end of a session, is given one here, in the transaction of the change itself.

Source: security.md rule 100.
"""

from collections.abc import Callable
from enum import Enum

from watchword.stores.around import Around
from watchword.stores.driver import Driver
from watchword.stores.statement import Outcome, Verb

__all__ = ["Auditing"]

# Outcomes that say that nothing was changed: of nothing there is no entry.
NOTHING = frozenset(
    {"ALREADY_ENDED", "ID_TAKEN", "LAST_ADMINISTRATOR", "UNCHANGED", "UNKNOWN", "UNKNOWN_USER"}
)


class Auditing(Around):
    """A Driver around another one.

    Args:
        driver: does the work.
        append: makes the verb that writes the entry.
    """

    __slots__ = ("_append",)

    def __init__(self, driver: Driver, append: Callable[[], Verb[int]]) -> None:
        super().__init__(driver)
        self._append = append

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Run the verb and, where it changed something, write the entry: all or nothing."""
        return await self._driver.write(lambda: self._audited(verb()))

    def _audited(self, verb: Verb[Outcome]) -> Verb[Outcome]:
        outcome = yield from verb
        if outcome != 0 and not (isinstance(outcome, Enum) and outcome.name in NOTHING):
            yield from self._append()
        return outcome
