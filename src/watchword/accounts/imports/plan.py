"""From what an export says to what is added: names, addresses, roles and generators, each checked.

Source: users.md U46 and U110.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.administration.audit import Author
from watchword.accounts.factors.totp import TOTP_PREFIX, TOTPS_MAX
from watchword.accounts.imports.candidate import Candidate, RowRefused
from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress, parse_email
from watchword.accounts.passwords.stored_hash import StoredHash
from watchword.accounts.users import USER_ID_PREFIX, UserStatus, canonical_name
from watchword.base.chance import Chance, new_id
from watchword.base.records import dataclass

__all__ = [
    "ImportOutcome",
    "ImportStore",
    "ImportedTOTP",
    "ImportedUser",
    "Importer",
    "Planned",
    "Planner",
    "SealTOTP",
]

ROLE_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class ImportedTOTP:
    """A code generator that its person uses already."""

    id: str
    sealed_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImportedUser:
    """An account as it is added."""

    id: str
    name: str  # canonical
    status: UserStatus
    password_hash: str | None = field(repr=False)  # in the stored form
    roles: frozenset[str]
    email: EmailAddress | None
    is_verified: bool
    display_name: str | None
    locale: str | None
    created_at: int
    totps: tuple[ImportedTOTP, ...] = ()


class ImportOutcome(Enum):
    """What became of an imported account."""

    ADDED = "added"
    ADDED_UNVERIFIED = "added_unverified"  # another account has verified its address
    NAME_TAKEN = "name_taken"


@dataclass(frozen=True, slots=True)
class Importer:
    """Who imports, from where and why, and which system wrote the export."""

    author: Author
    source: str


class ImportStore(Protocol):
    """What an import needs of a store. Each method is one transaction."""

    async def import_users(
        self, users: tuple[ImportedUser, ...], *, by: Importer | None = None, now: int
    ) -> tuple[ImportOutcome, ...]:
        """Add the users whose names are free, with everything that they have: all or nothing.

        A name that is taken changes nothing, so that the same export may be imported again. Of
        concurrent callers one adds a name. Where somebody imports, the audit log counts what was
        added.
        """
        ...

    async def taken_names(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return which of these canonical names some user has."""
        ...


class SealTOTP(Protocol):
    """Whoever encrypts the keys of code generators."""

    def __call__(self, key: bytes, *, user_id: str, totp_id: str) -> bytes:
        """Return what is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Planned:
    """An account to be added, and what of its export is left out, each by a word."""

    user: ImportedUser
    left_out: tuple[str, ...]
    no_password: str | None  # the reason


@dataclass(frozen=True, slots=True)
class Planner:
    """What the operator decided about an import.

    Args:
        chance: makes ids.
        now: when an account began whose export does not say it.
        roles: by which word of the export each role is given; all other words are left out.
        seal_totp: None leaves code generators out.
        by: who answers for it in the audit log.
    """

    chance: Chance
    now: int
    roles: Mapping[str, str]
    seal_totp: SealTOTP | None
    by: Importer | None = None

    def plan(self, candidate: Candidate) -> Planned:
        """Decide what becomes of a candidate.

        Raises:
            RowRefused: it has no name that an account can have.
        """
        email, left_out = _email(candidate.email)
        name = _name(candidate.name or candidate.email)
        user_id = new_id(self.chance, USER_ID_PREFIX)
        totps = self._totps(candidate.totp_keys, user_id)
        roles = candidate.roles & self.roles.keys()
        user = ImportedUser(
            id=user_id,
            name=name,
            status=UserStatus.SUSPENDED if candidate.is_suspended else UserStatus.ACTIVE,
            password_hash=_hash_text(candidate.password),
            roles=frozenset(self.roles[word] for word in roles),
            email=email,
            is_verified=candidate.is_verified and email is not None,
            display_name=candidate.display_name,
            locale=candidate.locale,
            created_at=self.now if candidate.created_at is None else candidate.created_at,
            totps=totps,
        )
        unsealed = ["code generator"] * (len(candidate.totp_keys) - len(totps))
        other_roles = [f"role {word[:ROLE_CHARACTERS_MAX]}" for word in candidate.roles - roles]
        return Planned(
            user=user,
            left_out=(*candidate.left_out, *left_out, *unsealed, *sorted(other_roles)),
            no_password=candidate.password if isinstance(candidate.password, str) else None,
        )

    def _totps(self, keys: tuple[bytes, ...], user_id: str) -> tuple[ImportedTOTP, ...]:
        if self.seal_totp is None:
            return ()
        made = []
        for key in keys[:TOTPS_MAX]:
            totp_id = new_id(self.chance, TOTP_PREFIX)
            sealed = self.seal_totp(key, user_id=user_id, totp_id=totp_id)
            made.append(ImportedTOTP(totp_id, sealed))
        return tuple(made)


def _name(written: str) -> str:
    if not written:
        raise RowRefused("there is neither a name nor an address")
    try:
        return canonical_name(written)
    except ValueError as refused:
        raise RowRefused(f"the name cannot be used: {refused}") from None


def _email(written: str) -> tuple[EmailAddress | None, tuple[str, ...]]:
    if not written:
        return None, ()
    try:
        return parse_email(written), ()
    except MalformedAddress:
        return None, ("malformed e-mail address",)


def _hash_text(password: StoredHash | str) -> str | None:
    return password.text if isinstance(password, StoredHash) else None
