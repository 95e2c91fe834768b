"""Input that is made to cost more than it is worth.

What is asserted is the work, not the time: how much is looked at and what memory it takes.
Source: golang-jwt CVE-2025-30204; go-jose CVE-2025-27144; Authlib CVE-2025-61920; tokens.md J-17.
"""

import tracemalloc

import pytest
from tests.jose import forge
from tests.jose.jwe import recipients
from tests.jose.keys import public, verifier
from tests.jose.sdjwt.credentials import token_verifier

from watchword import jwe, jws, jwt, sdjwt
from watchword.base import strict_json

MEMORY_BYTES_MAX = 1024 * 1024


@pytest.mark.requirement("security-a:15:bounded-cost", "tokens:J-17:sizes-first")
@pytest.mark.parametrize("size", [10**exponent for exponent in range(2, 8)])
@pytest.mark.parametrize(
    "shape",
    [
        *("{x}", "{x}.e30.AA", "e30.{x}.AA", "e30.e30.{x}", "{dots}", "e30.{dots}.AA", "{wide}"),
    ],
)
def test_memory_does_not_grow_with_the_token(size, shape):
    """Security.md rule 15."""
    text = shape.format(x="A" * size, dots="." * size, wide="é" * size)
    policy = verifier()
    tracemalloc.start()
    with pytest.raises(jwt.MalformedToken):
        policy.verify(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY_BYTES_MAX


def test_an_oversize_token_is_never_split_or_decoded(monkeypatch):
    def refuse(*_):
        raise AssertionError("looked at before its size")

    monkeypatch.setattr("watchword.jose.jws.header.read", refuse)
    for token in ("a." * 10_000, b"." * 5_000_000, "é" * 20_000):
        with pytest.raises(jwt.TokenTooLarge):
            verifier().verify(token)


@pytest.mark.parametrize("where", ["header", "payload"])
@pytest.mark.parametrize("bracket", ["[", '{"a":', '[{"a":'])
def test_deep_nesting_is_a_plain_refusal(where, bracket):
    """PyJWT GHSA-8wjv-2p76-3863; joserfc 1.8.0: signed, so that the payload is really read."""
    deep = '{"x":' + bracket * 700 + "}"
    parts = {"header": None, "payload": None} | {where: deep}
    with pytest.raises(jwt.MalformedToken):
        verifier().verify(forge.token(parts["header"], parts["payload"]))


@pytest.mark.parametrize("digits", [400, 4_000, 4_301, 9_000])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "x"])
def test_long_numbers_are_refused_in_a_date_and_crash_nowhere(digits, name):
    """PyJWT GHSA-w6j9-cwv2-h6wq."""
    payload = forge.dump(forge.claims(**{name: ...}))[:-1] + f',"{name}":{"9" * digits}}}'
    policy = verifier()
    if name == "x" and digits < 4_300:
        assert policy.verify(forge.token(payload=payload)).claims["x"]
        return
    with pytest.raises((jwt.ClaimInvalid, jwt.MalformedToken)):
        policy.verify(forge.token(payload=payload))


def test_many_members_and_long_strings_cost_one_pass():
    members = ",".join(f'"m{number}":0' for number in range(900))
    assert verifier().verify(forge.token(payload=forge.dump(forge.claims())[:-1] + f",{members}}}"))
    with pytest.raises(jwt.TokenTooLarge):
        verifier().verify(forge.token("{" + members + "}"))
    with pytest.raises(strict_json.MalformedJSON):
        strict_json.loads(b'{"a":"' + b'\\"' * 1_000_000, bytes_max=10**7)


@pytest.mark.requirement("security-a:15:bounded-cost", "tokens:J-17:sizes-first")
@pytest.mark.parametrize("size", [10**exponent for exponent in range(2, 8)])
@pytest.mark.parametrize(
    "shape",
    [
        *('{{"payload":"{x}"}}', '{{"protected":"{x}","payload":"","signature":"AA"}}'),
        *('{{"payload":"","signatures":[{list}]}}', '{{"{x}":1}}', "{deep}", "{{{x}", "{wide}"),
    ],
)
def test_memory_is_bounded_whatever_the_document(size, shape):
    """A document of 256 KiB is read whole, so memory is a multiple of that and no more."""
    text = shape.format(x="A" * size, list="{}," * (size // 3), deep="[" * size, wide="é" * size)
    policy = jws.Verifier(public("ES256"))
    tracemalloc.start()
    for read in (policy.verify_json, lambda given: policy.verify_json_detached(given, b"x")):
        with pytest.raises(jwt.MalformedToken):
            read(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MEMORY_BYTES_MAX


READERS = {
    "jws": lambda: jws.Verifier(public("ES256")).verify_json,
    "jwe": lambda: jwe.Decrypter(recipients.key("A128KW"), enc=["A128GCM"]).decrypt_json,
    "sdjwt": lambda: sdjwt.Verifier(token_verifier(), key_binding=sdjwt.not_required).verify_json,
    "sdjwt.from_json": lambda: sdjwt.from_json,
}


@pytest.mark.requirement("security-a:15:bounded-cost", "tokens:J-17:sizes-first")
@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "text", ['{"payload":"' + "a" * 10**7 + '"}', "\u20ac" * 10**7, b"{" * 10**7]
)
def test_a_document_that_is_too_large_is_not_even_copied(name, text):
    read = READERS[name]()
    tracemalloc.start()
    with pytest.raises(jwt.TokenTooLarge):
        read(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024


@pytest.mark.requirement("security-a:15:bounded-cost", "tokens:J-17:sizes-first")
@pytest.mark.parametrize("read", [jwt.Key.from_jwk, jwt.Secret.from_jwk, jwt.KeySet.from_jwks])
def test_a_key_that_is_too_large_is_not_even_copied(read):
    with pytest.raises(jwt.InvalidKey):  # what a first call imports is not the key's
        read("{")
    text = '{"kty":"' + "a" * 10**7 + '"}'
    tracemalloc.start()
    with pytest.raises(jwt.InvalidKey, match="larger than 65536"):
        read(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024
