"""The little world of a check: a store with users, clients and resources; times are numbers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from watchword.access.shares import ShareReader
from watchword.accounts.acting import ActingStore
from watchword.accounts.administration.audit import AuditEntry, AuditStore, Entry
from watchword.accounts.administration.chain import ChainStore
from watchword.accounts.administration.figures import FigureStore
from watchword.accounts.administration.roles import RoleAdministration
from watchword.accounts.administration.shares import ShareAdministration
from watchword.accounts.credentials import CredentialStore
from watchword.accounts.directory import IdentityStore
from watchword.accounts.events import EventStore
from watchword.accounts.factors.passkeys import PasskeyStore
from watchword.accounts.factors.recovery_codes import RecoveryCodeStore
from watchword.accounts.factors.together import FactorStore
from watchword.accounts.factors.totp import TOTPStore
from watchword.accounts.flow import FlowStore
from watchword.accounts.imports.plan import ImportStore
from watchword.accounts.levels import Method, Proof
from watchword.accounts.links import LinkPurpose, LinkStore, NewLink
from watchword.accounts.mail.messages import MailStore
from watchword.accounts.mail.verification import EmailStore
from watchword.accounts.origin import Origin
from watchword.accounts.password_change import PasswordChangeStore
from watchword.accounts.person.deletion import AccountDeletionStore
from watchword.accounts.person.export import ExportStore
from watchword.accounts.person.first_steps import FirstStepsStore
from watchword.accounts.person.overview import OverviewStore
from watchword.accounts.person.profile import ProfileStore
from watchword.accounts.person.rename import RenameStore
from watchword.accounts.recovery import RecoveryStore
from watchword.accounts.search import SearchStore
from watchword.accounts.sessions import NewSession, SessionStore
from watchword.accounts.signup import SignupStore
from watchword.accounts.users import NewUser, UserStore
from watchword.base.chance import SYSTEM, new_id, new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import digest
from watchword.keys.readers import KeyReaderStore
from watchword.keys.record import KeyStore
from watchword.oauth.authorize.consent import ConsentStore
from watchword.oauth.authorize.interactions import InteractionStore
from watchword.oauth.client_authentication.authenticate import ReplayStore
from watchword.oauth.clients import Client, ClientStore, Resource
from watchword.oauth.codes import CodeStore
from watchword.oauth.connections import ConnectionStore
from watchword.oauth.device_codes import DeviceCodeStore
from watchword.oauth.families import (
    Facts,
    NewFamily,
    NewRefreshToken,
    OpenFamily,
    Refused,
    Rotated,
    RotateRefreshToken,
    TokenState,
)
from watchword.oauth.feed import FeedStore
from watchword.oauth.introspection import IntrospectionStore
from watchword.oauth.registration.administration import ClientAdministration
from watchword.oauth.registration.document import DocumentStore
from watchword.oauth.registration.records import RegistrationStore
from watchword.oauth.revocation import RevocationStore
from watchword.oauth.timeline import TimelineStore
from watchword.oauth.traces import TraceStore
from watchword.oidc.userinfo import UserinfoStore
from watchword.stores.subjects import SubjectStore
from watchword.testing.store_conformance.expectation import expect, kind

__all__ = [
    "CLIENT",
    "FAMILY_IDLE",
    "HASH",
    "LABEL",
    "LIFETIME",
    "NOW",
    "ORIGIN",
    "OTHER_CLIENT",
    "OTHER_HASH",
    "OTHER_LABEL",
    "OTHER_RESOURCE",
    "RESOURCE",
    "SCOPES",
    "SESSION_IDLE",
    "AnyStore",
    "Login",
    "World",
    "new_token",
]

NOW = 1_800_000_000  # a moment; every check counts from here
SESSION_IDLE = 2_000
FAMILY_IDLE = 1_000
LIFETIME = 10_000
LABEL = "argon2id$v=19$m=19456,t=2,p=1"
OTHER_LABEL = "argon2id$v=19$m=65536,t=3,p=4"
_REST = "c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"  # of no password
HASH = f"${LABEL}${_REST}"
OTHER_HASH = f"${OTHER_LABEL}${_REST}"
ORIGIN = Origin("192.0.2.7", "A browser")
SCOPES = ("notes:write", "notes:read")
CLIENT = Client("web", "The web application", is_first_party=True, is_default=True, scopes=None)
OTHER_CLIENT = Client(
    "cli", "The command line", is_first_party=True, is_default=False, scopes=frozenset(SCOPES)
)
RESOURCE = Resource("notes", tuple((scope, f"May {scope}") for scope in SCOPES), is_default=True)
OTHER_RESOURCE = Resource("mail", (("mail:read", "May read"),), is_default=False)


class AnyStore(
    RoleAdministration,
    ShareAdministration,
    ShareReader,
    AuditStore,
    ChainStore,
    FigureStore,
    SearchStore,
    FirstStepsStore,
    UserinfoStore,
    KeyStore,
    KeyReaderStore,
    UserStore,
    SubjectStore,
    ImportStore,
    IdentityStore,
    CredentialStore,
    SessionStore,
    ActingStore,
    LinkStore,
    MailStore,
    EmailStore,
    RecoveryStore,
    SignupStore,
    ClientStore,
    ClientAdministration,
    RegistrationStore,
    DocumentStore,
    TimelineStore,
    FeedStore,
    ReplayStore,
    IntrospectionStore,
    RevocationStore,
    EventStore,
    FlowStore,
    CodeStore,
    InteractionStore,
    ConsentStore,
    DeviceCodeStore,
    OverviewStore,
    PasswordChangeStore,
    ProfileStore,
    RenameStore,
    ExportStore,
    AccountDeletionStore,
    ConnectionStore,
    FactorStore,
    TOTPStore,
    TraceStore,
    RecoveryCodeStore,
    PasskeyStore,
    Protocol,
):
    """All that the rooms below ask of a store, an epoch's beginning and an event loop's end."""

    async def release(self) -> None:
        """Let go of what the running event loop holds."""
        ...

    async def bump_epoch(self, *, now: int) -> int:
        """Begin an epoch: what was made in an earlier one is dead."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """A login that was made: its facts and its live refresh token."""

    facts: Facts
    token: NewRefreshToken


async def _no_other_handle() -> AnyStore:
    raise AssertionError("this world has one handle: give it the ways to others")


@dataclass(frozen=True, slots=True)
class World:
    """A store that knows `CLIENT` and `RESOURCE`, and ways to the same rows and to others."""

    store: AnyStore
    open_again: Callable[[], Awaitable[AnyStore]] = _no_other_handle
    open_other_tenant: Callable[[], Awaitable[AnyStore]] = _no_other_handle

    async def furnish(self) -> None:
        """Register the clients and resources that the checks speak of."""
        for client in (CLIENT, OTHER_CLIENT):
            await self.store.register_client(client)
        for resource in (RESOURCE, OTHER_RESOURCE):
            await self.store.register_resource(resource)

    async def user(
        self,
        name: str = "alice",
        *,
        roles: frozenset[str] = frozenset(),
        has_password: bool = True,
    ) -> str:
        """Add a user whose password hash is `HASH`; return the id."""
        password_hash = HASH if has_password else None
        user = NewUser(new_id(SYSTEM, "user"), name, password_hash, roles, NOW)
        await self.store.add_user(user)
        return user.id

    async def log_in(self, user_id: str | None = None, *, now: int = NOW) -> Login:
        """Open a session and a family, for a user of its own if none is named."""
        command = self.opening(user_id or await self.user(), now=now)
        facts = kind(await self.store.open_family(command), Facts, "an active user logs in")
        return Login(facts, command.family.refresh)

    def opening(self, user_id: str, *, now: int = NOW) -> OpenFamily:
        """Return the command of a login."""
        session = self.session(now=now)
        return OpenFamily(
            user_id, HASH, replace(session, cookie_hash=None), self.family(now=now), now
        )

    def session(self, *, now: int = NOW) -> NewSession:
        """Return a session with a cookie."""
        return NewSession(
            sid=new_id(SYSTEM, "sid"),
            cookie_hash=digest(new_secret(SYSTEM)),
            proofs=(Proof(Method.PASSWORD, now - 5), Proof(Method.TOTP, now)),
            idle_seconds=SESSION_IDLE,
            expires_at=now + LIFETIME,
            origin=ORIGIN,
        )

    def family(self, *, now: int = NOW) -> NewFamily:
        """Return a family of `CLIENT` for `RESOURCE`."""
        return NewFamily(
            family_id=new_id(SYSTEM, "fam"),
            client_id=CLIENT.client_id,
            resource=RESOURCE.identifier,
            scopes=SCOPES,
            refresh=new_token(),
            idle_seconds=FAMILY_IDLE,
            expires_at=now + LIFETIME,
        )

    def presenting(self, token: NewRefreshToken, *, now: int) -> RotateRefreshToken:
        """Return the command that presents a refresh token as its client would."""
        return RotateRefreshToken(
            token.token_hash, CLIENT.client_id, None, new_token(), ORIGIN, now
        )

    async def present(
        self, token: NewRefreshToken, *, now: int
    ) -> tuple[Rotated | Refused, NewRefreshToken]:
        """Present a refresh token; return the answer and what the successor would be."""
        command = self.presenting(token, now=now)
        return await self.store.rotate_refresh_token(command), command.successor

    async def refresh(self, token: NewRefreshToken, *, now: int) -> NewRefreshToken:
        """Present a refresh token that has to be accepted; return its successor."""
        answer, successor = await self.present(token, now=now)
        kind(answer, Rotated, "the token is accepted")
        return successor

    async def state(self, facts: Facts, *, now: int = NOW + 1) -> TokenState:
        """Read what stands behind an access token of these facts."""
        return await self.store.read_token_state(
            user_id=facts.user.id,
            sid=facts.sid,
            family_id=facts.family_id,
            generation_id=facts.generation_id,
            now=now,
        )

    async def is_live(self, facts: Facts, *, now: int = NOW + 1) -> bool:
        """Read whether an access token of these facts would still stand."""
        state = await self.state(facts, now=now)
        return state.is_live and not state.is_replaced

    def link(self, user_id: str, *, now: int = NOW) -> NewLink:
        """Return a one-time link of half an hour."""
        token_hash = digest(new_secret(SYSTEM))
        return NewLink(token_hash, LinkPurpose.SET_PASSWORD, user_id, now, now + 1_800)


def new_token() -> NewRefreshToken:
    """Make a refresh token that nobody else has."""
    return NewRefreshToken(digest(new_secret(SYSTEM)), new_id(SYSTEM, "gen"))


def written(entries: Sequence[Entry]) -> tuple[AuditEntry, ...]:
    """Return entries of the audit log, each of which can be read."""
    read = tuple(entry for entry in entries if isinstance(entry, AuditEntry))
    expect(len(read), len(entries), "what was written can be read")
    return read
