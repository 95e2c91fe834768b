"""From the header of a request to a person who may still act. Knows no framework.

Two modes: `token` believes the claims until they expire; `database` asks the store behind the
issuer at every request, so that a suspension, a changed role or a replaced token holds at once. A
guard that follows the revocation feed knows of ended logins in either, and asks nobody.

Source: RFC 6750 section 2.1; RFC 9068 section 4; access.md section 10; security.md section 3.1;
ARCHITECTURE section 6 (suspension, ended sessions).
"""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import parse_qsl

from watchword.access import InvalidSubject, Policy, Subject
from watchword.base.clock import SYSTEM, Clock
from watchword.guards.errors import AccountSuspended, SessionEnded, TokenOutsideHeader
from watchword.guards.feed import Follower
from watchword.guards.user import Authenticated
from watchword.jose.errors import ClaimInvalid, TokenRevoked
from watchword.jose.jwk.keyset import KeySource
from watchword.net.jwks import RemoteKeySet
from watchword.oauth.access_token import AccessClaims, access_verifier
from watchword.oauth.bearer import bearer_token
from watchword.oauth.families import TokenState

__all__ = ["ALGORITHMS", "Authenticator", "SubjectReader", "subject_of"]

# One algorithm for each type and curve, so that a published key without `alg` is not ambiguous.
ALGORITHMS = ("RS256", "ES256", "ES384", "ES512", "Ed25519")
QUERY_FIELDS_MAX = 1_000  # beyond this a query is no query


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


class Authenticator:
    """Verifies the tokens of one issuer for one audience.

    Args:
        issuer: the exact issuer identifier.
        audience: what `aud` must name.
        keys: where the keys are; None fetches them from the issuer's metadata.
        subjects: makes this mode `database`; None is mode `token`.
        revocations: follows the issuer's feed of what has ended.
        clock: the time; a test moves it.
    """

    __slots__ = ("_clock", "_revocations", "_subjects", "_verifier", "audience", "issuer")

    def __init__(
        self,
        issuer: str,
        *,
        audience: str,
        keys: KeySource | None = None,
        subjects: SubjectReader | None = None,
        revocations: Follower | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        if keys is None:
            keys = RemoteKeySet.from_issuer(issuer, algorithms=ALGORITHMS, clock=clock)
        if revocations is not None and isinstance(keys, RemoteKeySet):
            revocations.watch(keys)
        self.issuer = issuer
        self.audience = audience
        self._subjects = subjects
        self._revocations = revocations
        self._clock = clock
        self._verifier = access_verifier(keys, issuer=issuer, audience=audience, clock=clock)

    async def authenticate(
        self, authorization: Sequence[str], *, query: bytes = b""
    ) -> Authenticated:
        """Prove who sends a request.

        Args:
            authorization: the values of all `Authorization` fields, each as sent.
            query: the raw query, which may hold no token.

        Raises:
            BearerError: no token, more than one, or one outside of the header.
            TokenError: the token is refused.
            SessionEnded, AccountSuspended: it is good, and what stood behind it is not.
            KeysUnavailable, SubjectsUnavailable, FeedUnavailable: it cannot be told at present.
        """
        if query and _holds_token(query):
            raise TokenOutsideHeader
        verified = await self._verifier.averify(bearer_token(authorization))
        if self._subjects is None:
            found = self._as_claimed(verified.claims)
        elif verified.claims.is_of_client:
            found = await self._of_client(verified.claims, self._subjects)
        else:
            found = await self._as_stored(verified.claims, self._subjects)
        if self._revocations is not None:
            if not self._revocations.is_begun:
                await self._revocations.arrival()
            self._revocations.check(verified.claims, verified.header.kid)
        return found

    def _as_claimed(self, claims: AccessClaims) -> Authenticated:
        age = max(0, self._clock.now() - claims.iat)
        return Authenticated(claims, frozenset(claims.roles), claims.ver, "token", age)

    async def _of_client(self, claims: AccessClaims, subjects: SubjectReader) -> Authenticated:
        """Prove a client that acts for itself: no person, and so no roles."""
        is_live = await subjects.is_client_token_live(
            client_id=claims.client_id,
            token_id=claims.jti,
            issued_at=claims.iat,
            now=self._clock.now(),
        )
        if not is_live:
            raise TokenRevoked("the client or its token was revoked")
        return Authenticated(claims, frozenset(), claims.ver, "database", 0)

    async def _as_stored(self, claims: AccessClaims, subjects: SubjectReader) -> Authenticated:
        state = await subjects.read_token_state(
            user_id=claims.sub,
            sid=claims.sid,
            family_id=claims.fam,
            generation_id=claims.generation_id,
            now=self._clock.now(),
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


def subject_of(found: Authenticated, policy: Policy | None) -> Subject:
    """Return the subject of decisions; its roles are closed over the policy's inheritance.

    Raises:
        ClaimInvalid: the token holds a value that no subject may have.
    """
    claims = found.claims
    build = Subject if policy is None else policy.subject
    try:
        return build(
            claims.sub,
            roles=found.roles,
            scopes=claims.scopes,
            source=found.source,
            age=found.age,
            version=found.version,
        )
    except InvalidSubject as error:
        raise ClaimInvalid("a claim does not fit a subject", detail=error.detail) from None


def _holds_token(query: bytes) -> bool:
    try:
        fields = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX
        )
    except ValueError:
        return False  # the application meets the same query and refuses it itself
    return any(name == "access_token" for name, _ in fields)
