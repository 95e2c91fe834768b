"""The runtime: everything that a started server holds, opened once and closed once.

Source: ARCHITECTURE sections 1 and 3 (nothing of a login lives in a process); oauth.md K-1 and M-1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from watchword.jose.jwt.expected import ANY
from watchword.jose.jwt.verifier import Verifier
from watchword.keys.errors import KeyRingError
from watchword.keys.live import LiveRing
from watchword.keys.record import KeyStore
from watchword.keys.ring import KeyRing
from watchword.keys.sealing import SealingKey
from watchword.oauth.access_token import AccessClaims, access_verifier
from watchword.oauth.authentication import AuthenticationContext
from watchword.oauth.challenge import ChallengeContext
from watchword.oauth.client_authentication import ClientAuthenticationContext
from watchword.oauth.clients import ClientStore
from watchword.oauth.device_authorization import DeviceContext
from watchword.oauth.grants import TokenContext, device_code
from watchword.oauth.introspection import IntrospectionContext
from watchword.oauth.issue import IssueContext, Issued
from watchword.oauth.login import LoginContext
from watchword.oauth.logout import LogoutContext
from watchword.oauth.protected_resource import document as resource_document
from watchword.oauth.registration.register import RegistrationContext
from watchword.oauth.revocation import RevocationContext
from watchword.oidc.discovery import document as metadata_document
from watchword.oidc.id_token import IDTokenHint, IDTokenIssuer, hint_reader
from watchword.server.addresses import Network
from watchword.server.breaches import BreachService
from watchword.server.client_documents import DocumentClients, DocumentPolicy
from watchword.server.client_keys import FetchedClientKeys
from watchword.server.client_logos import ACCEPTED, ClientLogos
from watchword.server.decided import Decided
from watchword.server.declarations import Declarations, write_declarations
from watchword.server.documents import Document, KeySetDocument, document
from watchword.server.errors import ConfigurationError
from watchword.server.feed_watch import FeedWatch
from watchword.server.hash_pool import HashPool
from watchword.server.key_caretaker import KeyCaretaker
from watchword.server.key_file import make_key_file, read_key_file
from watchword.server.key_readers import KeyReaders
from watchword.server.languages import LANGUAGES
from watchword.server.passwords import Passwords, open_passwords
from watchword.server.peer import network_being_answered
from watchword.server.places import Places, open_places
from watchword.server.settings import Settings
from watchword.server.single_flight import SingleFlight
from watchword.server.strangers_fetcher import StrangersFetcher
from watchword.server.sweeper import Sweeper
from watchword.server.tracing import Tracer
from watchword.stores import SchemaMissing, Store, migrate, open_store

if TYPE_CHECKING:
    from watchword.server.mail.worker import MailWorker

__all__ = ["Runtime"]

# An API asks about a token at each request of its bearer. About 2 KiB each (decisions/0261).
TOKENS_REMEMBERED_MAX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What handlers get beside the request."""

    settings: Settings
    proxies: tuple[Network, ...]  # whose word about addresses is taken
    clock: Clock
    chance: Chance
    store: Store
    logos: ClientLogos
    clients: ClientStore  # of the store, and those who are known by a document
    ring: LiveRing
    caretaker: KeyCaretaker
    feed: FeedWatch
    key_readers: KeyReaders
    tracer: Tracer
    hasher: HashPool
    breaches: BreachService | None  # who is asked about stolen passwords
    places: Places | None  # where addresses are, as the operator's file says
    sealing: SealingKey  # of what a browser carries and may not read
    credentials: CredentialContext
    issue: IssueContext
    login: LoginContext
    flow: FlowContext
    challenge: ChallengeContext
    token: TokenContext
    devices: DeviceContext
    verifier: Verifier[AccessClaims]  # of tokens that name the issuer in `aud`
    logout: LogoutContext
    registration: RegistrationContext
    introspection: IntrospectionContext
    revocation: RevocationContext
    totp: TOTPContext
    passkeys: PasskeyContext
    read_hint: Callable[[str], IDTokenHint | None]  # what an `id_token_hint` says
    jwks: KeySetDocument
    metadata: Document
    own_resource: Document  # of the APIs whose audience is the issuer
    mail: MailSealer
    code_key: bytes = field(repr=False)  # what the hashes of mail codes are made with
    sweeper: Sweeper
    mail_worker: "MailWorker | None"  # None: mails are shown on a page, or there are none
    refreshes: SingleFlight[Issued] = field(default_factory=SingleFlight)
    origins: Mapping[str, str] = field(default_factory=dict)  # which place decided each setting
    decided: Decided | None = None  # the rules of the application, where it handed them over

    @classmethod
    async def open(
        cls, settings: Settings, declarations: Declarations, *, clock: Clock, chance: Chance
    ) -> "Runtime":
        """Open database, keys and threads; an empty database gets its tables.

        Args:
            settings: checked when they were made.
            declarations: clients, resources, and what the metadata lists.
            clock: the time.
            chance: randomness.

        Raises:
            ConfigurationError: the sealing key is missing, exposed or of another database, or
                stored password hashes could not be checked.
            SchemaOutdated, StoreUnavailable: each names the fix.
        """
        store = await _open_store(settings, clock)
        try:
            sealing = await _sealing_key(settings, store, chance)
            ring = await _open_ring(settings, store, sealing, clock=clock, chance=chance)
            passwords = await open_passwords(settings, store)
            places = open_places(settings.geo_file)
            await write_declarations(declarations, store, issuer=settings.issuer, now=clock.now())
            published = metadata_document(
                settings.issuer,
                endpoints=declarations.endpoints,
                resources=await store.list_resources(),
                ui_locales=LANGUAGES,
                offers_signup=settings.register,
            )
            if settings.client_documents != "off":
                published["client_id_metadata_document_supported"] = True
        except BaseException:
            await store.close()
            raise
        parts = _Parts(settings, clock, chance, store, ring, sealing, passwords, places)
        runtime = _assemble(parts, document(published))
        if runtime.mail_worker is not None:
            runtime.mail_worker.start()
        runtime.caretaker.start()
        runtime.sweeper.start()
        runtime.tracer.start()
        return runtime

    async def close(self) -> None:
        """Let running hashes finish, drop those that wait, and let go of the database."""
        self.feed.close()
        await self.sweeper.stop()
        await self.tracer.stop()
        await self.caretaker.stop()
        if self.mail_worker is not None:
            await self.mail_worker.stop()
        self.hasher.close()
        await self.store.close()


