"""Families: one authorization of one user for one client, and the refresh tokens that hang on it.

A family is the unit of revocation: ending it is one statement and ends every token made from it.
At every moment it has at most one live refresh token.

Source: RFC 9700 section 4.14.2; oauth.md sections 0 (2), 4 and 5; security.md section 3.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.levels import Proof, acr, amr, auth_time
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.sessions import Limits, NewSession
from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.oauth.claims_request import NOTHING_ASKED, ClaimsRequest
from watchword.oauth.clients import TokenFormat

__all__ = [
    "FAMILY_ID_PREFIX",
    "FAMILY_LIMITS",
    "Facts",
    "FamilyStore",
    "NewFamily",
    "NewOpaqueToken",
    "NewRefreshToken",
    "OpenFamily",
    "OpenFamilyInSession",
    "Refusal",
    "Refused",
    "RevokeByRefreshToken",
    "RevokedBecause",
    "RotateRefreshToken",
    "Rotated",
    "Rotation",
    "Sight",
    "TokenState",
]

FAMILY_ID_PREFIX = "fam"
# oauth.md R-4: a month without a refresh ends the login, and a year does however it is used.
FAMILY_LIMITS = Limits(idle_seconds=30 * 86_400, lifetime_seconds=365 * 86_400)


@dataclass(frozen=True, slots=True)
class NewOpaqueToken:
    """An access token to be stored, where the resource asks for opaque ones."""

    token_hash: bytes  # SHA-256 of the whole string
    lifetime_seconds: int
    narrowed_to: frozenset[str] | None = None  # of the family's scopes; None: all


@dataclass(frozen=True, slots=True)
class NewRefreshToken:
    """A pair to be stored: its refresh token. The clear value exists once, in the answer."""

    token_hash: bytes  # SHA-256 of the whole string
    generation_id: str  # the `jti` of the access token of the same pair begins with it
    opaque: NewOpaqueToken | None = None  # what the access token is for a resource that asks so


@dataclass(frozen=True, slots=True)
class NewFamily:
    """A family to be opened."""

    family_id: str
    client_id: str
    resource: str
    scopes: tuple[str, ...]  # in the order asked
    refresh: NewRefreshToken
    idle_seconds: int
    expires_at: int
    claims: ClaimsRequest = NOTHING_ASKED  # what is told beside the scopes' own
    # Further resources, each with its scopes: a refresh may choose one (RFC 8707 section 2.2).
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenFamily:
    """A login by credential: a new session and its first family, in one transaction."""

    user_id: str
    # As it was verified; one changed meanwhile wins. None where no password was asked.
    password_hash: str | None = field(repr=False)
    session: NewSession
    family: NewFamily
    now: int


@dataclass(frozen=True, slots=True)
class OpenFamilyInSession:
    """A family for a user who is signed in already (the browser's session)."""

    sid: str
    family: NewFamily
    origin: Origin
    now: int


@dataclass(frozen=True, slots=True)
class RotateRefreshToken:
    """The presentation of a refresh token, with all that it is bound to."""

    token_hash: bytes
    client_id: str
    resource: str | None  # None: the family's first; otherwise that, or one of its choices
    successor: NewRefreshToken
    origin: Origin
    now: int
    scopes: frozenset[str] | None = None  # None: all; otherwise a subset of those of the resource


@dataclass(frozen=True, slots=True)
class RevokeByRefreshToken:
    """The end of a login by whoever holds its refresh token, live or spent."""

    token_hash: bytes
    client_id: str
    now: int
    origin: Origin = NOWHERE


class RevokedBecause(Enum):
    """Why a family was revoked. The value is the stored word."""

    ACCOUNT_SUSPENDED = "account_suspended"
    CLIENT_ENDED = "client_ended"  # the application was switched off, or took itself away
    CODE_REUSED = "code_reused"
    CLIENT_REVOKED = "client_revoked"  # the application gave its token up (RFC 7009)
    DISCONNECTED = "disconnected"  # its person let the application go
    FACTORS_RESET = "factors_reset"
    PASSWORD_SET = "password_set"  # noqa: S105  # a reason, not a password
    REFRESH_REUSED = "refresh_reused"
    ROLE_REMOVED = "role_removed"
    SESSION_ENDED = "session_ended"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the issuing transaction saw, all of it active and of this epoch."""

    user: User
    client_id: str
    resource: str  # the one of the family's that these tokens are for
    scopes: tuple[str, ...]  # those granted for it
    sid: str
    proofs: tuple[Proof, ...]  # of the session when the family was opened; they never grow
    family_id: str
    generation_id: str
    family_expires_at: int
    claims: ClaimsRequest = NOTHING_ASKED
    id_token_alg: str | None = None  # which the client asks for; None: the server's
    nonce: str | None = None  # of the code that was spent; an ID token after a refresh has none
    token_format: TokenFormat = TokenFormat.JWT  # of the resource
    is_first_party: bool = False  # of the client: its tokens open the account too
    resource_scopes: frozenset[str] = frozenset()  # all that the resource declares
    resource_lost_scopes: bool = False  # it declares none, and did before
    actor: str | None = None  # who acts as the user (RFC 8693 section 4.1); None: the user

    def opens_resource(self, scopes: Iterable[str]) -> bool:
        """Whether an access token of these scopes is one for the resource at all.

        To somebody else's client a resource opens by a scope of its own. One that never declared
        any is all or nothing, and the person was told so (decisions/0159, 0185).
        """
        is_narrowed = self.resource_lost_scopes or bool(self.resource_scopes)
        is_whole = self.is_first_party or not is_narrowed
        return is_whole or not self.resource_scopes.isdisjoint(scopes)

    @property
    def auth_time(self) -> int:
        """When the person last proved anything, before the family was opened."""
        return auth_time(self.proofs)

    @property
    def amr(self) -> tuple[str, ...]:
        """How, in the words of RFC 8176."""
        return amr(self.proofs)

    @property
    def acr(self) -> str:
        """The level that this amounts to."""
        return acr(self.proofs)


class Rotation(Enum):
    """How a presented refresh token was accepted."""

    ROTATED = "rotated"  # it was live
    RETRIED = "retried"  # it was spent, and its current successor pair was wholly unused


@dataclass(frozen=True, slots=True)
class Rotated:
    """An accepted presentation."""

    outcome: Rotation
    facts: Facts


class Refusal(Enum):
    """Why the issuing transaction refused. For the operator; the peer sees one text for all."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    WRONG_CLIENT = "wrong_client"
    WRONG_RESOURCE = "wrong_resource"
    WRONG_KEY = "wrong_key"  # of DPoP, to which a code is bound
    REDIRECT_URI_DIFFERS = "redirect_uri_differs"  # from that of the authorization request
    VERIFIER_MISSING = "verifier_missing"
    VERIFIER_WRONG = "verifier_wrong"  # also: one where the request had no code_challenge
    WRONG_SCOPE = "wrong_scope"  # asks for more than was granted; nothing is spent
    REUSED = "reused"  # the family is revoked by this very transaction
    REVOKED = "revoked"
    SESSION_ENDED = "session_ended"
    USER_INACTIVE = "user_inactive"
    CREDENTIAL_CHANGED = "credential_changed"
    CLIENT_INACTIVE = "client_inactive"
    RESOURCE_INACTIVE = "resource_inactive"
    OLD_EPOCH = "old_epoch"
    PENDING = "pending"  # the person has not decided about the device
    TOO_SOON = "too_soon"  # and the device asks too often
    DENIED = "denied"  # the person said no


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused transaction; nothing changed, except that REUSED revokes the family."""

    reason: Refusal


@dataclass(frozen=True, slots=True)
class TokenState:
    """What stands behind a JWT access token, for guards and endpoints that can read the store.

    `user` is None when the account does not exist; `is_live` is False when the session or the
    family has ended, expired, or is of an older epoch. `is_replaced` is True when the login stands
    without this token: a repeated refresh killed its pair, or its generation is forgotten.
    `is_seen` is True when an endpoint of ours saw the token before: its pair is never killed.
    """

    user: User | None
    is_live: bool
    is_replaced: bool
    is_seen: bool = False


class Sight(Enum):
    """What an endpoint of ours saw when an access token was presented to it."""

    SEEN = "seen"  # its pair is in use from this moment, or was before
    REPLACED = "replaced"  # its pair was killed before anybody saw it, or is forgotten


class FamilyStore(Protocol):
    """What issuing, refreshing and ending need of a store. Each method is one transaction."""

    async def open_family(self, command: OpenFamily) -> Facts | Refused:
        """Open session and family if user, client and resource are active."""
        ...

    async def open_family_in_session(self, command: OpenFamilyInSession) -> Facts | Refused:
        """Open a family on a live session."""
        ...

    async def rotate_refresh_token(self, command: RotateRefreshToken) -> Rotated | Refused:
        """Apply the refresh rule of oauth.md section 5.

        Under concurrency the presentations of one family follow one another, each deciding on what
        the one before it left; at most one refresh token of the family is live after each.
        """
        ...

    async def revoke_by_refresh_token(self, command: RevokeByRefreshToken) -> User | None:
        """End the family and its session; return the user, or None where nothing was found.

        Source: oauth.md L-14; ARCHITECTURE section 6 (`POST /logout`).
        """
        ...

    async def read_token_state(
        self, *, user_id: str, sid: str, family_id: str, generation_id: str, now: int
    ) -> TokenState:
        """Read what stands behind an access token. Writes nothing."""
        ...

    async def mark_access_seen(self, generation_id: str, *, now: int) -> Sight:
        """Record the first sight of an access token at an endpoint of ours (oauth.md section 5).

        Under concurrency with a repeated refresh one of the two wins: the pair is seen, which
        makes the repetition a reuse, or it is killed, and was never seen.
        """
        ...
