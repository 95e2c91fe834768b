"""What every guard is made of, whatever framework stands around it.

A framework's guard adds three things: how a request becomes `Presented`, how a route declares who
may call it, and how an `Answer` leaves. Everything else stands here, once.

Source: security.md rules 80 to 93; access.md section 10; RFC 9728; ARCHITECTURE section 1 (a
framework is one file).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

from watchword.access import Policy, ShareReader, Subject
from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.clock import SYSTEM, Clock
from watchword.base.secrets import Secret
from watchword.guards.answers import Answer, Answers, Disclosure
from watchword.guards.authenticator import Authenticator, Sources, subject_of
from watchword.guards.circumstances import Circumstances, Telling
from watchword.guards.declarations import Access, Declaration, shown
from watchword.guards.dialects import RFC9068, Dialect
from watchword.guards.document import ResourceDocument
from watchword.guards.feed import Follower, follower_of
from watchword.guards.introspected import Introspection
from watchword.guards.presented import Presented, origin_of
from watchword.guards.records import Recorder, record
from watchword.guards.routes import RouteAccess
from watchword.guards.shared import SharedWith
from watchword.guards.standing import SubjectReader, Versions
from watchword.guards.user import Authenticated
from watchword.guards.versions import FollowedVersions
from watchword.jose.dpop.memory import Replays
from watchword.jose.jwk.keyset import KeySource
from watchword.net.loop import Loop
from watchword.oauth.certificates import certificate_of
from watchword.oauth.characters import is_scope_token
from watchword.oauth.protected_resource import address

__all__ = ["Core", "Options", "check_scopes"]


class Options(TypedDict, total=False):
    """What a guard may be told beside issuer and audience; everything has a usual value."""

    policy: Policy | None
    """The rules; without one, scopes and `owner=` decide."""
    circumstances: Telling | None
    """What the policy declares of a request beside the time: a function of the framework's request
    that returns it by name."""
    db: object
    """Where rows are loaded for `may`, in the form that the framework's guard says."""
    keys: KeySource | None
    """Where the keys are; None fetches them from the issuer's metadata."""
    dialect: Dialect
    """How the issuer writes its tokens, where not as RFC 9068 says."""
    subjects: SubjectReader | None
    """Mode `database`: every request asks the store behind the issuer."""
    shares: ShareReader | None
    """Where shares are read that come with a subject, if the policy's rules ask for any; a server
    in the same process is its own."""
    versions: Versions | Literal["feed"] | None
    """Mode `version`: a token has to be as new as the account's last change. "feed": as the feed
    says that is followed with `secret=` or `revocations=`."""
    introspection: Introspection | None
    """Mode `introspect`: every request asks the issuer."""
    secret: Secret | str | None
    """Of this API at the issuer. With it the guard follows the issuer's revocation feed."""
    revocations: Follower | None
    """A follower of the caller's own, with other bounds or for private networks."""
    seen: Replays | None
    """Remembers used DPoP proofs; an API of several processes needs one in common."""
    scopes: Mapping[str, str] | None
    """What the scopes of the routes mean, in words for people."""
    public: Iterable[str]
    """Paths or names of routes that anybody may call."""
    url: str
    """Where clients see the root of the application, which DPoP proofs are for; the host of the
    audience, where that is a URL."""
    certificate_header: str | None
    """The field in which a proxy hands on the client's certificate, having removed what clients
    send under this name (RFC 9440)."""
    mode: Literal["production", "development"]
    """"development" adds details to refusals."""
    records: Recorder | None
    """Keeps what was refused, for `watchword explain ID`; otherwise the log alone has it."""
    clock: Clock
    """The time; a test moves it."""
    loop: NotRequired[Loop]
    """Where threads await the store, in mode `database`."""


