"""A driver whose writes undo an act of the audit log, while it is the last word about its matter.

What undoes it is a verb like any other. The log is read after that verb, in its transaction: by
then the verb holds whatever it changes, and the row that the log goes on from.

Source: users.md U40; ARCHITECTURE section 3 (a verb is one transaction and says who won).
"""

from collections.abc import Callable
from enum import Enum

from watchword.accounts.administration.audit import AUDIT_ENTRIES_MAX, AuditEntry
from watchword.accounts.administration.roles import InheritOutcome
from watchword.accounts.administration.shares import ShareOutcome
from watchword.accounts.administration.undoing import ChangedSince, is_last_word
from watchword.accounts.users import StatusOutcome
from watchword.oauth.registration.administration import ClientChange
from watchword.stores.around import Around
from watchword.stores.driver import Driver
from watchword.stores.statement import Outcome, Verb
from watchword.stores.verbs.administration.audit import list_audit

__all__ = ["DONE", "Undoing"]

# What the verbs that undo answer when they have changed something.
DONE: frozenset[Enum] = frozenset(
    {
        ClientChange.CHANGED,
        InheritOutcome.CHANGED,
        ShareOutcome.CHANGED,
        StatusOutcome.CHANGED,
    }
)


class Undoing(Around):
    """A Driver around another one.

    Args:
        driver: does the work.
        tenant: whose log it is.
        entry: the act that is undone.
    """

    __slots__ = ("_entry", "_tenant")

    def __init__(self, driver: Driver, tenant: str, entry: AuditEntry) -> None:
        super().__init__(driver)
        self._tenant = tenant
        self._entry = entry

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Run the verb, and take it back unless the act was the last word until then.

        Raises:
            ChangedSince: it was not; nothing is changed.
        """
        return await self._driver.write(lambda: self._undone(verb()))

    def _undone(self, verb: Verb[Outcome]) -> Verb[Outcome]:
        outcome = yield from verb
        if isinstance(outcome, Enum) and outcome in DONE:
            history = yield from list_audit(
                self._tenant, target=self._entry.deed.target, before=None, limit=AUDIT_ENTRIES_MAX
            )
            if not is_last_word(self._entry, history[1:]):  # the first is what the verb wrote
                raise ChangedSince
        return outcome
