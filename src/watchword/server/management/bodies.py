"""What the management API takes and gives, as its OpenAPI document shows it.

A member that is not named here is refused.

Source: ARCHITECTURE section 6; security.md rule 87; users.md U59.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from watchword.accounts.administration.audit import (
    REASON_CHARACTERS_MAX,
    AuditEntry,
    Entry,
)
from watchword.accounts.administration.roles import (
    MEANING_CHARACTERS_MAX,
    ROLE_CHARACTERS_MAX,
    Assignment,
    Role,
    Suspension,
)
from watchword.accounts.administration.shares import (
    ENDS_AT_MAX,
    TEXT_CHARACTERS_MAX,
    Share,
    StoredShare,
)
from watchword.accounts.sessions import ListedSession
from watchword.accounts.users import NAME_CHARACTERS_MAX, User

__all__ = [
    "EntriesOut",
    "EntryOut",
    "GivenOut",
    "MeaningIn",
    "NewUserIn",
    "ReasonIn",
    "RoleName",
    "RoleOut",
    "RolesOut",
    "SessionOut",
    "SessionsOut",
    "ShareIn",
    "ShareOut",
    "SharesOut",
    "SuspensionOut",
    "UserOut",
    "UsersOut",
    "WholeUserOut",
]

RoleName = Annotated[str, Field(pattern=rf"^[a-z0-9_-]{{1,{ROLE_CHARACTERS_MAX}}}$")]
Reason = Annotated[
    str,
    Field(min_length=1, max_length=REASON_CHARACTERS_MAX, description="Why, for the audit log."),
]
Word = Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS_MAX, pattern=r"^[^\x00]+$")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ReasonIn(_In):
    """Why a change is made."""

    reason: Reason


class NewUserIn(ReasonIn):
    """A user to be added. They set a password by a link of `watchword user link` or by mail."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    roles: Annotated[list[RoleName], Field(max_length=32)] = []


class MeaningIn(ReasonIn):
    """What a role is for."""

    meaning: Annotated[str, Field(max_length=MEANING_CHARACTERS_MAX)] = ""


class ShareIn(ReasonIn):
    """What is shared, how, with whom and until when."""

    resource_type: Word
    resource_id: Word
    relation: Word
    holder_kind: Literal["subject", "role"]
    holder: Word
    expires_at: Annotated[int, Field(ge=0, le=ENDS_AT_MAX)] | None = None

    def share(self) -> Share:
        """Return the words of it."""
        return Share(
            self.resource_type, self.resource_id, self.relation, self.holder_kind, self.holder
        )


class UserOut(BaseModel):
    """A user. No password, token or code is ever part of it."""

    id: str
    name: str
    status: str
    roles: list[str] = Field(description="Given, and what these inherit.")
    version: int
    created_at: int

    @classmethod
    def of(cls, user: User) -> "UserOut":
        """Return what is told of a user."""
        return cls.model_validate(_of_user(user))


class GivenOut(BaseModel):
    """A role that was given."""

    role: str
    given_at: int | None
    given_by: str | None
    reason: str | None


class SuspensionOut(BaseModel):
    """Since when, by whom and why."""

    suspended_at: int
    suspended_by: str
    reason: str


class WholeUserOut(UserOut):
    """A user with what was decided about them."""

    given: list[GivenOut]
    suspension: SuspensionOut | None

    @classmethod
    def whole(
        cls, user: User, given: tuple[Assignment, ...], suspension: Suspension | None
    ) -> "WholeUserOut":
        """Return all that is told of a user."""
        found = _of_user(user) | {
            "given": [
                GivenOut(
                    role=one.role, given_at=one.given_at, given_by=one.given_by, reason=one.reason
                )
                for one in given
            ],
            "suspension": None
            if suspension is None
            else SuspensionOut(
                suspended_at=suspension.suspended_at,
                suspended_by=suspension.suspended_by,
                reason=suspension.reason,
            ),
        }
        return cls.model_validate(found)


class UsersOut(BaseModel):
    """A page of users; `next` is what `after` has to be for the next one, and null at the end."""

    users: list[UserOut]
    next: str | None


class RoleOut(BaseModel):
    """A role."""

    name: str
    meaning: str
    inherits: list[str]
    users: int

    @classmethod
    def of(cls, role: Role) -> "RoleOut":
        """Return what is told of a role."""
        return cls(
            name=role.name, meaning=role.meaning, inherits=sorted(role.inherits), users=role.users
        )


class RolesOut(BaseModel):
    """All roles."""

    roles: list[RoleOut]


class ShareOut(BaseModel):
    """A share."""

    resource_type: str
    resource_id: str
    relation: str
    holder_kind: str
    holder: str
    expires_at: int | None
    created_at: int
    created_by: str
    reason: str

    @classmethod
    def of(cls, stored: StoredShare) -> "ShareOut":
        """Return what is told of a share."""
        share = stored.share
        return cls(
            resource_type=share.resource_type,
            resource_id=share.resource_id,
            relation=share.relation,
            holder_kind=share.holder_kind,
            holder=share.holder,
            expires_at=stored.expires_at,
            created_at=stored.created_at,
            created_by=stored.created_by,
            reason=stored.reason,
        )


class SharesOut(BaseModel):
    """A page of shares; `next` is what `after` has to be for the next one, and null at the end."""

    shares: list[ShareOut]
    next: str | None


class SessionOut(BaseModel):
    """Where a user is signed in."""

    id: str
    applications: list[str]
    created_at: int
    used_at: int
    address: str | None
    device: str | None
    actor: str | None  # the id of the administrator who acts as the user

    @classmethod
    def of(cls, session: ListedSession) -> "SessionOut":
        """Return what is told of a session."""
        return cls(
            id=session.sid,
            applications=list(session.clients),
            created_at=session.created_at,
            used_at=session.used_at,
            address=session.origin.address,
            device=session.origin.device,
            actor=None if session.actor is None else session.actor.user_id,
        )


class SessionsOut(BaseModel):
    """The sessions that were used last, and how many more there are."""

    sessions: list[SessionOut]
    more: int


class EntryOut(BaseModel):
    """An entry of the audit log."""

    position: int
    at: int
    actor: str
    reason: str
    address: str | None
    action: str
    kind: str
    target: str
    detail: dict[str, str]
    chain: str

    @classmethod
    def of(cls, entry: AuditEntry) -> "EntryOut":
        """Return an entry."""
        return cls(
            position=entry.position,
            at=entry.at,
            actor=entry.author.actor,
            reason=entry.author.reason,
            address=entry.author.origin.address,
            action=entry.deed.action.value,
            kind=entry.deed.kind,
            target=entry.deed.target,
            detail=dict(entry.deed.detail),
            chain=entry.chain.hex(),
        )


class UnreadableOut(BaseModel):
    """An entry that this version cannot read: altered, or written by a later version."""

    position: int
    is_unreadable: Literal[True] = True


class EntriesOut(BaseModel):
    """Entries, the newest first; `next` is what `before` has to be, and null at the end."""

    entries: list[EntryOut | UnreadableOut]
    next: int | None

    @classmethod
    def of(cls, page: Sequence[Entry], following: int | None) -> "EntriesOut":
        """Return a page of entries."""
        shown = [
            EntryOut.of(one)
            if isinstance(one, AuditEntry)
            else UnreadableOut(position=one.position)
            for one in page
        ]
        return cls(entries=shown, next=following)


def _of_user(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "name": user.name,
        "status": user.status.value,
        "roles": sorted(user.roles),
        "version": user.version,
        "created_at": user.created_at,
    }
