"""The runtime: everything that a started server holds, closed once.

Source: ARCHITECTURE sections 1 and 3 (nothing of a login lives in a process).
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from watchword.accounts.credentials import CredentialContext
from watchword.accounts.factors.passkeys import PasskeyContext
from watchword.accounts.factors.totp import TOTPContext
from watchword.accounts.mail.messages import MailSealer
from watchword.accounts.steps import FlowContext
from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.jose.jwt.verifier import Verifier
from watchword.keys.live import LiveRing
from watchword.keys.sealing import SealingKey
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.challenge import ChallengeContext
from watchword.oauth.clients import ClientStore
from watchword.oauth.device_authorization import DeviceContext
from watchword.oauth.feed import Cursor, FeedPage
from watchword.oauth.grants import TokenContext
from watchword.oauth.introspection import IntrospectionContext
from watchword.oauth.issue import IssueContext, Issued
from watchword.oauth.login import LoginContext
from watchword.oauth.logout import LogoutContext
from watchword.oauth.registration.register import RegistrationContext
from watchword.oauth.revocation import RevocationContext
from watchword.oidc.id_token import IDTokenHint
from watchword.server.addresses import Network
from watchword.server.breaches import BreachService
from watchword.server.calls import WriteCurl
from watchword.server.client_logos import ClientLogos
from watchword.server.decided import Decided
from watchword.server.documents import Document, KeySetDocument
from watchword.server.feed_watch import FeedWatch
from watchword.server.hash_pool import HashPool
from watchword.server.key_caretaker import KeyCaretaker
from watchword.server.key_readers import KeyReaders
from watchword.server.live_events import Newest
from watchword.server.places import Places
from watchword.server.settings import Settings
from watchword.server.single_flight import SingleFlight
from watchword.server.sweeper import Sweeper
from watchword.server.tracing import Tracer
from watchword.stores import Store

if TYPE_CHECKING:
    from watchword.server.mail.worker import MailWorker

__all__ = ["Runtime"]


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
    feed: FeedWatch[Cursor, FeedPage]
    live: FeedWatch[str, Newest]  # who waits for the next event, on the admin pages
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
    write_curl: WriteCurl | None = None  # for pages, where the management API is served
    decided: Decided | None = None  # the rules of the application, where it handed them over

    def drain(self) -> None:
        """Send away those who wait for something to happen."""
        self.feed.close()
        self.live.close()

    async def close(self) -> None:
        """Let running hashes finish, drop those that wait, and let go of the database."""
        self.drain()
        await self.sweeper.stop()
        await self.tracer.stop()
        await self.caretaker.stop()
        if self.mail_worker is not None:
            await self.mail_worker.stop()
        self.hasher.close()
        await self.store.close()
