"""What each part of a server needs, made of what has been opened: one function a part.

Source: ARCHITECTURE section 1; oauth.md E-1.
"""

from functools import partial
from typing import TYPE_CHECKING

from watchword.accounts.attempts import Factors
from watchword.accounts.credentials import CredentialContext
from watchword.accounts.factors.passkeys import PasskeyContext, PasskeyFactor
from watchword.accounts.factors.recovery_codes import RecoveryCodeFactor
from watchword.accounts.factors.totp import TOTPContext, TOTPFactor
from watchword.accounts.mail.messages import MailSealer
from watchword.accounts.recovery import MailCodes
from watchword.accounts.steps import FlowContext
from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.jose.jwt.expected import ANY
from watchword.jose.jwt.verifier import Verifier
from watchword.keys.live import LiveRing
from watchword.keys.ring import KeyRing
from watchword.keys.sealing import SealingKey
from watchword.oauth.access_token import AccessClaims, access_verifier
from watchword.oauth.authentication import AuthenticationContext
from watchword.oauth.challenge import ChallengeContext
from watchword.oauth.client_authentication import ClientAuthenticationContext
from watchword.oauth.clients import ClientStore
from watchword.oauth.device_authorization import DeviceContext
from watchword.oauth.feed import Cursor, FeedPage
from watchword.oauth.grants import TokenContext, device_code
from watchword.oauth.introspection import IntrospectionContext
from watchword.oauth.issue import IssueContext
from watchword.oauth.login import LoginContext
from watchword.oauth.logout import LogoutContext
from watchword.oauth.protected_resource import document as resource_document
from watchword.oauth.registration.register import RegistrationContext
from watchword.oauth.revocation import RevocationContext
from watchword.oidc.id_token import IDTokenIssuer, hint_reader
from watchword.server.calls import Call, CurlLine, WriteCurl
from watchword.server.client_documents import DocumentClients, DocumentPolicy
from watchword.server.client_keys import FetchedClientKeys
from watchword.server.client_logos import ACCEPTED, ClientLogos
from watchword.server.documents import Document, KeySetDocument, document
from watchword.server.feed_watch import FeedWatch
from watchword.server.hash_pool import HashPool
from watchword.server.key_caretaker import KeyCaretaker
from watchword.server.key_readers import KeyReaders
from watchword.server.live_events import LIVE_VIEWS_MAX, Newest, NewestEvents
from watchword.server.passwords import Passwords
from watchword.server.peer import network_being_answered
from watchword.server.places import Places
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings
from watchword.server.strangers_fetcher import StrangersFetcher
from watchword.server.sweeper import Sweeper
from watchword.server.tracing import Tracer
from watchword.stores import Store

if TYPE_CHECKING:
    from watchword.server.mail.worker import MailWorker

__all__ = ["Parts", "assemble"]

# An API asks about a token at each request of its bearer. About 2 KiB each (decisions/0261).
TOKENS_REMEMBERED_MAX = 512


@dataclass(frozen=True, slots=True)
class Parts:
    """What has been opened."""

    settings: Settings
    clock: Clock
    chance: Chance
    store: Store
    ring: KeyRing
    sealing: SealingKey
    passwords: Passwords
    places: Places | None


