"""Secrets in every field of documents, proofs and status lists, and a search for them.

Source: security.md rule 19; tokens.md J-31.
"""

import json

import pytest
from tests.jose import forge
from tests.jose.dpop import requests as proofs
from tests.jose.keys import FixedClock, key, public, signer, verifier
from tests.jose.refusals import shown
from tests.jose.statuslist import lists

from watchword import jws, jwt, statuslist

CANARY = "canary7f3a"
FORMS = jws.Verifier(public("ES256"))
GOOD = json.loads(jws.sign_json(b"x", [key("ES256")]))
BOUND = {"access_token": CANARY, "jkt": CANARY}
ODD = (CANARY, [CANARY], {CANARY: 1})


def documents():
    yield CANARY
    yield f'{{"payload":"{CANARY}","payload":"x"}}'
    for odd in ODD:
        for name in ("payload", "protected", "signature", "header", "signatures"):
            yield json.dumps(GOOD | {name: odd})
        yield json.dumps(GOOD | {"header": {"alg": odd}})
        yield json.dumps(GOOD | {"header": {"typ": odd, "kid": odd}})
    yield json.dumps(GOOD | {"protected": forge.encode(forge.dump({"alg": CANARY}))})
    yield json.dumps(
        GOOD | {"protected": forge.encode(forge.dump({"alg": "ES256", "kid": CANARY}))}
    )


def proof_attempts():
    for odd in ODD:
        for name in ("jti", "htm", "htu", "iat", "ath", "nonce"):
            yield proofs.forged(payload=proofs.claims(**{name: odd}))
        yield proofs.forged(proofs.header() | {"jwk": odd})
        yield proofs.forged(proofs.header(jwk=proofs.jwk(d=odd)))
        yield proofs.forged(proofs.header(jwk=proofs.jwk(x=odd)))
        yield proofs.forged(proofs.header(jwk=proofs.jwk() | {"kid": odd, "use": odd, "alg": odd}))


def list_attempts():
    for odd in ODD:
        for name in ("sub", "iat", "exp", "ttl", "status_list"):
            yield lists.forged(**{name: odd})
        for name in ("bits", "lst"):
            yield lists.forged(status_list={"bits": 1, "lst": "eNrbuRgAAhcBXQ", name: odd})


def refusals():
    for document in documents():
        yield lambda document=document: FORMS.verify_json(document)
        yield lambda document=document: FORMS.verify_json(document, need=1)
    yield lambda: FORMS.verify_detached(jws.sign_detached(b"x", key("ES256")), CANARY.encode())
    yield lambda: FORMS.verify_json_detached(
        jws.sign_json_detached(b"x", [key("ES256")]), CANARY.encode()
    )
    for text in proof_attempts():
        yield lambda text=text: proofs.verify(text, nonce=f"{CANARY}-asked", **BOUND)
    for text in list_attempts():
        yield lambda text=text: lists.list_verifier().verify(text, uri=lists.URI)
    for odd in ODD:
        for status in (odd, {"status_list": odd}, {"status_list": {"idx": odd, "uri": odd}}):
            yield lambda status=status: checked().verify(
                signer("ES256").sign(sub="alice", status=status)
            )
    yield lambda: checked().verify(lists.referring(f"https://id.example/{CANARY}"))
    yield lambda: checked().verify(lists.referring())


def checked():
    """Return a verifier whose list answers with what it should not."""
    denylist = statuslist.Denylist(
        lists.list_verifier(), fetch=lambda _: CANARY, allow=[lists.URI], clock=FixedClock()
    )
    return verifier("ES256", denylist=denylist)


@pytest.mark.requirement("tokens:J-31:canaries")
def test_no_refusal_shows_what_it_refuses():
    secrets = {CANARY, forge.encode(CANARY)}
    checked_count = 0
    for attempt in refusals():
        try:
            attempt()
        except (jwt.TokenError, jwt.KeysUnavailable) as refusal:
            texts = shown(refusal)
            assert not any(secret in part for secret in secrets for part in texts), texts
            checked_count += 1
    assert checked_count > 100
