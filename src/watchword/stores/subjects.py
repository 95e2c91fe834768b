"""Accounts as the subjects of an application's policy: what a decision point asks a store for.

Source: access.md section 5 (S6, S8) and section 11 (Z16).
"""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from watchword.access.shares import SHARES_MAX, Share
from watchword.accounts.users import User

__all__ = ["Inherited", "SharedUser", "SubjectStore"]

Inherited: TypeAlias = Mapping[str, frozenset[str]]
"""Role -> all that it inherits by the rules of an application, beside what the store knows."""

SharedUser: TypeAlias = tuple[User, tuple[Share, ...]]
"""A user, and all live shares that name it or one of its roles."""


class SubjectStore(Protocol):
    """What reads accounts with all that a policy may ask about them."""

    async def read_subject(
        self, user_id: str, inherited: Inherited, *, now: int, shares_max: int = SHARES_MAX
    ) -> SharedUser | None:
        """Return the user with this id and the shares, as they stand at one moment.

        Args:
            user_id: the `sub` of its tokens.
            inherited: what roles bring beside those of the store.
            now: seconds since the epoch.
            shares_max: where there are more, more than these are returned, which building the
                subject refuses.
        """
        ...

    async def page_subjects(
        self,
        inherited: Inherited,
        *,
        after: str,
        limit: int,
        now: int,
        shares_max: int = SHARES_MAX,
    ) -> tuple[SharedUser, ...]:
        """Return users as above, in the database's order of ids, from after one on."""
        ...
