"""Verifying with keys from elsewhere: cold, refreshed, attacked and cut off.

Source: tokens.md J-43, J-44; security.md rule 24.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.net.library import (
    ISSUER,
    NEW,
    OLD,
    Clock,
    published,
    remote,
    settled,
)

from watchword import jwt
from watchword.base import base64url
from watchword.base.clock import SYSTEM
from watchword.jose.errors import UnknownKey
from watchword.jose.jwk.key import Key
from watchword.net.errors import Unreachable
from watchword.net.jwks import RemoteKeySet


def policy(keys: RemoteKeySet, **options: object) -> jwt.Verifier:
    """Return a verifier of the issuer's tokens, a minute before they end."""
    expected = {"issuer": ISSUER, "audience": "api", "typ": "at+jwt"}
    return jwt.Verifier(keys, **expected, **options)


def token(key: Key = OLD, clock: object = SYSTEM, **claims: object) -> str:
    signer = jwt.Signer(
        key, issuer=ISSUER, audience="api", lifetime="2d", typ="at+jwt", clock=clock
    )
    return signer.sign(sub="alice", **claims)


@pytest.mark.requirement("tokens:J-43:guards-cold", "security-a:24:one-fetch")
def test_thousand_cold_verifiers_in_threads_and_loops_cause_one_fetch(library):
    """Tokens.md J-43: 1,000 guards cold = 1 fetch."""
    keys = remote(library)
    text = token()
    library.gate.clear()

    async def loop() -> set[str | None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(policy(keys).averify(text)) for _ in range(240)]
            await asyncio.sleep(0)
            library.gate.set()
        return {task.result().claims.sub for task in tasks}

    with ThreadPoolExecutor(44) as pool:
        threads = [pool.submit(policy(keys).verify, text) for _ in range(40)]
        loops = [pool.submit(asyncio.run, loop()) for _ in range(4)]
        assert [each.result(60) for each in loops] == [{"alice"}] * 4
        assert {each.result(60).claims.sub for each in threads} == {"alice"}
    assert len(library.asked) == 1
    assert keys.status.fetches == 1


@pytest.mark.requirement("tokens:J-43:unknown-kid-cool-down", "security-a:24:cool-down")
def test_hundred_thousand_made_up_kids_cost_one_fetch_a_cool_down(library):
    """Tokens.md J-43: tokens that satisfy the whole policy but for their key."""
    clock = Clock()
    keys = remote(library, clock)
    verifier = policy(keys)
    verifier.verify(token())
    payload, signature = token().split(".")[1:]
    for _ in range(2):
        clock.time += 31
        for number in range(50_000):
            members = {"alg": "ES256", "kid": f"{number}", "typ": "at+jwt"}
            header = base64url.encode(json.dumps(members).encode())
            with pytest.raises(UnknownKey):
                verifier.verify(f"{header}.{payload}.{signature}")
    assert len(library.asked) == 3


@pytest.mark.requirement("tokens:J-44:outage-bridged", "security-a:24:outage")
def test_issuer_down_for_an_hour_refuses_no_good_token(library):
    """Tokens.md J-44: PyJWT 2.15.1 refuses 200 of 200 here, with 200 fetches."""
    clock = Clock(time=1_900_000_000.0)
    keys = remote(library, clock)
    verifiers = [policy(keys, clock=clock, cache=size) for size in (0, 9)]
    texts = [token(clock=clock, number=number) for number in range(3)]
    for verifier in verifiers:
        verifier.verify(texts[0])
    library.documents["https://id.example.com/jwks"] = Unreachable("down")
    verified = 0
    for _ in range(120):
        clock.time += 30
        for verifier in verifiers:
            for text in texts:
                assert verifier.verify(text).claims.sub == "alice"
                assert verifier.verify_nowait(text).claims.sub == "alice"
                verified += 2
        settled(keys)
    assert verified == 1_440
    assert keys.status.failures > 0
    assert not keys.status.is_fresh
    assert len(library.asked) <= 122


def test_keys_that_did_not_change_keep_what_rests_on_them(library):
    """A refresh that brings the same keys costs neither the header cache nor the token cache."""
    clock = Clock(time=1_900_000_000.0)
    keys = remote(library, clock)
    verifier = policy(keys, clock=clock, cache=9)
    text = token(clock=clock)
    first = verifier.verify(text)
    clock.time += 601
    verifier.verify(text)
    settled(keys)
    assert len(library.asked) == 2
    assert verifier.verify(text).claims is first.claims
    library.documents["https://id.example.com/jwks"] = published(NEW)
    clock.time += 601
    verifier.verify(text)
    settled(keys)
    with pytest.raises(UnknownKey):
        verifier.verify(text)


@pytest.mark.requirement("tokens:J-31:canaries")
def test_no_log_and_no_repr_shows_what_a_token_holds(library, caplog):
    """The one part of the library that logs: it names places and reasons, and no token's words."""
    canary = "canary-7f3a"
    caplog.set_level("DEBUG")
    clock = Clock(time=1_900_000_000.0)
    keys = remote(library, clock)
    verifier = policy(keys, clock=clock, cache=9)
    verifier.verify(token(clock=clock, name=canary))
    strange = Key.generate("ES256", kid=canary)
    for outage in (Unreachable("down"), {"keys": [{"kty": "oct", "k": canary}]}, {"keys": canary}):
        library.documents["https://id.example.com/jwks"] = outage
        clock.time += 700
        for text in (token(strange, clock), token(clock=clock, name=canary)[:-4] + "AAAA"):
            with pytest.raises((jwt.TokenError, jwt.KeysUnavailable)) as refused:
                verifier.verify(text)
            assert canary not in f"{refused.value}{refused.value!r}{refused.value.detail}"
        settled(keys)
    assert "no keys from https://id.example.com/jwks" in caplog.text
    for shown in (caplog.text, repr(keys), repr(keys.status), repr(verifier)):
        assert canary not in shown
