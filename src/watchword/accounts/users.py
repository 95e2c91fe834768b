"""Users: a random id that is never reused, a canonical name, roles, a status.

Source: users.md U46; RFC 9700 section 4.15 (a user's `sub` can never equal a client's).
"""

import unicodedata
from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.administration.audit import PROGRAM, Author
from watchword.base.records import dataclass

__all__ = [
    "NAME_CHARACTERS_MAX",
    "USERS_MAX",
    "USER_ID_PREFIX",
    "AddOutcome",
    "NewUser",
    "RoleHolder",
    "StatusOutcome",
    "User",
    "UserStatus",
    "UserStore",
    "canonical_name",
]

USERS_MAX = 50  # of one page; further ones are asked for
NAME_CHARACTERS_MAX = 128  # longer than any e-mail local part and domain in practice
TYPED_CHARACTERS_MAX = 4 * NAME_CHARACTERS_MAX  # normalisation joins letters and their marks
USER_ID_PREFIX = "user"  # refused as the start of a client_id, so the two never meet in `sub`


class UserStatus(Enum):
    """Whether the account may act."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class User:
    """A person's account, as it stood in one transaction."""

    id: str  # "user_" and 22 characters; the `sub` of its tokens
    name: str  # canonical
    status: UserStatus
    roles: frozenset[str]  # given, and what these inherit
    version: int  # grows with every change of roles or status (access.md F2)
    created_at: int

    @property
    def is_active(self) -> bool:
        """Whether the account may act."""
        return self.status is UserStatus.ACTIVE

    @property
    def is_superuser(self) -> bool:
        """Whether the account holds the role `admin`."""
        return "admin" in self.roles


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be added. `password_hash` is None until a one-time link is redeemed."""

    id: str
    name: str  # canonical
    password_hash: str | None = field(repr=False)  # PHC string
    roles: frozenset[str]
    created_at: int


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Somebody who holds a role."""

    user: User
    is_given: bool  # false where it is only included in another role of theirs


class AddOutcome(Enum):
    """What became of an addition."""

    ADDED = "added"
    NAME_TAKEN = "name_taken"


class StatusOutcome(Enum):
    """What became of a change of status or roles."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN_USER = "unknown_user"
    LAST_ADMINISTRATOR = "last_administrator"  # nobody could run the server any more


class UserStore(Protocol):
    """What the administration of users needs of a store. Each method is one transaction."""

    async def add_user(self, user: NewUser, *, by: Author | None = None) -> AddOutcome:
        """Insert the user, or say that the canonical name is taken."""
        ...

    async def find_user(self, name: str) -> User | None:
        """Return the user with this canonical name."""
        ...

    async def read_user(self, user_id: str) -> User | None:
        """Return the user with this id."""
        ...

    async def page_users(
        self, part: str = "", *, after: str = "", limit: int = USERS_MAX
    ) -> tuple[User, ...]:
        """Return users whose name holds `part`, in the database's order, from after a name on."""
        ...

    async def page_holders(
        self, role: str, *, after: str = "", limit: int = USERS_MAX
    ) -> tuple[RoleHolder, ...]:
        """Return who holds a role, given or inherited, in the database's order of names."""
        ...

    async def list_users(self) -> tuple[User, ...]:
        """Return all users, by name."""
        ...

    async def suspend_user(self, user_id: str, *, by: Author = PROGRAM, now: int) -> StatusOutcome:
        """Suspend, end every session and family of the user, grow the version: all or nothing.

        The last administrator who may act stays; of several at the same time, one does.
        """
        ...

    async def restore_user(self, user_id: str, *, by: Author = PROGRAM, now: int) -> StatusOutcome:
        """Make the account active again. Ended sessions stay ended."""
        ...

    async def assign_role(
        self, user_id: str, role: str, *, by: Author = PROGRAM, now: int
    ) -> StatusOutcome:
        """Give the role and grow the version."""
        ...

    async def list_roles(self) -> tuple[tuple[str, int], ...]:
        """Return every role that somebody holds, by name, and by how many it is held."""
        ...

    async def remove_role(
        self, user_id: str, role: str, *, by: Author = PROGRAM, now: int
    ) -> StatusOutcome:
        """Take the role away, grow the version and revoke the user's families.

        The last administrator who may act stays one; of several at the same time, one does.
        """
        ...


def canonical_name(text: str) -> str:
    """Return the one spelling under which a name is stored, found and throttled.

    Args:
        text: as typed; 1 to 128 characters after normalisation.

    Raises:
        ValueError: empty, too long, or holds a control or white-space character.

    Source: users.md U46 (NFKC, case-folded).
    """
    if len(text) > TYPED_CHARACTERS_MAX:
        raise ValueError(f"a user name has 1 to {NAME_CHARACTERS_MAX} characters")
    # Case folding can leave the normal form, so normalisation stands on both sides of it.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not folded or len(folded) > NAME_CHARACTERS_MAX:
        raise ValueError(f"a user name has 1 to {NAME_CHARACTERS_MAX} characters")
    if any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"} for c in folded):
        raise ValueError("a user name holds no space, control or invisible character")
    return folded
