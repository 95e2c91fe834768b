"""An issuer for guards: a key, a clock that moves, and tokens good and bad."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from watchword import jws
from watchword.accounts.users import User, UserStatus
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.oauth.families import TokenState

ISSUER = "https://id.example.com"
AUDIENCE = "notes"
USER = "user_AAAAAAAAAAAAAAAAAAAAAA"


@dataclass
class Clock:
    time: int = 1_800_000_000

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        return float(self.time)


@dataclass
class Mint:
    """Makes tokens; `claims` replace or, as None, remove those of a good one."""

    clock: Clock
    key: Key = field(default_factory=lambda: Key.generate("ES256"))

    @property
    def keys(self) -> KeySet:
        return KeySet([self.key.public()])

    def token(self, *, typ: str = "at+jwt", key: Key | None = None, **claims: object) -> str:
        return self.signed(claims, typ=typ, key=key)

    def signed(self, claims: dict[str, object], *, typ: str, key: Key | None = None) -> str:
        now = self.clock.now()
        good = {
            "iss": ISSUER,
            "sub": USER,
            "aud": [AUDIENCE, ISSUER],
            "client_id": "app",
            "iat": now,
            "exp": now + 300,
            "jti": "gen_1",
            "scope": "notes:read",
            "sid": "sid_1",
            "fam": "fam_1",
            "roles": ["user"],
            "preferred_username": "alice",
            "ver": 3,
        }
        members = {k: v for k, v in (good | claims).items() if v is not None}
        # A Signer refuses to make a bad one.
        return jws.sign(json.dumps(members).encode(), key or self.key, header={"typ": typ})


@dataclass
class Subjects:
    """What a store would say; an exception is raised instead."""

    state: TokenState | Exception = field(
        default_factory=lambda: TokenState(user=account(), is_live=True, is_replaced=False)
    )
    asked: list[dict[str, object]] = field(default_factory=list)

    async def read_token_state(self, **what: object) -> TokenState:
        self.asked.append(what)
        if isinstance(self.state, Exception):
            raise self.state
        return self.state

    async def is_client_token_live(self, **what: object) -> bool:
        return (await self.read_token_state(**what)).is_live


def account(status: UserStatus = UserStatus.ACTIVE, roles: frozenset[str] = frozenset()) -> User:
    return User(USER, "alice", status, roles, version=9, created_at=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mint(clock) -> Mint:
    return Mint(clock)


@pytest.fixture
def subjects() -> Subjects:
    return Subjects()


@pytest.fixture
def bearer() -> Callable[[str], dict[str, str]]:
    return lambda token: {"Authorization": f"Bearer {token}"}


@pytest.fixture
def make_account():
    return account
