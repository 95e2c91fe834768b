"""Shares: that a user, or whoever holds a role, stands in a relation to one resource.

"bo may edit note 7" is a row, never a rule. The policy says what a relation allows.

Source: access.md sections 1.5 and P8.
"""

from enum import Enum
from typing import Protocol

from watchword.accounts.administration.audit import PROGRAM, Author
from watchword.base.records import dataclass

__all__ = [
    "ENDS_AT_MAX",
    "SHARES_MAX",
    "Holder",
    "Share",
    "ShareAdministration",
    "ShareOutcome",
    "StoredShare",
]

ENDS_AT_MAX = 253_402_300_799  # the last second of the year 9999, with which calendars end
SHARES_MAX = 100  # of one answer of the administration; further ones are asked for
TEXT_CHARACTERS_MAX = 256  # of a type, an id, a relation


class Holder(Enum):
    """Whom a share is for."""

    SUBJECT = "subject"
    ROLE = "role"


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """What is shared, how, and with whom. Two shares of the same words are one."""

    resource_type: str
    resource_id: str
    relation: str
    holder_kind: str  # of `Holder`
    holder: str  # a user id, or a role

    def __post_init__(self) -> None:
        Holder(self.holder_kind)
        words = (self.resource_type, self.resource_id, self.relation, self.holder)
        for word in words:
            if not 0 < len(word) <= TEXT_CHARACTERS_MAX or "\x00" in word:
                raise ValueError(f"the words of a share have 1 to {TEXT_CHARACTERS_MAX} characters")


@dataclass(frozen=True, slots=True)
class StoredShare:
    """A share as it was written."""

    share: Share
    expires_at: int | None
    created_at: int
    created_by: str
    reason: str


class ShareOutcome(Enum):
    """What became of a change of a share."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN_HOLDER = "unknown_holder"


class ShareAdministration(Protocol):
    """What the administration of shares needs of a store. Each method is one transaction."""

    async def add_share(
        self, share: Share, *, expires_at: int | None, by: Author = PROGRAM, now: int
    ) -> ShareOutcome:
        """Share, or change when a share ends. A subject has to be a user."""
        ...

    async def remove_share(self, share: Share, *, by: Author = PROGRAM, now: int) -> ShareOutcome:
        """End a share, from the next request on."""
        ...

    async def list_shares(
        self,
        resource_type: str | None = None,
        resource_id: str | None = None,
        *,
        holder: str | None = None,
        after: Share | None = None,
        limit: int = SHARES_MAX,
    ) -> tuple[StoredShare, ...]:
        """Return shares in the order of their words, expired ones too, from after one on.

        Raises:
            ValueError: a resource is named without its type.
        """
        ...
