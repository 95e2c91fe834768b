"""Cached and uncached verification, side by side over random tokens, clock, denylist and keys.

`WATCHWORD_CACHE_RUNS` sets how often they are compared; the nightly set compares 10^6 times.
Source: tokens.md section 7.
"""

import os
import random
from typing import Any

import pytest
from tests.jose import forge
from tests.jose.jwt.test_cache import Rotating, rotating
from tests.jose.keys import NOW, FixedClock, public, verifier

from watchword import jwt

RUNS = int(os.environ.get("WATCHWORD_CACHE_RUNS", "10000"))


def outcome(policy: jwt.Verifier, text: str) -> tuple[object, ...]:
    try:
        proved = policy.verify(text)
    except (jwt.TokenError, jwt.KeysUnavailable) as error:
        return type(error), str(error)
    return dict(proved.claims), proved.header, proved.key, proved.expires_in


@pytest.mark.requirement("tokens:7:cache")
def test_cached_and_uncached_say_the_same():
    """Tokens.md section 7: random tokens, clock, denylist and keys, one answer."""
    chance = random.Random(7)
    clock = FixedClock()
    denied: set[str | None] = set()
    others = [jwt.Key.generate("ES256", kid=f"other-{number}").public() for number in range(2)]
    source = Rotating(public("ES256"), *others)
    options: dict[str, Any] = {
        "clock": clock,
        "denylist": lambda proved: proved.claims.jti in denied,
        "max_age": 120,
    }
    pairs = [
        ([rotating(source, **options, cache=size) for size in (0, 8)], "ES256"),
        ([verifier("HS256", **options, cache=size) for size in (0, 8)], "HS256"),
    ]
    met: set[type] = set()
    pool = {alg: [some_token(chance, alg) for _ in range(12)] for _, alg in pairs}
    for _ in range(RUNS):
        (plain, cached), alg = pairs[chance.random() < 0.9]
        text = chance.choice(pool[alg])
        found = outcome(plain, text)
        assert found == outcome(cached, text)
        met.add(found[0] if isinstance(found[0], type) else jwt.Verified)
        match chance.randrange(40):
            case 0 | 1 | 2 | 3:
                clock.time = NOW + chance.randrange(-30, 200)
            case 4:
                denied ^= {chance.choice("abc")}
            case 5:
                mutate(chance, pool[alg])
            case 6:
                own = [public("ES256")] if chance.random() < 0.8 else []
                source.keys = jwt.KeySet([*own, *others[: chance.randrange(1, 3)]])
            case 7:
                pool[alg][chance.randrange(12)] = some_token(chance, alg)
    assert met >= {
        *(jwt.Verified, jwt.Expired, jwt.TooOld, jwt.IssuedInFuture, jwt.TokenRevoked),
        *(jwt.SignatureInvalid, jwt.UnknownKey, jwt.MalformedToken, jwt.ClaimsInvalid),
    }


def some_token(chance: random.Random, alg: str) -> str:
    changes: dict[str, object] = {
        "jti": chance.choice("abc"),
        "exp": NOW + chance.choice([1, 60, 100.5, 180, -1]),
        "iat": NOW + chance.choice([0, 5, 10, 11, -30.5]),
    }
    if chance.random() < 0.3:
        changes["nbf"] = NOW + chance.randrange(-20, 40)
    if chance.random() < 0.3:
        changes["roles"] = ["a", {"b": chance.random()}]
    if chance.random() < 0.1:
        changes["aud"] = "other"
    return forge.token(payload=forge.claims(**changes), alg=alg)


def mutate(chance: random.Random, texts: list[str]) -> None:
    at = chance.randrange(len(texts))
    text = texts[at]
    position = chance.randrange(len(text))
    texts[at] = text[:position] + chance.choice("AB.=-") + text[position + 1 :]
