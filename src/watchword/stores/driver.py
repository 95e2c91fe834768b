"""What a database has to do for the store: run a verb as one transaction, or read one statement."""

from collections.abc import Callable
from typing import Protocol

from watchword.stores.statement import Outcome, Verb

__all__ = ["Driver"]


class Driver(Protocol):
    """One database, shared by the handles of all its tenants and by every event loop and thread."""

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Run the verb as one transaction that is durable when this returns.

        Args:
            verb: makes a fresh generator at each call, since a transaction may have to be repeated.

        Raises:
            StoreBusy: nothing was done, and the same call may succeed a moment later.
            StoreUnavailable: the outcome is unknown or nothing was done.
        """
        ...

    async def read(self, verb: Verb[Outcome]) -> Outcome:
        """Run a verb of one reading statement: one statement sees one moment."""
        ...

    async def read_together(self, verb: Verb[Outcome]) -> Outcome:
        """Run a verb of several reading statements, all of which see one moment."""
        ...

    async def release(self) -> None:
        """Let go of what only the running event loop uses; it is made again when needed."""
        ...

    async def close(self) -> None:
        """Finish what is queued and let go of every connection."""
        ...
