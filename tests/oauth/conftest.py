"""An authorization server without HTTP: real SQLite store, a clock that is moved, marked chance."""

import asyncio
import base64
import shutil
from dataclasses import dataclass, field

import pytest

from watchword.accounts.attempts import Factors
from watchword.accounts.credentials import CredentialContext
from watchword.accounts.factors.ceremonies import RelyingParty
from watchword.accounts.factors.passkeys import PasskeyContext
from watchword.accounts.factors.recovery_codes import RecoveryCodeFactor
from watchword.accounts.factors.totp import TOTPFactor
from watchword.accounts.origin import NOWHERE
from watchword.accounts.passwords.hashing import Argon2Parameters, hash_password, verify_password
from watchword.accounts.steps import FlowContext
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.keys.live import LiveRing
from watchword.keys.ring import KeyRing
from watchword.keys.sealing import SealingKey
from watchword.oauth.access_token import access_verifier
from watchword.oauth.authentication import AuthenticationContext
from watchword.oauth.challenge import ChallengeContext
from watchword.oauth.client_authentication import ClientAuthenticationContext, StoredKeys
from watchword.oauth.clients import Client, Resource
from watchword.oauth.grants import TokenContext
from watchword.oauth.issue import IssueContext
from watchword.oauth.login import LoginContext, login
from watchword.oauth.logout import LogoutContext
from watchword.oidc.id_token import IDTokenIssuer
from watchword.stores import migrate, open_store

ISSUER = "https://id.example/auth"
NOTES = Resource(
    "https://api.example",
    (("notes:read", "Read your notes"), ("notes:write", "Change your notes")),
    is_default=True,
)
FILES = Resource("files", (("files:read", "Read your files"),), is_default=False)
CHEAP = Argon2Parameters(time_cost=1, memory_kib=8, lanes=1)
PASSWORD = "a quiet garden at dusk"
START = 1_800_000_000


class MovedClock:
    """Time that passes only where a test says so."""

    def __init__(self):
        self.time = START

    def now(self):
        return self.time

    def monotonic(self):
        return float(self.time)

    def pass_seconds(self, count):
        self.time += count


class MarkingChance:
    """Chance that remembers, as text, every secret that was made of it."""

    def __init__(self):
        self.secrets = []

    def token_bytes(self, count):
        data = chance.SYSTEM.token_bytes(count)
        if count >= 32:  # shorter ones are public identifiers and salts
            self.secrets.append(base64.urlsafe_b64encode(data).rstrip(b"=").decode())
        return data


class InlineHasher:
    """Hashes at once, at the cost that the test chose."""

    async def hash(self, password, parameters):
        return hash_password(password, parameters, chance=chance.SYSTEM)

    async def verify(self, password, password_hash):
        return verify_password(password, password_hash)


@dataclass
class RingKeys:
    """The keys of a ring that nobody rotates."""

    ring: KeyRing

    async def signing_key(self, alg):
        return self.ring.signing_key if alg is None else self.ring.signing_keys[alg]


@dataclass
class Server:
    """Everything that an endpoint would hold."""

    run: object
    store: object
    ring: KeyRing
    clock: MovedClock = field(default_factory=MovedClock)
    chance: MarkingChance = field(default_factory=MarkingChance)

    def __post_init__(self):
        self.id_tokens = IDTokenIssuer(ISSUER, RingKeys(self.ring), self.store, self.clock)
        self.issue = IssueContext(
            ISSUER,
            LiveRing(self.ring),
            self.store,
            self.clock,
            self.chance,
            id_tokens=self.id_tokens,
        )
        self.hasher = InlineHasher()
        self.sealing = SealingKey(b"s" * 32)
        factors = Factors(TOTPFactor(self.store, self.sealing), RecoveryCodeFactor(self.store))
        credentials = CredentialContext(
            self.store, self.hasher, self.clock, b"d" * 32, CHEAP, factors
        )
        self.party = RelyingParty("id.example", "Example", ("https://id.example",))
        self.flow = FlowContext(
            credentials=credentials,
            flows=self.store,
            factors=self.store,
            passkeys=PasskeyContext(self.store, self.party, self.clock, self.chance),
            clock=self.clock,
            chance=self.chance,
        )
        self.proving = ClientAuthenticationContext(
            ISSUER, self.store, self.store, StoredKeys(), self.clock
        )
        authentication = AuthenticationContext(self.proving, self.flow, self.chance)
        self.login = LoginContext(self.issue, authentication, self.store)
        self.challenge = ChallengeContext(authentication, self.store)
        self.token = TokenContext(self.issue, self.proving)
        self.logout = LogoutContext(self.proving, self.store, self.store, self.clock)
        self.verifier = access_verifier(
            self.ring.public_keys, issuer=ISSUER, audience=NOTES.identifier, clock=self.clock
        )

    def add_user(self, name, roles=("writer",)):
        password_hash = hash_password(Secret(PASSWORD), CHEAP, chance=chance.SYSTEM)
        user = NewUser(f"user_{name}", name, password_hash, frozenset(roles), START)
        self.run(self.store.add_user(user))
        return self.run(self.store.find_user(name))

    def log_in(self, name="ada", **members):
        document = {"username": name, "password": PASSWORD, **members}
        return self.run(login((), document, NOWHERE, self.login)).issued

    def claims(self, issued):
        return self.verifier.verify(issued.access_token.reveal()).claims

    def state(self, claims):
        return self.run(
            self.store.read_token_state(
                user_id=claims.sub,
                sid=claims.sid,
                family_id=claims.fam,
                generation_id=claims.generation_id,
                now=self.clock.now(),
            )
        )


@pytest.fixture(scope="session")
def prepared_database(tmp_path_factory):
    """A database with clients, resources and a signing key."""
    directory = tmp_path_factory.mktemp("prepared")
    url = f"sqlite:///{directory}/store.db"

    async def prepare():
        await migrate(url)
        async with await open_store(url) as store:
            for client in (
                Client("web", "Web", is_first_party=True, is_default=True, scopes=None),
                Client("app", "App", True, False, frozenset({"notes:read"})),
                Client("partner", "Partner", False, False, None),
            ):
                await store.register_client(client)
            for resource in (NOTES, FILES):
                await store.register_resource(resource)
            await open_ring(store)

    asyncio.run(prepare())
    return directory


def open_ring(store):
    sealing = SealingKey(bytes(range(32)))
    return KeyRing.open(store, sealing, alg="ES256", clock=MovedClock(), chance=chance.SYSTEM)


@pytest.fixture
def run():
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def server(run, prepared_database, tmp_path):
    for path in prepared_database.iterdir():
        shutil.copy(path, tmp_path)
    store = run(open_store(f"sqlite:///{tmp_path}/store.db"))
    made = Server(run, store, run(open_ring(store)))
    made.add_user("ada")
    yield made
    run(store.close())
