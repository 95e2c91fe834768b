"""Who calls, as handlers see it.

Source: RFC 9068 section 2.2; RFC 8693 section 4.1; OpenID Connect Core section 2; security.md 85.
"""

from typing import Protocol

from watchword.access import Freshness, Share
from watchword.base.records import dataclass
from watchword.oauth.access_token import AccessClaims

__all__ = ["Authenticated", "Proved", "User"]

ADMIN_ROLE = "admin"  # as accounts.users.User.is_superuser


@dataclass(frozen=True, slots=True)
class User:
    """The person behind a verified token.

    `id` is what belongings are recorded under: it is never given to anybody else, a name may be.
    It is unique to `issuer`.
    """

    id: str
    name: str  # for people; the id where the issuer tells no name
    issuer: str
    roles: frozenset[str]
    scopes: frozenset[str]  # of the token
    client_id: str  # the program that the person uses
    session_id: str
    expires_at: int  # of the token, seconds since the epoch
    actors: tuple[str, ...] = ()  # who acts for the person, the present one first

    @property
    def is_admin(self) -> bool:
        """Whether the account holds the role `admin`."""
        return ADMIN_ROLE in self.roles


class Proved(Protocol):
    """Who sends a request, and how sure that is, however it was proved."""

    @property
    def user(self) -> User:
        """The person."""
        ...

    @property
    def acr(self) -> str:
        """The level of the login; empty where nobody says."""
        ...

    @property
    def auth_time(self) -> int:
        """When the person last proved anything; 0 where nobody says."""
        ...


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What a guard proved about a request."""

    claims: AccessClaims
    roles: frozenset[str]
    version: int
    source: Freshness  # where roles and version were read
    age: int  # seconds since then
    shares: tuple[Share, ...] | None = None  # live ones of the person and the roles, where read

    @property
    def acr(self) -> str:
        """The level of the login; empty where the issuer says none."""
        return self.claims.acr

    @property
    def auth_time(self) -> int:
        """When the person last proved anything; 0 where the issuer does not say."""
        return self.claims.auth_time

    @property
    def user(self) -> User:
        """The person."""
        claims = self.claims
        return User(
            id=claims.sub,
            name=claims.preferred_username or claims.sub,
            issuer=claims.iss,
            roles=self.roles,
            scopes=claims.scopes,
            client_id=claims.client_id,
            session_id=claims.sid,
            expires_at=claims.exp,
            actors=claims.actors,
        )
