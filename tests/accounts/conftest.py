"""Accounts on a real SQLite store, with hashes cheap enough to make many of them."""

import asyncio
import shutil

import pytest

from watchword.accounts.attempts import Caller, PasswordAttempt
from watchword.accounts.credentials import CredentialContext, verify_credential
from watchword.accounts.events import EventKind
from watchword.accounts.factors.passkeys import Passkey
from watchword.accounts.factors.together import Changer, change_of
from watchword.accounts.origin import NOWHERE
from watchword.accounts.passwords.hashing import Argon2Parameters, hash_password, verify_password
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.stores import migrate, open_store

CHEAP = Argon2Parameters(time_cost=1, memory_kib=8, lanes=1)
PASSWORD = "a quiet garden at dusk"
NOW = 1_800_000_000


class RecordingHasher:
    """Hashes at once, and remembers what it was asked: kind and parameters."""

    def __init__(self):
        self.calls = []

    async def hash(self, password, parameters):
        self.calls.append(("hash", parameters.label))
        return hash_password(password, parameters, chance=chance.SYSTEM)

    async def verify(self, password, password_hash):
        self.calls.append(("verify", password_hash.rsplit("$", 2)[0], len(password_hash)))
        return verify_password(password, password_hash)


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at


class RecordingStore:
    """Passes calls on to a store and remembers their names."""

    def __init__(self, store, calls):
        self._store = store
        self._calls = calls

    def __getattr__(self, name):
        self._calls.append((name,))
        return getattr(self._store, name)


async def give_passkey(store, user_id, credential_id=b"\x01"):
    passkey = Passkey(credential_id, user_id, "Laptop", b"cose", 0, "aaguid", (), False, NOW)
    change = change_of(EventKind.PASSKEY_ADDED, Changer(user_id), about="Laptop", now=NOW)
    await store.add_passkey(passkey, change)


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory):
    directory = tmp_path_factory.mktemp("blank")
    asyncio.run(migrate(f"sqlite:///{directory}/store.db"))
    return directory


@pytest.fixture
def run():
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def store(run, blank_database, tmp_path):
    for path in blank_database.iterdir():
        shutil.copy(path, tmp_path)
    opened = run(open_store(f"sqlite:///{tmp_path}/store.db"))
    yield opened
    run(opened.close())


@pytest.fixture
def hasher():
    return RecordingHasher()


@pytest.fixture
def add_user(run, store):
    """Add a user whose password is PASSWORD, unless told otherwise."""

    def add(name, *, parameters=CHEAP, password=PASSWORD):
        password_hash = password and hash_password(
            Secret(password), parameters, chance=chance.SYSTEM
        )
        new = NewUser(f"user_{name}", name, password_hash, frozenset({"writer"}), NOW)
        run(store.add_user(new))
        return run(store.find_user(name))

    return add


@pytest.fixture
def context(store, hasher):
    """A context that records the calls of store and hasher in one list, in order."""
    return CredentialContext(
        store=RecordingStore(store, hasher.calls),
        hasher=hasher,
        clock=ManualClock(NOW),
        decoy_key=b"d" * 32,
        parameters=CHEAP,
    )


@pytest.fixture
def attempt():
    def make(name, password=PASSWORD):
        return PasswordAttempt(name, Secret(password))

    return make


@pytest.fixture
def verify(run, context):
    """Verify an attempt that comes from nowhere in particular."""

    def verified(attempt, ctx=context):
        return run(verify_credential(attempt, Caller(NOWHERE), ctx))

    return verified