def assemble(parts: Parts, metadata: Document) -> Runtime:
    """Make a runtime of what has been opened; its tasks are not started.

    Args:
        parts: as they were opened.
        metadata: what the server says of itself.
    """
    settings, store, ring = parts.settings, parts.store, LiveRing(parts.ring)
    caretaker = _caretaker(parts, ring)
    hasher = _hasher(parts)
    party = settings.relying_party
    proving = _proving(parts)
    verifier = _verifier(parts, ring)
    issued_here = verifier(audience=ANY)
    issue = _issue(parts, ring, caretaker)
    passkeys = PasskeyContext(store, party, parts.clock, parts.chance)
    flow = _flow(parts, hasher, passkeys)
    authentication = AuthenticationContext(proving=proving, flow=flow, chance=parts.chance)
    sealer = MailSealer(parts.sealing, parts.chance)
    return Runtime(
        settings=settings,
        proxies=settings.proxy_networks,
        clock=parts.clock,
        chance=parts.chance,
        store=store,
        clients=proving.clients,
        logos=_logos(parts),
        ring=ring,
        caretaker=caretaker,
        feed=_feed(parts),
        live=_live(parts),
        key_readers=KeyReaders(store, ring, settings.signing_alg, parts.clock),
        sweeper=Sweeper(store=store, clock=parts.clock),
        tracer=Tracer(parts.store, parts.clock),
        hasher=hasher,
        breaches=parts.passwords.breaches,
        places=parts.places,
        sealing=parts.sealing,
        credentials=flow.credentials,
        issue=issue,
        login=LoginContext(issue=issue, authentication=authentication, sessions=store),
        flow=flow,
        challenge=ChallengeContext(authentication=authentication, codes=store),
        token=TokenContext(issue, proving, switched_off=_switched_off(settings)),
        devices=_devices(parts, proving, flow),
        registration=_registration(parts),
        introspection=IntrospectionContext(proving, store, issued_here, parts.clock),
        revocation=RevocationContext(proving, store, issued_here, parts.clock),
        totp=TOTPContext(store, parts.sealing, parts.clock, parts.chance, party.name),
        passkeys=passkeys,
        logout=LogoutContext(proving=proving, families=store, sessions=store, clock=parts.clock),
        verifier=verifier(audience=settings.issuer),
        read_hint=hint_reader(ring, issuer=settings.issuer),
        jwks=KeySetDocument(ring),
        metadata=metadata,
        own_resource=_own_resource(settings),
        mail=sealer,
        code_key=parts.sealing.derive("mail code"),
        mail_worker=_mail_worker(parts, sealer),
        write_curl=_curl_writer(settings),
    )


def _curl_writer(settings: Settings) -> WriteCurl | None:
    if not settings.management_api:
        return None

    def write(call: Call) -> CurlLine | None:
        from watchword.server.management.curl import curl_line  # noqa: PLC0415  # FastAPI

        return curl_line(call, issuer=settings.issuer)

    return write


def _issue(parts: Parts, ring: LiveRing, caretaker: KeyCaretaker) -> IssueContext:
    settings, store = parts.settings, parts.store
    return IssueContext(
        issuer=settings.issuer,
        ring=ring,
        store=store,
        clock=parts.clock,
        chance=parts.chance,
        access_lifetime_seconds=settings.access_lifetime_seconds,
        limits=settings.refresh_limits,
        id_tokens=IDTokenIssuer(settings.issuer, caretaker, store, parts.clock),
    )


def _hasher(parts: Parts) -> HashPool:
    return HashPool(
        threads=parts.settings.threads,
        queue_max=parts.settings.hash_queue_max,
        chance=parts.chance,
        peppers=parts.passwords.peppers,
    )


def _flow(parts: Parts, hasher: HashPool, passkeys: PasskeyContext) -> FlowContext:
    store = parts.store
    factors = Factors(
        totp=TOTPFactor(store, parts.sealing),
        recovery_code=RecoveryCodeFactor(store),
        mail_code=MailCodes(store, parts.sealing.derive("mail code")),
        passkey=PasskeyFactor(store, passkeys.party),
    )
    credentials = CredentialContext(
        store=store,
        hasher=hasher,
        clock=parts.clock,
        decoy_key=parts.sealing.derive("decoy"),
        factors=factors,
        parameters=parts.passwords.parameters,
    )
    return FlowContext(
        credentials=credentials,
        flows=store,
        factors=store,
        passkeys=passkeys,
        clock=parts.clock,
        chance=parts.chance,
        least=parts.settings.least_level,
    )


def _own_resource(settings: Settings) -> Document:
    """Describe `/me`, `/userinfo` and their like: tokens that name the issuer in `aud`."""
    issuer = settings.issuer
    return document(resource_document(issuer, issuer=issuer, scopes=("openid",)))


