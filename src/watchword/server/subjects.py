"""The accounts of the server as the subjects of an application's policy.

A decision is made in a worker thread, and the store is asked in the event loop that started the
thread, which goes on meanwhile. Each account is read once for a request, so that all its answers
are about the same facts; the next request reads anew, and a role that was given counts.

An account is of no tenant of the application: what a store calls its tenant is the server's own
partition, whose name another server has too.

Source: access.md sections 5 (S6, S8, S10) and 11 (Z16, Z22); decisions/0280 and 0297.
"""

from functools import partial

from anyio import from_thread

from watchword.access.authzen.world import People
from watchword.access.policy import Policy
from watchword.access.shares import at_this_moment
from watchword.access.subject import Facts
from watchword.access.values import text
from watchword.stores import Store
from watchword.stores.subjects import SharedUser

__all__ = ["Accounts"]

ACCOUNTS_AT_ONCE = 100  # in one transaction of a search, so that nothing else waits for long


class Accounts:
    """The accounts of a server while one request is answered, in a thread of `run_in_threadpool`.

    Args:
        store: where they are.
        policy: whose roles inherit others, beside what administrators decided.
        now: seconds since the epoch; what is shared until later is shared.
    """

    def __init__(self, store: Store, policy: Policy, *, now: int) -> None:
        self._store = store
        self._inherited = policy.words.shape.roles
        self._now = now
        self._known: dict[str, Facts | None] = {}

    def person(self, id: str, /) -> Facts | None:  # noqa: A002 - the protocol's name
        """Return how an account stands; None for nobody."""
        if id not in self._known:
            self._known[id] = self._read(id)
        return self._known[id]

    def people(self, *, after: str, at_most: int) -> People:
        """Return the next accounts; each page takes the place of the one before."""
        page = from_thread.run(
            partial(
                self._store.page_subjects,
                self._inherited,
                after=after,
                limit=min(at_most, ACCOUNTS_AT_ONCE),
                now=self._now,
            )
        )
        found = [(each[0].id, self._facts(each)) for each in page]
        self._known = dict(found)
        return found

    def _read(self, id_: str) -> Facts | None:
        try:
            asked = text(id_)
        except ValueError:  # no database could carry it
            return None
        found = from_thread.run(
            partial(self._store.read_subject, asked, self._inherited, now=self._now)
        )
        return None if found is None else self._facts(found)

    def _facts(self, found: SharedUser) -> Facts:
        user, shares = found
        return Facts(
            roles=user.roles,
            suspended=not user.is_active,
            version=user.version,
            shares=at_this_moment(shares),
        )
