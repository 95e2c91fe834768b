"""An account that is attacked, and whoever attacks it."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import insert

from watchword.accounts.attempts import (
    Caller,
    Compared,
    Factors,
    MailCodeAttempt,
    PasswordAttempt,
    RecoveryCodeAttempt,
    TOTPAttempt,
)
from watchword.accounts.credentials import CredentialContext, verify_credential
from watchword.accounts.errors import InvalidCredentials, TooManyAttempts
from watchword.accounts.levels import Method, Proof
from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.passwords.hashing import Argon2Parameters, hash_password, verify_password
from watchword.accounts.sessions import SESSION_LIMITS, new_browser_session
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.chance import new_secret
from watchword.base.secrets import Secret, digest
from watchword.stores import migrate, open_store
from watchword.stores.schema import emails
from watchword.stores.statement import Statement, Step

CHEAP = Argon2Parameters(time_cost=1, memory_kib=8, lanes=1)
PASSWORD = "a quiet garden at dusk"
NOW = 1_800_000_000
ADD_ADDRESS = Statement(insert(emails))
DEVICE = Secret("the browser at home")


class Hasher:
    """Hashes at once, and counts."""

    verified = 0

    async def hash(self, password, parameters):
        return hash_password(password, parameters, chance=chance.SYSTEM)

    async def verify(self, password, password_hash):
        self.verified += 1
        return verify_password(password, password_hash)


@dataclass
class Code:
    """A factor whose right code is known to the test, and which counts comparisons."""

    method: Method
    compared: int = 0

    async def compare(self, attempt, *, origin, now):
        assert origin is not None
        assert now >= NOW
        self.compared += 1
        if attempt.code.reveal() != "right":
            raise InvalidCredentials("wrong code")
        return Compared(attempt.user_id, self.method)


@dataclass
class Clock:
    time: int = NOW

    def now(self):
        return self.time

    def monotonic(self):
        return float(self.time)


@dataclass
class Attacked:
    """An account, every way to try it, and how often something was really compared."""

    store: object
    run: object
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self):
        self.hasher = Hasher()
        self.codes = [Code(Method.TOTP), Code(Method.RECOVERY_CODE), Code(Method.MAIL_CODE)]
        totp, recovery_code, mail_code = self.codes
        self.context = CredentialContext(
            store=self.store,
            hasher=self.hasher,
            clock=self.clock,
            decoy_key=b"d" * 32,
            parameters=CHEAP,
            factors=Factors(totp=totp, recovery_code=recovery_code, mail_code=mail_code),
        )

    @property
    def tries(self):
        """How many guesses were compared."""
        return self.hasher.verified + sum(code.compared for code in self.codes)

    async def guess(self, attempt, caller):
        """Return the seconds to wait, None where the guess was compared and wrong."""
        try:
            await verify_credential(attempt, caller, self.context)
        except InvalidCredentials:
            return None
        except TooManyAttempts as throttled:
            return throttled.retry_after
        raise AssertionError("a wrong guess was accepted")

    def verify(self, attempt, caller):
        return self.run(verify_credential(attempt, caller, self.context))

    def passwords(self, names, text="wrong"):
        return [PasswordAttempt(name, Secret(text)) for name in names]

    def typed_codes(self, text="wrong"):
        user_id, code = "user_ada", Secret(text)
        link = new_link(code, purpose=LinkPurpose.RESET, user_id=user_id, now=NOW)
        return [
            TOTPAttempt(user_id, code),
            RecoveryCodeAttempt(user_id, code),
            MailCodeAttempt(user_id, code, link),
        ]


@pytest.fixture
def run():
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
    else:
        url = request.getfixturevalue("postgres_url")
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def rows_of():
    """Write a verified address without its mail."""

    def write(store, user_id, address):
        def verb():
            values = {
                "tenant": "default",
                "user_id": user_id,
                "address": address,
                "written": address,
                "is_primary": True,
                "verified_at": NOW,
                "created_at": NOW,
            }
            yield Step(ADD_ADDRESS, values)

        return store._driver.write(verb)

    return write


@pytest.fixture
def attacked(run, store_url):
    store = run(open_store(store_url))
    password_hash = hash_password(Secret(PASSWORD), CHEAP, chance=chance.SYSTEM)
    run(store.add_user(NewUser("user_ada", "ada", password_hash, frozenset(), NOW)))
    session = new_browser_session(
        new_secret(chance.SYSTEM),
        proofs=(Proof(Method.PASSWORD, NOW),),
        limits=SESSION_LIMITS,
        origin=NOWHERE,
        now=NOW,
        chance=chance.SYSTEM,
    )
    known = replace(session, device_hash=digest(DEVICE))
    run(store.open_session(known, user_id="user_ada", password_hash=password_hash, now=NOW))
    yield Attacked(store, run)
    run(store.close())


@pytest.fixture
def strangers():
    """Callers from as many networks as an attacker likes to have."""
    return [Caller(Origin(f"192.0.2.{number}", None)) for number in range(1, 255)]


@pytest.fixture
def owner():
    """The owner's own browser, on a network that the attacker shares."""
    return replace(Caller(Origin("192.0.2.1", None)), device_secret=DEVICE)


@pytest.fixture
def nowhere():
    return Caller(NOWHERE)
