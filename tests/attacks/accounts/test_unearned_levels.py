"""Somebody who wants a level without earning it: random walks over the login API.

Source: security.md class C11 (Keycloak CVE-2026-7507, ZITADEL CVE-2024-28197 and CVE-2025-64103,
Kratos CVE-2024-45042, Casdoor CVE-2026-9091) and rule 44; OWASP ASVS 5.0 V10.3.4.
"""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.attacks.accounts.conftest import CHEAP, NOW, PASSWORD, Clock, Code, Hasher

from watchword.accounts.attempts import Caller, Factors, PasswordAttempt
from watchword.accounts.credentials import CredentialContext
from watchword.accounts.errors import FlowNotValid, InvalidCredentials, TooManyAttempts
from watchword.accounts.factors.ceremonies import RelyingParty
from watchword.accounts.factors.passkeys import PasskeyContext
from watchword.accounts.factors.together import Standing
from watchword.accounts.flow import (
    Answer,
    AnswerKind,
    Begun,
    Bindings,
    Completed,
    FlowPurpose,
    LiveLogin,
    Wish,
)
from watchword.accounts.levels import Level, Method, Proof, level
from watchword.accounts.origin import NOWHERE
from watchword.accounts.passwords.hashing import hash_password
from watchword.accounts.steps import FlowContext, answer, begin, continue_session, look
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.stores import migrate, open_store

BINDINGS = Bindings(FlowPurpose.API, "web")
CALLER = Caller(NOWHERE)


@dataclass
class Pair:
    """A standing that the walk chooses."""

    standing: Standing

    async def read_standing(self, _user_id):
        return self.standing


@dataclass
class Walk:
    """Steps in any order, by somebody who knows the password and, sometimes, a code."""

    store: object
    flow: FlowContext
    secrets: list = field(default_factory=list)
    completed: list = field(default_factory=list)
    earned: int = 0  # right second factors that were shown

    async def take(self, step, number, wish):
        secret = self.secrets[number % len(self.secrets)] if self.secrets else Secret("none")
        try:
            outcome = await self._outcome(step, secret, wish)
        except (InvalidCredentials, FlowNotValid, TooManyAttempts):
            return
        if isinstance(outcome, Completed):
            self.completed.append((outcome, self.earned))
        else:
            self.secrets.append(outcome.secret)

    async def _outcome(self, step, secret, wish):
        begun = Begun(BINDINGS, wish)
        match step:
            case "password" | "wrong password":
                text = PASSWORD if step == "password" else "wrong"
                attempt = PasswordAttempt("ada", Secret(text))
                return await begin(attempt, CALLER, begun, self.flow)
            case "session":
                proofs = (Proof(Method.PASSWORD, NOW),)
                live = LiveLogin("sid_1", "user_ada", "ada", proofs)
                return await continue_session(live, begun, self.flow)
            case "look":
                return await look(secret, BINDINGS, self.flow)
            case "other client":
                shown = Answer(AnswerKind.TOTP, Secret("right"))
                other = Bindings(FlowPurpose.API, "other")
                return await answer(secret, shown, CALLER, other, self.flow)
        kind, text = step
        return await answer(secret, Answer(kind, Secret(text)), CALLER, BINDINGS, self.flow)


STEPS = st.sampled_from(
    [
        "password",
        "wrong password",
        "session",
        "look",
        "other client",
        *((kind, text) for kind in AnswerKind for text in ("wrong", PASSWORD)),
    ]
)
WISHES = st.builds(Wish, st.sampled_from(Level), st.none() | st.integers(min_value=0, max_value=10))
STANDINGS = st.builds(
    Standing,
    has_password=st.just(True),
    totps=st.integers(0, 1),
    passkeys=st.integers(0, 1),
    recovery_codes=st.integers(0, 2),
)


@pytest.fixture(scope="module")
def walking(tmp_path_factory):
    """Make walks over one database, whose throttle forgets between them."""
    url = f"sqlite:///{tmp_path_factory.mktemp('walk')}/store.db"
    with asyncio.Runner() as runner:
        runner.run(migrate(url))
        store = runner.run(open_store(url))
        hashed = hash_password(Secret(PASSWORD), CHEAP, chance=chance.SYSTEM)
        runner.run(store.add_user(NewUser("user_ada", "ada", hashed, frozenset(), NOW)))
        clock = Clock()
        totp, recovery = Code(Method.TOTP), Code(Method.RECOVERY_CODE)
        credentials = CredentialContext(
            store, Hasher(), clock, b"d" * 32, CHEAP, Factors(totp=totp, recovery_code=recovery)
        )
        party = RelyingParty("id.example", "Example", ("https://id.example",))

        def walk(standing):
            clock.time += 31 * 86_400  # the throttle has forgotten the walk before
            passkeys = PasskeyContext(store, party, clock, chance.SYSTEM)
            flow = FlowContext(credentials, store, Pair(standing), passkeys, clock, chance.SYSTEM)
            return Walk(store, flow)

        yield runner.run, walk
        runner.run(store.close())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(standing=STANDINGS, walk=st.lists(st.tuples(STEPS, st.integers(0, 5), WISHES), max_size=8))
@pytest.mark.requirement("security:44:no-walk-without-a-factor")
def test_no_walk_reaches_two_factors_without_showing_one(walking, standing, walk):
    """No right code is ever shown here, so nothing may end at the second level."""
    run, make = walking
    walker = make(standing)

    async def go():
        for step, number, wish in walk:
            await walker.take(step, number, wish)

    run(go())
    for completed, _ in walker.completed:
        assert level(completed.proofs) is Level.ONE_FACTOR
        assert standing.seconds == 0  # an account with a second factor never opens without


@pytest.mark.parametrize("kind", [AnswerKind.TOTP, AnswerKind.RECOVERY_CODE])
def test_walk_with_a_right_code_does_reach_it(walking, kind):
    """The property above is not held by refusing everybody."""
    run, make = walking
    walker = make(Standing(has_password=True, totps=1, passkeys=0, recovery_codes=1))
    run(walker.take("password", 0, Wish()))
    run(walker.take((kind, "right"), 0, Wish()))
    ((completed, _),) = walker.completed
    assert level(completed.proofs) is Level.TWO_FACTORS
