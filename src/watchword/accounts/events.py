"""What happened to an account: one row an event, written in the transaction that it tells of.

A person reads them on the activity page, an operator in the log of the server. They hold no secret
and no address of a mail; what happened outlives the account, so nothing refers to its row.

Source: security.md rules 43 and 45; users.md U58; OWASP ASVS 5.0 V16.3.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from watchword.accounts.origin import NOWHERE, Origin
from watchword.base.records import dataclass

__all__ = [
    "EVENTS_MAX",
    "EVENT_RETENTION_SECONDS",
    "SENTENCES",
    "Event",
    "EventKind",
    "EventOutcome",
    "EventStore",
    "RecordedEvent",
]

EVENT_RETENTION_SECONDS = 400 * 86_400  # a year and a month: "what happened last spring?"
EVENTS_MAX = 100  # of one answer; what came before is asked for by the last id


class EventKind(Enum):
    """What happened. The value is the stable word of the `kind` column."""

    ACCOUNT_CREATED = "account_created"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_EXPORTED = "account_exported"
    ACCOUNT_RESTORED = "account_restored"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACTING_BEGUN = "acting_begun"
    ACTING_ENDED = "acting_ended"
    APP_REMOVED = "app_removed"
    DEVICE_CODE_FAILED = "device_code_failed"
    DEVICE_SEEN = "device_seen"
    EMAIL_ADDED = "email_added"
    EMAIL_CHANGED = "email_changed"
    EMAIL_REMOVED = "email_removed"
    EMAIL_VERIFIED = "email_verified"
    FACTORS_RESET = "factors_reset"
    FAMILY_OPENED = "family_opened"
    FAMILY_REVOKED = "family_revoked"
    NAME_CHANGED = "name_changed"
    OTHER_SESSIONS_ENDED = "other_sessions_ended"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_CLONED = "passkey_cloned"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_RENAMED = "passkey_renamed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # a kind of event, not a password
    PASSWORD_RESET_ASKED = "password_reset_asked"  # noqa: S105  # as above
    PASSWORD_SET_BY_LINK = "password_set_by_link"  # noqa: S105  # as above
    PROFILE_CHANGED = "profile_changed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    REFRESH_RETRIED = "refresh_retried"
    REFRESH_REUSED = "refresh_reused"
    REFRESHED = "refreshed"
    ROLE_ASSIGNED = "role_assigned"
    ROLE_REMOVED = "role_removed"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    STEPPED_UP = "stepped_up"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    TOTP_RENAMED = "totp_renamed"


# The sentence of the activity page. Its reader is the owner of the account.
SENTENCES: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.ACCOUNT_CREATED: "The account was created",
        EventKind.ACCOUNT_DELETED: "The account was deleted",
        EventKind.ACCOUNT_EXPORTED: "Your data was exported",
        EventKind.ACCOUNT_RESTORED: "The account was made active again",
        EventKind.ACCOUNT_SUSPENDED: "The account was suspended",
        EventKind.ACTING_BEGUN: "An administrator began to act as you",
        EventKind.ACTING_ENDED: "An administrator stopped acting as you",
        EventKind.APP_REMOVED: "An application was disconnected",
        EventKind.DEVICE_CODE_FAILED: "A code of a device was typed that is not valid",
        EventKind.DEVICE_SEEN: "Signed in on a device that was not seen before",
        EventKind.EMAIL_ADDED: "An e-mail address was added",
        EventKind.EMAIL_CHANGED: "The e-mail address was changed",
        EventKind.EMAIL_REMOVED: "An e-mail address was removed",
        EventKind.EMAIL_VERIFIED: "An e-mail address was verified",
        EventKind.FACTORS_RESET: "All second factors were removed by the operator",
        EventKind.FAMILY_OPENED: "An application was given access",
        EventKind.FAMILY_REVOKED: "An application lost its access",
        EventKind.NAME_CHANGED: "The user name was changed",
        EventKind.OTHER_SESSIONS_ENDED: "All other sessions were ended",
        EventKind.PASSKEY_ADDED: "A passkey was added",
        EventKind.PASSKEY_CLONED: "A passkey counted backwards: two devices may hold a copy of it",
        EventKind.PASSKEY_REMOVED: "A passkey was removed",
        EventKind.PASSKEY_RENAMED: "A passkey was renamed",
        EventKind.PASSWORD_CHANGED: "The password was changed",
        EventKind.PASSWORD_RESET_ASKED: "A link to set the password was asked for",
        EventKind.PASSWORD_SET_BY_LINK: "The password was set through a link",
        EventKind.PROFILE_CHANGED: "The profile was changed",
        EventKind.RECOVERY_CODES_MADE: "Recovery codes were made",
        EventKind.RECOVERY_CODE_USED: "A recovery code was used",
        EventKind.REFRESH_RETRIED: "An application asked for its tokens a second time",
        EventKind.REFRESH_REUSED: "A used token came back, so its application was signed out",
        EventKind.REFRESHED: "An application renewed its access",
        EventKind.ROLE_ASSIGNED: "A role was given to the account",
        EventKind.ROLE_REMOVED: "A role was taken from the account",
        EventKind.SECOND_FACTOR_FAILED: "A wrong code was entered after the password",
        EventKind.SESSION_ENDED: "A session was ended",
        EventKind.SESSIONS_ENDED: "All sessions were ended",
        EventKind.SIGNED_IN: "Signed in",
        EventKind.SIGNED_OUT: "Signed out",
        EventKind.SIGN_IN_FAILED: "A sign-in was refused: the password was wrong",
        EventKind.STEPPED_UP: "Confirmed that it is you",
        EventKind.TOTP_ADDED: "An authenticator app was added",
        EventKind.TOTP_REMOVED: "An authenticator app was removed",
        EventKind.TOTP_RENAMED: "An authenticator app was renamed",
    }
)


class EventOutcome(Enum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, about to be written. Everything that is not known is left out.

    Args:
        kind: what happened.
        at: seconds since the epoch.
        outcome: how it ended.
        user_id: whose account it is about.
        origin: where the request came from.
        actor: who did it, where it was not the user: a user, a client, a command.
        client_id: the application concerned.
        sid: the session concerned.
        family_id: the family of tokens concerned.
        detail: further facts in words; no secrets.
    """

    kind: EventKind
    at: int
    outcome: EventOutcome = EventOutcome.DONE
    user_id: str | None = None
    origin: Origin = NOWHERE
    actor: str | None = None
    client_id: str | None = None
    sid: str | None = None
    family_id: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as it was written. Its id is for reference and says nothing."""

    id: str
    event: Event


class EventStore(Protocol):
    """What the pages and the log need of a store. Each method is one transaction."""

    async def record_event(self, event: Event) -> str:
        """Write an event that belongs to no other change, and return its id."""
        ...

    async def list_events(
        self, user_id: str, *, before: RecordedEvent | None = None, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return the events of a user, the newest first, from the one before `before` on."""
        ...

    async def page_events(
        self, *, before: RecordedEvent | None = None, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return the events of everybody, the newest first, from the one before `before` on."""
        ...

    async def page_sign_ins(
        self, *, before: RecordedEvent | None = None, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return those of them that are sign-ins, granted or refused."""
        ...

    async def list_family_events(
        self, user_id: str, family_id: str, *, limit: int = EVENTS_MAX
    ) -> tuple[RecordedEvent, ...]:
        """Return the newest events of a family of this user, in the order they happened."""
        ...
