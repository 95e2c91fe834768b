"""The audit log: who changed what, when, from where and why. Entries are added and never changed.

Each entry carries the hash of itself and of the entry before it, so that one that was altered or
taken out is seen by whoever walks the chain (`chain.py`).

Source: security.md rule 100; OWASP ASVS 5.0 V16.2.1, 16.3, 16.4.1.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Protocol, TypeAlias

from watchword.accounts.origin import NOWHERE, Origin
from watchword.base.records import dataclass

__all__ = [
    "AUDIT_ENTRIES_MAX",
    "BEGINNING",
    "PROGRAM",
    "REASON_CHARACTERS_MAX",
    "AuditAction",
    "AuditEntry",
    "AuditStore",
    "Author",
    "Deed",
    "Entry",
    "Unreadable",
    "chained",
    "covered",
    "linked",
]

AUDIT_ENTRIES_MAX = 100  # of one answer; what came before is asked for by the last position
REASON_CHARACTERS_MAX = 500  # a sentence or two, and the number of a ticket
BEGINNING = bytes(32)  # what the first entry is chained to


class AuditAction(Enum):
    """What was done. The value is the stable word of the `action` column."""

    ACTING_BEGUN = "acting_begun"
    ACTING_ENDED = "acting_ended"
    CLIENT_ADDED = "client_added"
    CLIENT_CHANGED = "client_changed"
    CLIENT_REMOVED = "client_removed"
    CLIENT_SECRET_REPLACED = "client_secret_replaced"  # noqa: S105  # a word for an act
    CLIENT_SWITCHED_OFF = "client_switched_off"
    CLIENT_SWITCHED_ON = "client_switched_on"
    EPOCH_BEGUN = "epoch_begun"
    FACTORS_RESET = "factors_reset"
    INVITATION_MADE = "invitation_made"
    KEY_ANNOUNCED = "key_announced"
    KEY_REPLACED = "key_replaced"
    LINK_MADE = "link_made"
    ROLE_ADDED = "role_added"
    ROLE_GIVEN = "role_given"
    ROLE_INHERITS = "role_inherits"
    ROLE_INHERITS_NO_MORE = "role_inherits_no_more"
    ROLE_REMOVED = "role_removed"
    ROLE_TAKEN = "role_taken"
    SESSIONS_ENDED = "sessions_ended"
    SESSION_ENDED = "session_ended"
    SHARE_ADDED = "share_added"
    SHARE_REMOVED = "share_removed"
    USERS_IMPORTED = "users_imported"
    USER_ADDED = "user_added"
    USER_DELETED = "user_deleted"
    USER_RESUMED = "user_resumed"
    USER_SUSPENDED = "user_suspended"


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change of administration, and why.

    Args:
        actor: a user id, or a word for what is no user, such as "command".
        reason: in the author's words; at most 500 characters.
        origin: where the request came from.
    """

    actor: str
    reason: str = ""
    origin: Origin = NOWHERE

    def __post_init__(self) -> None:
        if not self.actor:
            raise ValueError("an author has a name")
        if len(self.reason) > REASON_CHARACTERS_MAX:
            raise ValueError(f"a reason has at most {REASON_CHARACTERS_MAX} characters")


PROGRAM = Author("program")  # whoever holds the store and names nobody


@dataclass(frozen=True, slots=True)
class Deed:
    """What an author did, to what.

    Args:
        action: what was done.
        kind: of the target: user, role, share, session, client.
        target: its id or name.
        detail: further facts in words; no secrets, and nothing that tells of a person.
    """

    action: AuditAction
    kind: str
    target: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change as it was written."""

    position: int  # 1, 2, 3, ... within the tenant
    at: int
    author: Author
    deed: Deed
    chain: bytes  # SHA-256 over this entry and the chain of the one before


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that this version cannot read: altered, or written by a later version.

    Attributes:
        covered: what its chain covers, as text; None where no version writes such a row.
        chain: as of an entry.
    """

    position: int
    covered: str | None = field(default=None, compare=False, repr=False)
    chain: bytes = field(default=b"", compare=False, repr=False)


Entry: TypeAlias = AuditEntry | Unreadable


class AuditStore(Protocol):
    """What the readers of the log need of a store. Each method is one transaction."""

    async def list_audit(
        self, *, target: str | None = None, before: int | None = None, limit: int = 100
    ) -> tuple[Entry, ...]:
        """Return entries, the newest first; of one target, or from before a position on."""
        ...

    async def record_deed(self, deed: Deed, *, by: Author, now: int) -> int:
        """Write an entry about a change that was made outside the store; return its position."""
        ...


def chained(before: bytes, *, position: int, at: int, author: Author, deed: Deed) -> bytes:
    """Return the hash that binds an entry to all entries before it."""
    return linked(before, covered(
        position, at, author.actor, author.reason, author.origin.address, author.origin.device,
        deed.action.value, deed.kind, deed.target, dict(deed.detail),
    ))  # fmt: skip


def covered(*words: object) -> str:
    """Return what a chain covers of an entry: its words in their order, `detail` the last."""
    return json.dumps(words, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def linked(before: bytes, text: str) -> bytes:
    """Return the hash that binds what an entry says to the chain before it."""
    return hashlib.sha256(before + text.encode("ascii")).digest()