@dataclass(frozen=True, slots=True)
class _Parts:
    """What has been opened."""

    settings: Settings
    clock: Clock
    chance: Chance
    store: Store
    ring: KeyRing
    sealing: SealingKey
    passwords: Passwords
    places: Places | None


async def _open_store(settings: Settings, clock: Clock) -> Store:
    try:
        return await open_store(settings.database, clock=clock)
    except SchemaMissing:
        pass  # a first start; an older schema is upgraded by `watchword migrate` alone
    await migrate(settings.database)
    return await open_store(settings.database, clock=clock)


async def _sealing_key(settings: Settings, store: KeyStore, chance: Chance) -> SealingKey:
    """Read the key, or make it where there is nothing yet that it would have to open."""
    path = settings.key_path
    if path.exists() or await store.list_signing_keys():
        return read_key_file(path)
    return make_key_file(path, chance)


async def _open_ring(
    settings: Settings, store: KeyStore, sealing: SealingKey, *, clock: Clock, chance: Chance
) -> KeyRing:
    try:
        return await KeyRing.open(
            store, sealing, alg=settings.signing_alg, clock=clock, chance=chance
        )
    except KeyRingError as error:
        raise ConfigurationError(
            "key_file",
            error.detail,
            fix=error.fix[:1].upper() + error.fix[1:],
            origin=str(settings.key_path),
        ) from None


def _assemble(parts: _Parts, metadata: Document) -> Runtime:
    settings, store, ring = parts.settings, parts.store, LiveRing(parts.ring)
    caretaker = _caretaker(parts, ring)
    hasher = _hasher(parts)
    party = settings.relying_party
    proving = _proving(parts)
    verifier = partial(
        access_verifier,
        ring,
        issuer=settings.issuer,
        clock=parts.clock,
        cache=TOKENS_REMEMBERED_MAX,
    )
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
    )


def _issue(parts: _Parts, ring: LiveRing, caretaker: KeyCaretaker) -> IssueContext:
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


def _hasher(parts: _Parts) -> HashPool:
    return HashPool(
        threads=parts.settings.threads,
        queue_max=parts.settings.hash_queue_max,
        chance=parts.chance,
        peppers=parts.passwords.peppers,
    )


def _flow(parts: _Parts, hasher: HashPool, passkeys: PasskeyContext) -> FlowContext:
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


def _feed(parts: _Parts) -> FeedWatch:
    watch = FeedWatch(parts.store, parts.clock)
    parts.store.when_published(watch.ring)
    return watch


def _devices(
    parts: _Parts, proving: ClientAuthenticationContext, flow: FlowContext
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


def _proving(parts: _Parts) -> ClientAuthenticationContext:
    settings = parts.settings
    fetcher = StrangersFetcher(on_loopback=settings.client_documents_on_loopback)
    clients, keys = _clients(parts, fetcher), FetchedClientKeys(fetcher, parts.clock)
    return ClientAuthenticationContext(settings.issuer, clients, parts.store, keys, parts.clock)


def _clients(parts: _Parts, fetcher: StrangersFetcher) -> ClientStore:
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


def _logos(parts: _Parts) -> ClientLogos:
    settings = parts.settings
    fetcher = StrangersFetcher(settings.client_documents_on_loopback, accept=ACCEPTED)
    network = partial(network_being_answered, settings.proxy_networks)
    return ClientLogos(fetcher, parts.clock, network)


def _registration(parts: _Parts) -> RegistrationContext:
    return RegistrationContext(
        issuer=parts.settings.issuer,
        store=parts.store,
        needs_token=parts.settings.client_registration != "open",
        clock=parts.clock,
        chance=parts.chance,
    )


def _caretaker(parts: _Parts, ring: LiveRing) -> KeyCaretaker:
    return KeyCaretaker(
        store=parts.store,
        live=ring,
        sealing=parts.sealing,
        policy=parts.settings.rotation,
        alg=parts.settings.signing_alg,
        clock=parts.clock,
        chance=parts.chance,
    )


def _mail_worker(parts: _Parts, sealer: MailSealer) -> "MailWorker | None":
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
