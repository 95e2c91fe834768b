"""From the header of a request to a person who may still act. Knows no framework.

One way for threads and for event loops: what both do stands in functions that do neither. How fresh
the facts are is the mode (`guards.standing`). A guard that follows the revocation feed knows of
ended logins in any of them, and asks nobody.

Source: RFC 6750 section 2.1; RFC 9068 section 4; access.md section 10; security.md section 3.1;
ARCHITECTURE section 6 (suspension, ended sessions).
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from urllib.parse import parse_qsl

from watchword.access import InvalidSubject, Policy, Subject
from watchword.access.subject import Facts
from watchword.base.clock import SYSTEM, Clock
from watchword.base.records import dataclass
from watchword.guards.dialects import RFC9068, Dialect
from watchword.guards.errors import GuardError, SubjectsUnavailable, TokenOutsideHeader
from watchword.guards.feed import Follower
from watchword.guards.introspected import Introspection, asked, claims_told
from watchword.guards.presented import Presented
from watchword.guards.sender import SenderCheck
from watchword.guards.shared import SharedWith
from watchword.guards.standing import (
    SubjectReader,
    Versions,
    as_claimed,
    as_stored,
    as_versioned,
)
from watchword.guards.user import Authenticated
from watchword.jose.dpop.memory import Replays
from watchword.jose.errors import ClaimInvalid, Expired, TokenRevoked
from watchword.jose.jwk.keyset import KeySource
from watchword.net.jwks import RemoteKeySet
from watchword.net.loop import Loop
from watchword.oauth.access_token import AccessClaims, names
from watchword.oauth.bearer import Credentials, access_credentials

__all__ = ["ALGORITHMS", "Authenticator", "Sources", "subject_of"]

# One algorithm for each type and curve, so that a published key without `alg` is not ambiguous.
ALGORITHMS = ("RS256", "ES256", "ES384", "ES512", "Ed25519")
QUERY_FIELDS_MAX = 1_000  # beyond this a query is no query


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where an Authenticator finds keys and facts; at most one of those that make a mode.

    Attributes:
        keys: of the issuer; None fetches them from its metadata.
        subjects: makes this mode `database`.
        versions: makes it mode `version`.
        introspection: makes it mode `introspect`; no key is needed.
        revocations: follows the issuer's feed of what has ended.
        shared: reads what is shared with the subject, in any mode.
        dialect: how the issuer writes its tokens, where not as RFC 9068 says.
        seen: remembers used DPoP proofs; None keeps a memory of this process.
        loop: where threads await the store.

    Raises:
        ValueError: more than one mode.
    """

    keys: KeySource | None = None
    subjects: SubjectReader | None = None
    versions: Versions | None = None
    introspection: Introspection | None = None
    revocations: Follower | None = None
    shared: SharedWith | None = None
    dialect: Dialect = RFC9068
    seen: Replays | None = None
    loop: Loop = field(default_factory=Loop)

    def __post_init__(self) -> None:
        modes = (self.subjects, self.versions, self.introspection)
        if sum(each is not None for each in modes) > 1:
            raise ValueError("subjects=, versions= and introspection= are three modes: give one")


NO_SOURCES = Sources()