class Core:
    """The parts of one guard.

    Args:
        issuer: the exact issuer identifier.
        audience: this API, as `aud` names it.
        options: see `Options`.

    Raises:
        ValueError: more than one mode, versions of a feed that is not followed, or an issuer or
            `url=` that is no URL.
    """

    def __init__(self, issuer: str, audience: str, options: Options) -> None:
        self.issuer, self.audience = issuer, audience
        self.clock = options.get("clock", SYSTEM)
        self.policy = options.get("policy")
        self.circumstances = Circumstances(self.policy, self.clock, options.get("circumstances"))
        self._records = options.get("records")
        self.db = options.get("db")
        self.scopes: dict[str, None] = {}
        """The scopes that routes have asked for, in the order of their declaration."""
        self._described = dict(options.get("scopes") or {})
        self.document = ResourceDocument(audience, issuer=issuer, scopes=self.catalogue)
        self.public = frozenset([*options.get("public", ()), *self.document.paths])
        self.answers = Answers(
            issuer,
            audience,
            Disclosure(options.get("mode", "production")),
            SYSTEM_CHANCE,
            resource_metadata=address(audience),
        )
        self.revocations = options.get("revocations") or follower_of(
            issuer, name=audience, secret=options.get("secret"), clock=self.clock
        )
        reader = options.get("shares")
        self.shared = (
            None
            if reader is None or self.policy is None
            else SharedWith(reader, self.policy, self.clock)
        )
        self._base = _base(options.get("url", ""), audience)
        self._certificate_header = (options.get("certificate_header") or "").lower()
        self.authenticator = Authenticator(
            issuer,
            audience=audience,
            sources=Sources(
                keys=options.get("keys"),
                subjects=options.get("subjects"),
                versions=_versions(options.get("versions"), self.revocations),
                introspection=options.get("introspection"),
                revocations=self.revocations,
                shared=self.shared,
                dialect=options.get("dialect", RFC9068),
                seen=options.get("seen"),
                loop=options.get("loop") or Loop(),
            ),
            clock=self.clock,
        )

    def seal(self) -> None:
        """Freeze the policy, when the guard is installed.

        Raises:
            PolicyError: the policy cannot mean what its author wants.
            ValueError: one of its scopes is a word that no token can have.
        """
        if self.policy is not None:
            self.policy.seal()
            check_scopes(self.policy.words.scopes)

    def presented(
        self,
        headers: Mapping[str, Sequence[str]],
        *,
        method: str,
        path: str,
        query: bytes,
        certificate: bytes | None = None,
    ) -> Presented:
        """Return what a request presents.

        Args:
            headers: the values of the fields by their names in lower case; only a few are read.
            method: of the request.
            path: as it was sent, percent-encoded, with what the application is mounted under.
            query: as it was sent.
            certificate: of the client, where the connection to it ends at the server itself.
        """
        if self._certificate_header:
            certificate = certificate_of(headers.get(self._certificate_header, ()))
        return Presented(
            authorization=headers.get("authorization", ()),
            query=query,
            method=method,
            url=f"{self._base}{path}" if self._base else "",
            proofs=headers.get("dpop", ()),
            certificate=certificate,
        )

    def subject(self, found: Authenticated) -> Subject:
        """Return the subject of decisions."""
        return subject_of(found, self.policy)

    def answer(
        self,
        refusal: Exception,
        *,
        scopes: tuple[str, ...] = (),
        endpoint: str = "",
        found: Authenticated | None = None,
    ) -> Answer:
        """Return the answer to one of `REFUSALS`, and record it where records are kept.

        Args:
            refusal: as said.
            scopes: all that the operation needs.
            endpoint: method and path of the route.
            found: what was proved of the request before it was refused.
        """
        claims = None if found is None else found.claims
        answer = self.answers.answer(refusal, scopes=scopes, claims=claims)
        if self._records is not None and answer.told is not None:
            now = self.clock.now()
            self._records(record(answer.told, refusal, endpoint=endpoint, found=found, now=now))
        return answer

    def ask(self, scopes: Sequence[str]) -> None:
        """Note what a route asks for.

        Raises:
            ValueError: a scope is a word that no token can have (RFC 6749 section 3.3).
        """
        check_scopes(scopes)
        self.scopes |= dict.fromkeys(scopes)

    def catalogue(self) -> dict[str, str]:
        """Return the scopes that routes ask for, with their words."""
        words = self.policy.words.scopes if self.policy is not None else ()
        return dict.fromkeys([*self.scopes, *words], "") | self._described

    def paths(self, declared: Declaration) -> tuple[RouteAccess, ...]:
        """Return what stands open, and what everything else needs, where no routes are known."""
        opened = (RouteAccess("any", path, Access.PUBLIC.value) for path in sorted(self.public))
        return (*opened, RouteAccess("any", "every other path", shown(declared)))

    def close(self) -> None:
        """Follow the feed no more, until the next request."""
        if self.revocations is not None:
            self.revocations.close()


def _versions(
    said: Versions | Literal["feed"] | None, follower: Follower | None
) -> Versions | None:
    """Return where versions are found."""
    if said != "feed":
        return said
    if follower is None:
        raise ValueError('versions="feed" needs secret= or revocations=, which follow the feed')
    return FollowedVersions(follower)


def _base(url: str, audience: str) -> str:
    """Return what stands before the path of every request."""
    if not url:
        return origin_of(audience)
    if not origin_of(url):
        raise ValueError(f"url= is an https URL, not {url!r}")
    return url.rstrip("/")


def check_scopes(scopes: Iterable[str]) -> None:
    """Refuse a word that no token can have as a scope.

    Raises:
        ValueError: as said.
    """
    for scope in scopes:
        if not is_scope_token(scope):
            raise ValueError(
                f"{scope!r} is no scope: use printable ASCII without space, quote and backslash"
            )
