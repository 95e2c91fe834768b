"""Secrets in every field of an encrypted token, and a search for them in whatever reaches a log.

Source: security.md rules 5 and 19; tokens.md J-19, J-31.
"""

import json
import socket

import pytest
from tests.jose.jwe.recipients import decrypter, document, encoded, reheaded, token
from tests.jose.refusals import shown

from watchword import jwe, jwt

CANARY = "canary7f3a"
HEADER_MEMBERS = ("alg", "enc", "kid", "typ", "cty", "zip", "iv", "tag", "p2s", "p2c", "epk", "apu")


def tokens():
    for alg, crv in (("A128GCMKW", None), ("ECDH-ES", "X25519"), ("PBES2-HS256+A128KW", None)):
        good = token(alg, crv=crv)
        opener = decrypter(alg, crv=crv)
        for name in HEADER_MEMBERS:
            for value in (CANARY, [CANARY], {CANARY: CANARY}):
                yield opener.decrypt, reheaded(good, **{name: value})
        yield opener.decrypt, reheaded(good, crit=[CANARY], **{CANARY: 1})
        header, rest = good.split(".", 1)
        twice = encoded(f'{{"alg":"{CANARY}","alg":"x"}}')
        yield opener.decrypt, f"{twice}.{rest}"
        yield opener.decrypt, f"{header}.{CANARY}.{CANARY}.{CANARY}.{CANARY}"
    opener = decrypter("A128KW")
    members = document("A128KW", aad=b"beside")
    for name in (*members, "unprotected", "header", "recipients"):
        yield opener.decrypt_json, json.dumps(members | {name: CANARY})
        yield opener.decrypt_json, json.dumps(members | {name: {CANARY: CANARY}})
    yield opener.decrypt, CANARY
    yield opener.decrypt_json, f'{{"{CANARY}'
    yield opener.decrypt, jwe.encrypt(CANARY.encode(), jwe.Secret.generate("A128KW"), enc="A128GCM")


@pytest.mark.requirement("tokens:J-31:encryption-canaries")
def test_no_refusal_shows_what_it_refuses():
    checked = 0
    for read, text in tokens():
        try:
            read(text)
        except jwt.TokenError as refusal:
            texts = shown(refusal)
            assert not any(CANARY in part for part in texts), texts
            checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    "make",
    [
        lambda: jwe.Secret(CANARY, alg="A128KW"),
        lambda: jwe.Secret(f'{{"kty":"oct","k":"{CANARY}"}}', alg="A256KW"),
        lambda: jwe.Secret.from_jwk({"kty": "oct", "k": CANARY * 2, "alg": "A128KW"}),
        lambda: jwe.Password(f"-----BEGIN PRIVATE KEY-----{CANARY}"),
        lambda: jwe.Key.from_pem(f"-----BEGIN PRIVATE KEY-----\n{CANARY}", alg="RSA-OAEP"),
        lambda: jwe.Key.from_jwk(f'{{"kty":"OKP","d":"{CANARY}"'),
        lambda: jwe.Decrypter(CANARY, enc=["A128GCM"]),
        lambda: jwe.encrypt(b"x", CANARY, enc="A128GCM"),
        lambda: jwe.encrypt(CANARY, jwe.Password("entrap"), enc="A128GCM"),
    ],
)
def test_no_key_refusal_shows_the_key(make):
    with pytest.raises((jwt.KeyRefused, jwt.PolicyRefused)) as caught:
        make()
    error = caught.value
    assert CANARY not in f"{error}{error!r}{error.detail}{error.__context__!r}"


@pytest.mark.requirement("tokens:J-19:encryption-header-keys")
def test_nothing_in_a_header_is_followed(monkeypatch):
    """Keys come from the decrypter; an address in a header is a word like any other."""

    def never(*_arguments, **_options):
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", never)
    stranger = jwe.Key.generate("RSA-OAEP")
    members = {"jku": "http://127.0.0.1:9/", "x5u": "http://127.0.0.1:9/", "x5c": ["AAAA"]}
    members |= {"jwk": stranger.public().to_jwk()}
    assert decrypter("RSA-OAEP").decrypt(token("RSA-OAEP", header=members)).data
    forged = jwe.encrypt(b"x", stranger, enc="A128GCM", header=members)
    with pytest.raises(jwt.TokenError):
        decrypter("RSA-OAEP").decrypt(reheaded(forged, kid="kid-RSA-OAEP"))
