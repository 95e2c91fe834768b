"""What an administrator saw of a fresh server, and need not see again.

It is about the administrator's own view: the list goes for nobody else, and nothing is changed
that the audit log would tell of.

Source: users.md U41; decisions/0285.
"""

from typing import Protocol

__all__ = ["FirstStepsStore"]


class FirstStepsStore(Protocol):
    """What the list of first steps needs of a store. Each method is one transaction."""

    async def has_dismissed_first_steps(self, user_id: str) -> bool:
        """Tell whether a user sees the list no more; nobody has dismissed it."""
        ...

    async def dismiss_first_steps(self, user_id: str, *, now: int) -> None:
        """Show the list to this user no more. Doing it twice keeps the first moment."""
        ...

    async def recall_first_steps(self, user_id: str) -> None:
        """Show the list to this user again."""
        ...
