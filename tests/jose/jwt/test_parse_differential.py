"""What was kept and what was built for one call, side by side: one verdict, one value, one error.

`parse` and `verify` meet good tokens and tokens near them under keys and policies that are warm,
beside Verifiers made anew for each token. `WATCHWORD_PARSE_RUNS` sets how often.
Source: tokens.md section 7; decision 0146.
"""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, FixedClock, key

from watchword import jwt
from watchword.jose.jws.policy import refuse_algorithm
from watchword.jose.jwt.verifier import _Standing

RUNS = int(os.environ.get("WATCHWORD_PARSE_RUNS", "10000"))
SEED = os.environ.get("WATCHWORD_SEED", "0")
METHODS = ([jwt.HS256], [jwt.HS256, jwt.HS384], (jwt.HS512,))
USUAL: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP}
ABSENT: dict[str, Any] = {"issuer": None, "audience": None, "typ": jwt.PLAIN}
ANY: dict[str, Any] = {"issuer": jwt.ANY, "audience": jwt.ANY, "typ": jwt.ANY}
# Fewer than are kept, so that most are met warm; the last has no hash and is never kept.
POLICIES: tuple[dict[str, Any], ...] = (
    *(USUAL, USUAL, ANY, ANY, {"issuer": None, "audience": None, "typ": jwt.ANY}, {}),
    *(USUAL | {"issuer": "x"}, USUAL | {"audience": (AUDIENCE, "b")}, USUAL | {"typ": jwt.PLAIN}),
    *(ANY | {"audience": None}, ANY | {"issuer": None}, USUAL | {"audience": ["b", AUDIENCE]}),
)
CLAIMS: tuple[dict[str, Any], ...] = (
    *(
        {},
        {},
        {},
        {},
        {},
        {"iss": ...},
        {"aud": ...},
        {"aud": [AUDIENCE, "x"]},
        {"aud": "b"},
        {"exp": ...},
    ),
    *({"nbf": NOW}, {"iat": NOW + 11}, {"iss": "x"}, {"sub": 7}, {"x": {"1": [2]}}, {"exp": NOW}),
)
HEADERS: tuple[dict[str, Any], ...] = (
    *({}, {}, {}, {"kid": None}, {"kid": "x"}, {"typ": None}, {"typ": "JWT"}, {"typ": "x"}),
    *({"crit": ["x"], "x": 1}, {"x": 1}, {"b64": True}, {"typ": 1}),
)
KEYS: tuple[Any, ...] = (
    *(key("HS256"), key("HS384"), None, "x" * 32),
    *(jwt.Secret.generate("HS256"), jwt.Secret.generate("HS256", kid="kid-HS256")),
    *(jwt.KeySet([key("HS256")]), jwt.KeySet([key("HS256"), key("HS384"), key("HS512")])),
    jwt.KeySet([jwt.Secret.from_jwk(key("HS256").to_jwk(private=True) | {"kid": "x"})]),
)


@pytest.mark.requirement("tokens:7:kept")
def test_what_is_kept_changes_no_verdict():
    """Tokens.md section 7: any key, policy and token after any others."""
    chance, met = random.Random(f"parse {SEED}"), set()
    for _ in range(RUNS):
        keys = chance.choice(KEYS[:2] if chance.random() < 0.5 else KEYS)
        policy = chance.choice(POLICIES[:4] if chance.random() < 0.5 else POLICIES)
        methods, text = chance.choice(METHODS), token(chance)
        now = NOW + chance.choice((0, 0, 0, -11, 900))
        parsed = outcome(parse, text, keys, now, methods, policy)
        assert parsed == outcome(slow_parse, text, keys, now, methods, policy)
        met.add(parsed[0])
        if keys is not None:
            expect = jwt.Expected(**chance.choice((USUAL, ANY)))
            verified = outcome(verify, text, keys, now, expect)
            assert verified == outcome(slow_verify, text, keys, now, expect)
            met.add(verified[0])
    assert met >= {
        *("proved", "MalformedToken", "AlgorithmRefused", "UnknownKey", "SignatureInvalid"),
        *("WrongType", "WrongIssuer", "WrongAudience", "ClaimMissing", "Expired", "CriticalHeader"),
        *("ClaimsInvalid", "PolicyRefused"),
    }
    kept = [each for keys in KEYS if hasattr(keys, "prepared") for each in keys.prepared.values()]
    learned = [each for each in kept if type(each) is _Standing and each._prover._orders]
    assert len(learned) >= 6, "what is compared was not kept"


def token(chance: random.Random) -> str:
    """Sign a token that is good or nearly; then change a character of some."""
    alg = chance.choice(("HS256", "HS256", "HS384"))
    header = forge.header(alg, **chance.choice(HEADERS))
    claims = forge.claims(**(chance.choice(CLAIMS) | chance.choice(CLAIMS)))
    claims["jti"] = str(chance.randrange(99))
    text = forge.token(header, claims, alg=alg)
    if chance.random() < 0.3:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(("A", "x", ".", "=", "_", "", "é")) + text[at + 1 :]
    return text


def parse(text: str, keys: Any, now: int, methods: Any, policy: dict[str, Any]) -> Any:
    """Parse with what is kept."""
    options = policy | {"methods": methods, "clock": FixedClock(now)}
    return jwt.parse(text, lambda said: seen(said, keys), **options).claims


def slow_parse(text: str, keys: Any, now: int, methods: Any, policy: dict[str, Any]) -> Any:
    """Do as `parse`, step by step, with a policy and a Verifier made for this token."""
    expect, said = jwt.Expected(**(ABSENT | policy)), jwt.peek(text)
    if said.method not in methods:
        raise refuse_algorithm(said.header.alg, frozenset(method.name for method in methods))
    chosen = seen(said, keys)
    if chosen is None:
        raise jwt.UnknownKey("the key function knows no key for this token")
    return slow_verify(text, chosen, now, expect)


def verify(text: str, keys: Any, now: int, expect: jwt.Expected) -> Any:
    """Verify with what is kept."""
    return jwt.verify(text, keys, expect=expect, now=now).claims


def slow_verify(text: str, keys: Any, now: int, expect: jwt.Expected) -> Any:
    """Verify with a Verifier made for this token."""
    return _Standing(keys, expect).verify_at(text, now).claims


def seen(said: jwt.Unverified, keys: Any) -> Any:
    """Answer as a key function does, which gets plain members whether anything is kept or not."""
    assert type(said) is jwt.Unverified
    assert type(said.claims) is dict
    return keys


def outcome(call: Callable[..., Any], *arguments: Any) -> tuple[str, ...]:
    """Return the claims or the error, in a form in which 1, 1.0 and True differ."""
    try:
        claims = call(*arguments)
    except (jwt.TokenError, jwt.PolicyRefused) as error:
        every = getattr(error, "errors", (error,))
        told = [(type(e).__name__, str(e), e.claim, repr(e.expected), repr(e.got)) for e in every]
        return type(error).__name__, repr(told)
    return "proved", repr([*claims.items()])
