"""Headers that a signature does not cover, telling the verifier what to do.

Source: RFC 7515 section 7.2.1 and 10.7; tokens.md J-38; joserfc 1.7.4 (no signature at all).
"""

import json

import pytest
from tests.jose import forge
from tests.jose.keys import key, public

from watchword import jws, jwt

VERIFIER = jws.Verifier(jwt.KeySet([public("ES256"), public("ES384")]))
GOOD = json.loads(jws.sign_json(b"x", [key("ES256")]))
UNPROTECTED = {
    "the same alg again": {"alg": "ES256"},
    "another alg": {"alg": "ES384"},
    "none": {"alg": "none"},
    "a critical extension": {"crit": ["exp"], "exp": 1},
    "an empty crit": {"crit": []},
    "an encoding": {"b64": False},
    "the same kid again": {"kid": "kid-ES256"},
    "another kid": {"kid": "kid-ES384"},
    "a type": {"typ": 7},
}


@pytest.mark.requirement("tokens:J-38:json-forms")
@pytest.mark.parametrize("header", UNPROTECTED.values(), ids=UNPROTECTED)
def test_an_unprotected_header_decides_nothing(header):
    for form in (
        GOOD | {"header": header},
        {"payload": GOOD["payload"], "signatures": [GOOD | {"header": header}]},
    ):
        with pytest.raises(jwt.MalformedToken):
            VERIFIER.verify_json(json.dumps(form))
        with pytest.raises(jwt.MalformedToken):
            VERIFIER.verify_json(json.dumps(form), need=1)


@pytest.mark.parametrize("protected", ["", None, forge.encode("{}"), forge.encode('{"kid":"k"}')])
def test_an_algorithm_that_moved_out_of_the_signature_is_refused(protected):
    moved = GOOD | {"protected": protected, "header": {"alg": "ES256", "kid": "kid-ES256"}}
    with pytest.raises(jwt.MalformedToken):
        VERIFIER.verify_json(json.dumps(moved))


@pytest.mark.parametrize(
    "signatures", [[], None, {}, "", [None], [{}], [[]], [{"signature": ""}]], ids=str
)
@pytest.mark.parametrize("need", ["all", 1])
def test_a_document_that_nobody_signed_is_refused(signatures, need):
    """All of no signatures are good; that proves nothing."""
    for document in (
        {"payload": GOOD["payload"], "signatures": signatures},
        {"payload": GOOD["payload"]},
    ):
        with pytest.raises(jwt.MalformedToken):
            VERIFIER.verify_json(json.dumps(document), need=need)


def test_a_signature_taken_from_another_document_is_refused():
    other = json.loads(jws.sign_json(b"y", [key("ES256")]))
    with pytest.raises(jwt.SignatureInvalid):
        VERIFIER.verify_json(json.dumps(GOOD | {"payload": other["payload"]}))


def test_what_is_unprotected_is_kept_apart_from_what_is_signed():
    """A member added on the way is seen, and is not among the signed ones."""
    document = GOOD | {"header": {"role": "admin"}}
    [signature] = VERIFIER.verify_json(json.dumps(document)).signatures
    assert "role" not in signature.header.members
    assert signature.unprotected == {"role": "admin"}
