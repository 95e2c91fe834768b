"""Roles as data: what each is for, what it inherits, and who was given it when, by whom and why.

What a role may do is the application's policy, which is code. That one role includes another may
stand in either place; here it is data, and every reader of a user finds the inherited roles beside
the given ones.

Source: access.md P8, S8 and F2; ANSI INCITS 359 (hierarchical RBAC).
"""

import re
from enum import Enum
from typing import Protocol

from watchword.accounts.administration.audit import PROGRAM, Author
from watchword.base.records import dataclass

__all__ = [
    "MEANING_CHARACTERS_MAX",
    "ROLES_MAX",
    "ROLE_CHARACTERS_MAX",
    "Assignment",
    "InheritOutcome",
    "Role",
    "RoleAdministration",
    "RoleOutcome",
    "Suspension",
    "is_role_name",
]

ROLE_CHARACTERS_MAX = 64
MEANING_CHARACTERS_MAX = 200
ROLES_MAX = 256  # of a tenant; the closure is written anew at each change of inheritance
_NAME = re.compile(rf"[a-z0-9_-]{{1,{ROLE_CHARACTERS_MAX}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Role:
    """A role, as it stood in one transaction."""

    name: str
    meaning: str  # for people; empty where nobody wrote one down
    inherits: frozenset[str]  # directly
    users: int  # who were given it; whoever holds it by inheritance is not counted


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role that a user was given. Of early ones neither time nor giver is known."""

    user_id: str
    role: str
    given_at: int | None
    given_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when a user may not act, by whose decision and why."""

    user_id: str
    suspended_at: int
    suspended_by: str
    reason: str


class RoleOutcome(Enum):
    """What became of the addition or removal of a role."""

    DONE = "done"
    UNCHANGED = "unchanged"
    IN_USE = "in_use"  # somebody holds it, or a role inherits from it or to it
    TOO_MANY = "too_many"


class InheritOutcome(Enum):
    """What became of a change of inheritance."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN_ROLE = "unknown_role"
    CYCLE = "cycle"  # the role would inherit itself
    LAST_ADMINISTRATOR = "last_administrator"


class RoleAdministration(Protocol):
    """What the administration of roles needs of a store. Each method is one transaction."""

    async def list_role_records(self) -> tuple[Role, ...]:
        """Return every role that is written down or held, by name."""
        ...

    async def add_role(
        self, name: str, meaning: str, *, by: Author = PROGRAM, now: int
    ) -> RoleOutcome:
        """Write a role down, or change what it says it is for."""
        ...

    async def forget_role(self, name: str, *, by: Author = PROGRAM, now: int) -> RoleOutcome:
        """Strike a role out that nobody holds and no other role inherits."""
        ...

    async def add_inheritance(
        self, role: str, inherits: str, *, by: Author = PROGRAM, now: int
    ) -> InheritOutcome:
        """Have `role` include `inherits`, unless that closes a circle; grow versions."""
        ...

    async def remove_inheritance(
        self, role: str, inherits: str, *, by: Author = PROGRAM, now: int
    ) -> InheritOutcome:
        """End an inheritance, grow versions, and revoke the families of whoever loses a role."""
        ...

    async def list_assignments(self, user_id: str) -> tuple[Assignment, ...]:
        """Return the roles that a user was given, by name."""
        ...

    async def find_suspension(self, user_id: str) -> Suspension | None:
        """Return the suspension of a user who is suspended."""
        ...


def is_role_name(text: str) -> bool:
    """Whether a policy, a claim and a shell read this word alike."""
    return _NAME.fullmatch(text) is not None
