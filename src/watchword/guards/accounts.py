"""How accounts stand that have changed lately, as the revocation feed says.

An account that is not named here has not changed for as long as an access token lives, so whatever
a token says of it holds.

Source: access.md F2, F3; oauth.md F-1; decisions/0276.
"""

from collections.abc import Iterable

from watchword.guards.ended import UNTIL_SECONDS_MAX
from watchword.oauth.feed import AccountChange, Revocation

__all__ = ["Accounts"]


class Accounts:
    """The latest change of each account. One thread adds, any thread asks."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, tuple[AccountChange, int]] = {}  # and until when it matters

    def __len__(self) -> int:
        return len(self._known)

    def add(self, events: Iterable[Revocation], *, now: int) -> None:
        """Keep what changed; what is older than what is known changes nothing."""
        for event in events:
            change = AccountChange.from_text(event.value)
            known = self._known.get(change.user_id)
            if known is None or known[0].version <= change.version:
                until = min(event.until, now + UNTIL_SECONDS_MAX)
                self._known[change.user_id] = change, until

    def sweep(self, *, now: int) -> None:
        """Forget what no living token is older than."""
        for user_id in [user_id for user_id, (_, until) in self._known.items() if until <= now]:
            del self._known[user_id]

    def clear(self) -> None:
        """Forget everything: versions are counted anew."""
        self._known = {}

    def find(self, user_id: str) -> AccountChange | None:
        """Return the latest change of an account; None where it has not changed lately."""
        known = self._known.get(user_id)
        return None if known is None else known[0]
