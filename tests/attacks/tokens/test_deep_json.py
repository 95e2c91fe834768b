"""Brackets without end, wherever a verifier reads JSON, cold or after it has learned.

A fast reader that skips what it has no name for may skip by recursion, and the interpreter's own
limit is then the only one: an exception that nobody catches, in a process that serves others.

Source: RFC 8725 section 3.7; PyJWT GHSA-w6j9-cwv2-h6wq; tokens.md J-18, J-30 and section 7 (traps
of msgspec).
"""

from typing import TypedDict

import msgspec
import pytest
from tests.jose import forge
from tests.jose.keys import key, verifier

from watchword import jws, jwt


class Named(msgspec.Struct, frozen=True):
    sub: str


class Named32(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sub: str
    iss: str
    aud: str
    exp: int
    iat: int
    jti: str


class NamedDict(TypedDict):
    sub: str


GOOD = forge.dump(forge.claims())
KINDS = (jwt.Claims, dict, Named, Named32, NamedDict)
DEPTHS = (33, 1_000, 5_000)


def warm(kind=jwt.Claims, **options):
    """Return a verifier that has learned the order of good tokens."""
    policy = verifier(claims=kind, **options)
    for _ in range(3):
        policy.verify(forge.token(payload=GOOD))
    return policy


def deep(depth):
    """Yield payloads of good claims with one deep member: unknown, known, first, repeated."""
    for value in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth):
        yield f'{GOOD[:-1]},"x":{value}}}'
        yield f'{{"x":{value},{GOOD[1:]}'
        yield f'{GOOD[:-1]},"sub":{value}}}'
        yield GOOD.replace('"alice"', value)
        yield f'{GOOD[:-1]},"x":1,"x":{value}}}'


@pytest.mark.requirement("tokens:J-18:strict-json", "tokens:J-30:no-other-exception")
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_verifier_refuses_depth_as_a_cold_one_does(kind, depth):
    policies = (warm(kind), warm(kind, cache=9), verifier(claims=kind))
    for text in deep(depth):
        for policy in policies:
            for bytes_max in (2**14, 2**20):
                with pytest.raises(jwt.TokenError):
                    policy.verify(forge.token(payload=text), bytes_max=bytes_max)


@pytest.mark.requirement("tokens:J-18:strict-json", "tokens:J-30:no-other-exception")
@pytest.mark.parametrize("digits", [400, 4_299, 4_301, 10_000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_warm_verifier_takes_no_harm_from_long_numbers(kind, digits):
    """Python turns text of more than 4,300 digits into no number, and says so by ValueError."""
    number = "9" * digits
    policy = warm(kind)
    for claim in ("exp", "iat"):
        text = GOOD.replace(str(forge.claims()[claim]), number)
        with pytest.raises(jwt.TokenError):
            policy.verify(forge.token(payload=text))
    with pytest.raises(jwt.TokenError):
        policy.verify(forge.token(payload=GOOD.replace('"alice"', number)))
    unknown = forge.token(payload=f'{GOOD[:-1]},"x":{number}}}')
    try:
        policy.verify(unknown)
    except jwt.TokenError:
        return
    assert digits < 4_300


@pytest.mark.requirement("tokens:J-18:strict-json")
@pytest.mark.parametrize("depth", DEPTHS)
def test_every_other_reader_of_a_part_refuses_depth_too(depth):
    nested = "[" * depth + "]" * depth
    payload = forge.token(payload=f'{GOOD[:-1]},"x":{nested}}}')
    headed = forge.token(f'{forge.dump(forge.header())[:-1]},"x":{nested}}}')
    for text in (payload, headed):
        for read in (jwt.peek, verifier().authenticate, jwt.Verifiers(warm()).verify):
            with pytest.raises(jwt.TokenError):
                read(text)
        with pytest.raises(jwt.TokenError):
            jwt.parse(text, lambda _: key("HS256"), methods=[jwt.HS256], typ=jwt.ANY)
    with pytest.raises(jwt.TokenError):
        jws.Verifier(key("HS256")).verify(headed)
