"""Secrets in every field, and a search for them in whatever can reach a log.

Source: security.md rule 19; tokens.md J-31.
"""

import pytest
from tests.jose import forge
from tests.jose.keys import NOW, public, verifier
from tests.jose.refusals import shown

from watchword import jwt

CANARY = "canary7f3a"


def tokens():
    yield forge.token(forge.header(alg=CANARY))
    yield forge.token(forge.header(kid=CANARY))
    yield forge.token(forge.header(typ=CANARY))
    yield forge.token(forge.header(crit=[CANARY], **{CANARY: 1}))
    yield forge.token(f'{{"alg":"HS256","alg":"{CANARY}"}}')
    yield forge.token(f'{{"alg":"{CANARY}"')
    yield forge.token(forge.header(kid={CANARY: 1}))
    for name in ("iss", "aud", "sub", "exp", "nbf", "iat", "jti", "scope"):
        yield forge.token(payload=forge.claims(**{name: [CANARY, {CANARY: 1}]}))
        yield forge.token(payload=forge.claims(**({"exp": NOW - 1} | {name: CANARY})))
    yield forge.token(payload=f'{{"sub":"{CANARY}","sub":"x"}}')
    yield forge.token(payload=f'{{"sub":"{CANARY}\xff"'.encode("latin-1"))
    yield forge.token(payload=f'{{"sub":"{CANARY}\\ud800"}}')
    yield forge.token()[:-4] + "AAAA"
    yield f"{forge.encode(CANARY)}.{forge.encode(CANARY)}.{CANARY}"
    yield CANARY
    yield f"{CANARY}.é.x"


@pytest.mark.requirement("tokens:J-31:canaries")
def test_no_refusal_shows_what_it_refuses():
    checked = 0
    secrets = {CANARY, forge.encode(CANARY)}
    for text in tokens():
        try:
            verifier().verify(text)
        except jwt.TokenError as refusal:
            texts = shown(refusal)
            assert not any(secret in part for secret in secrets for part in texts), texts
            checked += 1
    assert checked > 25


def test_no_key_refusal_shows_the_key():
    for make in (
        lambda: jwt.Secret(CANARY, alg="HS256"),
        lambda: jwt.Secret(f'{{"kty":"oct","k":"{CANARY}"}}', alg="HS256"),
        lambda: jwt.Key.from_pem(f"-----BEGIN PRIVATE KEY-----\n{CANARY}", alg="ES256"),
        lambda: jwt.Key.from_jwk({**public("ES256").to_jwk(), "d": CANARY}),
        lambda: jwt.Key.from_jwk(f'{{"kty":"EC","d":"{CANARY}"'),
        lambda: jwt.Verifier(CANARY, issuer="i", audience="a", typ="t"),
        lambda: jwt.Signer(CANARY, issuer="i", audience="a", typ="t", lifetime=1),
        lambda: jwt.Token(jwt.HS256, {}, expires_in=1).signed_string(CANARY),
    ):
        with pytest.raises((jwt.KeyRefused, jwt.PolicyRefused)) as caught:
            make()
        error = caught.value
        assert CANARY not in f"{error}{error!r}{error.detail}{error.__context__!r}"
