"""Deleting an account: everything goes at once, and what happened stays without the person.

Source: users.md U39, U43, U46; security.md rule 42; Regulation (EU) 2016/679 article 17.
"""

from enum import Enum
from typing import Protocol

from watchword.accounts.administration.audit import Author
from watchword.accounts.mail.messages import SealedMail
from watchword.accounts.users import canonical_name
from watchword.base.records import dataclass

__all__ = [
    "ADMINISTRATOR",
    "AccountDeletionStore",
    "DeleteAccount",
    "DeletionOutcome",
    "is_name_of",
]

ADMINISTRATOR = "admin"  # the role without which nobody could run the server any more


class DeletionOutcome(Enum):
    """What became of a deletion."""

    DELETED = "deleted"
    LAST_ADMINISTRATOR = "last_administrator"
    UNKNOWN_USER = "unknown_user"


def is_name_of(typed: str, name: str) -> bool:
    """Whether somebody typed the canonical name of the account that is to go."""
    try:
        return canonical_name(typed.strip()) == name
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """The deletion of an account by its person, or by an administrator."""

    user_id: str
    farewell: SealedMail | None  # to the address that is deleted with it
    now: int
    by: Author | None = None  # the administrator; None: the person


class AccountDeletionStore(Protocol):
    """What a deletion needs of a store. Each method is one transaction."""

    async def delete_account(self, command: DeleteAccount) -> DeletionOutcome:
        """Delete the user with every row that hangs on it, and blank the events of it.

        Of administrators that delete themselves at the same time, one stays.
        """
        ...