class Authenticator:
    """Verifies the tokens of one issuer for one audience.

    Args:
        issuer: the exact issuer identifier.
        audience: what `aud` must name.
        sources: of keys and facts.
        clock: the time; a test moves it.
    """

    __slots__ = ("_clock", "_sender", "_sources", "_verifier", "audience", "issuer")

    def __init__(
        self, issuer: str, *, audience: str, sources: Sources = NO_SOURCES, clock: Clock = SYSTEM
    ) -> None:
        keys = sources.keys
        if keys is None:
            keys = RemoteKeySet.from_issuer(issuer, algorithms=ALGORITHMS, clock=clock)
        if sources.revocations is not None and isinstance(keys, RemoteKeySet):
            sources.revocations.watch(keys)
        self.issuer = issuer
        self.audience = audience
        self._sources = sources
        self._clock = clock
        self._sender = SenderCheck(sources.seen, clock)
        self._verifier = sources.dialect.verifier(
            keys, issuer=issuer, audience=audience, clock=clock
        )

    async def authenticate(self, presented: Presented) -> Authenticated:
        """Prove who sends a request.

        Raises:
            BearerError: no token, more than one, or one outside of the header.
            TokenError: the token is refused.
            SenderNotProved: it is bound to what the sender does not prove.
            SessionEnded, AccountSuspended, RolesChanged: it is good, and what stood behind it is
                not.
            KeysUnavailable, SubjectsUnavailable, FeedUnavailable: it cannot be told at present.
        """
        sent = _sent(presented)
        if self._sources.introspection is not None:
            told = await asyncio.to_thread(asked, self._sources.introspection, sent.token)
            return await self._with_shares(self._introspected(told, sent, presented))
        try:
            verified = await self._verifier.averify(sent.token)
        except Expired as refusal:
            self._tell(refusal)
            raise
        claims = self._sources.dialect.claims(verified.claims)
        follower = self._sources.revocations
        with _telling(claims):
            self._sender.check(claims, sent, presented)
            if follower is not None and not follower.is_begun:
                await follower.arrival()
            found = await self._standing(claims)
            if follower is not None:
                follower.check(claims, verified.header.kid)
        return found

    def authenticate_blocking(self, presented: Presented) -> Authenticated:
        """Do as `authenticate`, in a thread."""
        sent = _sent(presented)
        if self._sources.introspection is not None:
            told = asked(self._sources.introspection, sent.token)
            return self._awaited(self._with_shares(self._introspected(told, sent, presented)))
        try:
            verified = self._verifier.verify(sent.token)
        except Expired as refusal:
            self._tell(refusal)
            raise
        claims = self._sources.dialect.claims(verified.claims)
        follower = self._sources.revocations
        with _telling(claims):
            self._sender.check(claims, sent, presented)
            if follower is not None and not follower.is_begun:
                follower.wait()
            found = self._standing_blocking(claims)
            if follower is not None:
                follower.check(claims, verified.header.kid)
        return found

    def _tell(self, refusal: Expired) -> None:
        """Have a refusal say whose token it was that had only expired; as `_telling`."""
        if refusal.proved is not None:
            refusal.got = self._sources.dialect.read(refusal.proved)

    async def _standing(self, claims: AccessClaims) -> Authenticated:
        """Return what stands behind the claims."""
        subjects = self._sources.subjects
        if subjects is None:
            return await self._with_shares(self._believed(claims))
        return await self._with_shares(await as_stored(claims, subjects, now=self._clock.now()))

    def _standing_blocking(self, claims: AccessClaims) -> Authenticated:
        if self._sources.subjects is None and not self._reads_shares:
            return self._believed(claims)
        return self._awaited(self._standing(claims))

    @property
    def _reads_shares(self) -> bool:
        return self._sources.shared is not None and self._sources.shared.is_asked

    async def _with_shares(self, found: Authenticated) -> Authenticated:
        shared = self._sources.shared
        if shared is None:
            return found
        return replace(found, shares=await shared.read(found.claims.sub, found.roles))

    def _awaited(self, work: Coroutine[object, object, Authenticated]) -> Authenticated:
        try:
            return self._sources.loop.run(work)
        except TimeoutError:
            raise SubjectsUnavailable(retry_after=1, detail="the store took too long") from None

    def _believed(self, claims: AccessClaims) -> Authenticated:
        """Return what stands behind the claims where no store is asked."""
        age = self._clock.now() - claims.iat
        if self._sources.versions is not None:
            return as_versioned(claims, self._sources.versions, age=age)
        return as_claimed(claims, "token", age=age)

    def _introspected(
        self, told: Mapping[str, object], sent: Credentials, presented: Presented
    ) -> Authenticated:
        claims = claims_told(
            told, issuer=self.issuer, audience=self.audience, now=self._clock.now()
        )
        with _telling(claims):
            self._sender.check(claims, sent, presented)
        return as_claimed(claims, "introspect", age=0)


def subject_of(found: Authenticated, policy: Policy | None) -> Subject:
    """Return the subject of decisions; its roles are closed over the policy's inheritance.

    `act` is the service that acts for the subject; the rights are the subject's own, whoever acts.
    Where the policy declares them, `groups` and `entitlements` are those of the token.

    Raises:
        ClaimInvalid: the token holds a value that no subject may have.

    Source: access.md S11, F1; RFC 8693 section 4.1; ASVS 5.0 8.3.3.
    """
    claims = found.claims
    facts = Facts(
        roles=found.roles,
        scopes=claims.scopes,
        source=found.source,
        age=found.age,
        version=found.version,
        tenant=claims.tenant,
        act=next(iter(claims.actors), None),
        acr=claims.acr or None,
        shares=found.shares,
    )
    try:
        if policy is None:
            return Subject(claims.sub, **facts)  # type: ignore[arg-type]  # Subject checks its values
        declared = policy.words.shape.attributes
        facts["attributes"] = {k: v for k, v in _told(claims).items() if k in declared}
        return policy.subject(claims.sub, **facts)
    except InvalidSubject as error:
        raise ClaimInvalid("a claim does not fit a subject", detail=error.detail) from None


@contextmanager
def _telling(claims: AccessClaims) -> Iterator[None]:
    """Have what refuses a good token say whose it is: to the operator's records alone."""
    try:
        yield
    except (GuardError, TokenRevoked) as refusal:
        refusal.got = claims
        raise


def _told(claims: AccessClaims) -> dict[str, object]:
    """Return what a policy may declare of what a token says of its subject."""
    return {"groups": names(claims.groups), "entitlements": names(claims.entitlements)}


def _sent(presented: Presented) -> Credentials:
    """Return the one token of a request."""
    if presented.query and _holds_token(presented.query):
        raise TokenOutsideHeader
    return access_credentials(presented.authorization)


def _holds_token(query: bytes) -> bool:
    try:
        fields = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX
        )
    except ValueError:
        return False  # the application meets the same query and refuses it itself
    return any(name == "access_token" for name, _ in fields)
