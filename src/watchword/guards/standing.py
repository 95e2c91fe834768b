"""How fresh the facts about a subject are: what stands behind good claims at this moment.

Four modes, named in every decision. `token` believes the claims until they expire; `database` asks
the store behind the issuer; `version` compares the version that the token carries with one that is
pushed or polled; `introspect` asks the issuer. Whoever is unknown, and whatever does not answer,
denies: the roles of the token never stand in for those of the store.

Source: access.md section 10 (F2 to F5); ARCHITECTURE section 6 (suspension, ended sessions);
security.md rules 89 and 90; OWASP ASVS 5.0 V8.3.2.
"""

from typing import Protocol

from watchword.access import Freshness
from watchword.base.records import dataclass
from watchword.guards.errors import AccountSuspended, RolesChanged, SessionEnded
from watchword.guards.user import Authenticated
from watchword.jose.errors import TokenRevoked
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.families import TokenState

__all__ = ["Standing", "SubjectReader", "Versions", "as_claimed", "as_stored", "as_versioned"]


class SubjectReader(Protocol):
    """Where mode `database` reads what stands behind a token.

    Raises SubjectsUnavailable where it cannot; the token's claims never stand in for it.
    """

    async def read_token_state(
        self, *, user_id: str, sid: str, family_id: str, generation_id: str, now: int
    ) -> TokenState:
        """Read user, session, family and pair as they stand."""
        ...

    async def is_client_token_live(
        self, *, client_id: str, token_id: str, issued_at: int, now: int
    ) -> bool:
        """Whether a client's own token holds: it is active, and neither was revoked since."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What mode `version` knows of one subject."""

    version: int  # of its authorization; grows with every change of roles or status
    is_suspended: bool = False
    age: int = 0  # seconds since this was heard


class Versions(Protocol):
    """Where mode `version` finds the authorization versions of subjects: pushed or polled."""

    def find(self, subject_id: str) -> Standing | None:
        """Return what is known of a subject; None where it is unknown, which denies.

        Raises:
            SubjectsUnavailable: nothing was heard for longer than versions may be old.
        """
        ...


def as_claimed(claims: AccessClaims, source: Freshness, *, age: int) -> Authenticated:
    """Believe the claims."""
    return Authenticated(claims, claims.role_names, claims.ver, source, max(0, age))


async def as_stored(claims: AccessClaims, subjects: SubjectReader, *, now: int) -> Authenticated:
    """Prove what the store behind the issuer says at this moment.

    Raises:
        SessionEnded, AccountSuspended, TokenRevoked: what stood behind the token does no more.
        SubjectsUnavailable: the store does not answer.
    """
    if claims.is_of_client:
        return await _client_as_stored(claims, subjects, now=now)
    state = await subjects.read_token_state(
        user_id=claims.sub,
        sid=claims.sid,
        family_id=claims.fam,
        generation_id=claims.generation_id,
        now=now,
    )
    if state.user is None:
        raise SessionEnded(detail="the account does not exist")
    # A suspended person is told so, although suspending has also ended the session.
    if not state.user.is_active:
        raise AccountSuspended(detail="*.suspended: subject.suspended=True")
    if not state.is_live:
        raise SessionEnded(detail="the session or family has ended")
    if state.is_replaced:
        raise TokenRevoked("a repeated refresh has replaced the token")
    return Authenticated(claims, state.user.roles, state.user.version, "database", 0)


def as_versioned(claims: AccessClaims, versions: Versions, *, age: int) -> Authenticated:
    """Believe the roles of a token that is as new as the account's last change.

    Raises:
        SessionEnded: the subject is unknown.
        AccountSuspended: it may do nothing.
        RolesChanged: the token is older than the roles that hold.
        SubjectsUnavailable: nobody can say.
    """
    if claims.is_of_client:
        return as_claimed(claims, "token", age=age)  # clients have no version, and no roles
    standing = versions.find(claims.sub)
    if standing is None:
        raise SessionEnded(detail="the subject is unknown to the versions")
    if standing.is_suspended:
        raise AccountSuspended(detail="*.suspended: subject.suspended=True")
    if claims.ver < standing.version:
        raise RolesChanged(detail=f"the token has version {claims.ver}, not {standing.version}")
    return Authenticated(claims, claims.role_names, claims.ver, "version", standing.age)


async def _client_as_stored(
    claims: AccessClaims, subjects: SubjectReader, *, now: int
) -> Authenticated:
    """Prove a client that acts for itself: no person, and so no roles."""
    is_live = await subjects.is_client_token_live(
        client_id=claims.client_id, token_id=claims.jti, issued_at=claims.iat, now=now
    )
    if not is_live:
        raise TokenRevoked("the client or its token was revoked")
    return Authenticated(claims, frozenset(), claims.ver, "database", 0)