def _verifier(parts: Parts, ring: LiveRing) -> partial[Verifier[AccessClaims]]:
    """Return what makes a verifier of this server's own tokens, for an audience."""
    return partial(
        access_verifier,
        ring,
        issuer=parts.settings.issuer,
        clock=parts.clock,
        cache=TOKENS_REMEMBERED_MAX,
    )


def _feed(parts: Parts) -> FeedWatch[Cursor, FeedPage]:
    watch = FeedWatch[Cursor, FeedPage](parts.store, parts.clock)
    parts.store.when_published(watch.ring)
    return watch


def _live(parts: Parts) -> FeedWatch[str, Newest]:
    return FeedWatch(NewestEvents(parts.store), parts.clock, LIVE_VIEWS_MAX)


def _devices(
    parts: Parts, proving: ClientAuthenticationContext, flow: FlowContext
) -> DeviceContext:
    return DeviceContext(
        proving=proving,
        store=parts.store,
        clock=parts.clock,
        chance=parts.chance,
        verification_uri=parts.settings.issuer.removesuffix("/") + "/device",
        pepper=parts.sealing.derive("user code"),
        throttle_key=flow.credentials.decoy_key,
    )


def _switched_off(settings: Settings) -> frozenset[str]:
    """Return the grants that this server does not serve (oauth.md E-1)."""
    if settings.device_authorization:
        return frozenset()
    return frozenset({device_code.GRANT.grant_type})


def _proving(parts: Parts) -> ClientAuthenticationContext:
    settings = parts.settings
    fetcher = StrangersFetcher(on_loopback=settings.client_documents_on_loopback)
    clients, keys = _clients(parts, fetcher), FetchedClientKeys(fetcher, parts.clock)
    return ClientAuthenticationContext(settings.issuer, clients, parts.store, keys, parts.clock)


def _clients(parts: Parts, fetcher: StrangersFetcher) -> ClientStore:
    settings = parts.settings
    # Off is nobody's host, so that what was read before is switched off as well (oauth.md E-1).
    policy = DocumentPolicy(
        hosts=None
        if settings.client_documents == "open"
        else frozenset(settings.client_document_hosts),
        on_loopback=settings.client_documents_on_loopback,
    )
    network = partial(network_being_answered, settings.proxy_networks)
    return DocumentClients(parts.store, fetcher, policy, parts.clock, network)


def _logos(parts: Parts) -> ClientLogos:
    settings = parts.settings
    fetcher = StrangersFetcher(settings.client_documents_on_loopback, accept=ACCEPTED)
    network = partial(network_being_answered, settings.proxy_networks)
    return ClientLogos(fetcher, parts.clock, network)


def _registration(parts: Parts) -> RegistrationContext:
    return RegistrationContext(
        issuer=parts.settings.issuer,
        store=parts.store,
        needs_token=parts.settings.client_registration != "open",
        clock=parts.clock,
        chance=parts.chance,
    )


def _caretaker(parts: Parts, ring: LiveRing) -> KeyCaretaker:
    return KeyCaretaker(
        store=parts.store,
        live=ring,
        sealing=parts.sealing,
        policy=parts.settings.rotation,
        alg=parts.settings.signing_alg,
        clock=parts.clock,
        chance=parts.chance,
    )


def _mail_worker(parts: Parts, sealer: MailSealer) -> "MailWorker | None":
    settings = parts.settings
    if settings.smtp_host is None:
        return None
    # The libraries of mail are for servers that send some.
    from watchword.server.mail.smtp import SMTPTransport  # noqa: PLC0415
    from watchword.server.mail.worker import MailWorker  # noqa: PLC0415

    transport = SMTPTransport.of(settings)
    if transport is None:
        return None
    return MailWorker(
        store=parts.store,
        sealer=sealer,
        transport=transport,
        clock=parts.clock,
        issuer=settings.issuer,
        host=settings.host_name,
    )
