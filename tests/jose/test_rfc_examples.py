"""The RFCs' own signed examples, as data under tests/vectors."""

import json
from pathlib import Path

import pytest

from watchword import jws, jwt
from watchword.base import base64url

VECTORS = Path(__file__).parents[1] / "vectors"
EXAMPLES = [
    pytest.param(example, id=f"{document}-{example['section']}")
    for document in ("rfc7515", "rfc7520", "rfc8037")
    for example in json.loads((VECTORS / document / "examples.json").read_text())
]
DOCUMENTS = [
    pytest.param(example, form, id=f"{document}-{example['section']}-{form}")
    for document in ("rfc7515", "rfc7520")
    for example in json.loads((VECTORS / document / "json.json").read_text())
    for form in ("document", "general", "flattened")
    if form in example
]
UNENCODED = json.loads((VECTORS / "rfc7797" / "examples.json").read_text())
# The algorithm of 4.7 and of a part of 4.8 stands in the unprotected header, where RFC 7515 allows
# it and tokens.md J-38 does not.
UNPROTECTED_ALG = [row for row in DOCUMENTS if row.values[0]["section"] in ("4.7", "4.8")]
PROTECTED_ALG = [row for row in DOCUMENTS if row not in UNPROTECTED_ALG]
DETERMINISTIC = [
    example for example in EXAMPLES if example.values[0]["alg"] in ("HS256", "RS256", "EdDSA")
]


def key_of(jwk, alg=None):
    kind = jwt.Secret if jwk["kty"] == "oct" else jwt.Key
    return kind.from_jwk(jwk, alg=alg)


def read(example):
    return key_of(example["jwk"], example["alg"])


def verify(example, text):
    return jws.Verifier(read(example)).verify(text)


@pytest.mark.requirement("rfc7515:A:examples")
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_verifies(example):
    """RFC 7515 appendix A.1 to A.4; RFC 7520 sections 4.1 to 4.4; RFC 8037 appendix A.4."""
    proved = verify(example, example["compact"])
    assert proved.header.alg == example["alg"]
    assert proved.data


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_with_another_payload_fails(example):
    header, _, signature = example["compact"].split(".")
    with pytest.raises(jwt.SignatureInvalid):
        verify(example, f"{header}.e30.{signature}")


@pytest.mark.parametrize("example", DETERMINISTIC)
def test_the_example_is_made_again_where_the_scheme_is_deterministic(example):
    """The others draw a nonce or a salt."""
    header, payload, signature = example["compact"].encode().split(b".")
    assert read(example).stamper(header)(payload) == signature


def verified(example, document, key, need="all"):
    verifier = jws.Verifier(key)
    if "payload" in document:
        return verifier.verify_json(json.dumps(document), need=need)
    payload = base64url.decode(example["payload"])
    return verifier.verify_json_detached(json.dumps(document), payload, need=need)


@pytest.mark.requirement("rfc7515:A:json-examples", "rfc7515:7.2:json-serialization")
@pytest.mark.parametrize(("example", "form"), PROTECTED_ALG)
def test_each_signature_of_the_document_verifies(example, form):
    """RFC 7515 appendix A.6 and A.7; RFC 7520 sections 4.1 to 4.6."""
    document = example[form]
    for jwk in example["keys"]:
        key = key_of(jwk)
        proved = verified(example, document, key, 1)
        assert [key.kid for key in proved.keys] == [jwk["kid"]]
        assert proved.data


@pytest.mark.requirement("tokens:J-38:json-forms")
@pytest.mark.parametrize(("example", "form"), UNPROTECTED_ALG)
def test_an_algorithm_outside_the_signature_is_refused(example, form):
    """RFC 7520 sections 4.7 and 4.8 name it there; tokens.md J-38 does not believe it."""
    for jwk in example["keys"]:
        with pytest.raises(jwt.MalformedToken):
            verified(example, example[form], key_of(jwk), 1)


def test_the_other_signatures_of_several_verify():
    """RFC 7520 section 4.8, without the signature whose algorithm is not protected."""
    [example] = [row.values[0] for row in DOCUMENTS if row.values[0]["section"] == "4.8"]
    rsa, _, hmac = example["keys"]
    first, _, third = example["general"]["signatures"]
    document = example["general"] | {"signatures": [first, third]}
    for jwk in (rsa, hmac):
        proved = verified(example, document, key_of(jwk), 1)
        assert [key.kid for key in proved.keys] == [jwk["kid"]]


@pytest.mark.requirement("rfc7515:F:detached-content")
def test_the_detached_example_verifies_and_is_made_again():
    """RFC 7520 section 4.5; RFC 7515 appendix F."""
    [example] = [row.values[0] for row in DOCUMENTS if row.id == "rfc7520-4.5-general"]
    payload, key = base64url.decode(example["payload"]), key_of(example["keys"][0])
    assert jws.Verifier(key).verify_detached(example["compact"], payload).data == payload
    assert jws.sign_detached(payload, key) == example["compact"]
    assert json.loads(jws.sign_json_detached(payload, [key])) == example["flattened"]


def test_the_json_examples_are_made_again():
    """RFC 7520 sections 4.4 and 4.6."""
    rows = {row.id: row.values[0] for row in DOCUMENTS}
    integrity, specific = rows["rfc7520-4.4-flattened"], rows["rfc7520-4.6-flattened"]
    payload = base64url.decode(integrity["flattened"]["payload"])
    key = key_of(integrity["keys"][0])
    assert json.loads(jws.sign_json(payload, [key])) == integrity["flattened"]
    members = dict(specific["keys"][0])
    kid = members.pop("kid")
    by = jws.Signatory(key_of(members), unprotected={"kid": kid})
    assert json.loads(jws.sign_json(payload, [by])) == specific["flattened"]


@pytest.mark.requirement("rfc7797:4:examples")
@pytest.mark.parametrize("example", UNENCODED, ids=lambda example: example["section"])
def test_the_payload_option_examples_verify_and_are_made_again(example):
    """RFC 7797 section 4."""
    payload, key, b64 = example["payload"].encode(), key_of(example["key"]), example["b64"]
    verifier = jws.Verifier(key)
    document = example["document"]
    assert verifier.verify_json(json.dumps(document)).data == payload
    assert json.loads(jws.sign_json(payload, [key], b64=b64)) == document
    if "compact" in example:
        assert verifier.verify(example["compact"]).data == payload
        assert jws.sign(payload, key) == example["compact"]
    else:
        assert verifier.verify_detached(example["detached"], payload).data == payload
        assert jws.sign_detached(payload, key, b64=False) == example["detached"]


def test_the_unsecured_example_is_refused():
    """RFC 7515 appendix A.5; tokens.md J-10."""
    text = json.loads((VECTORS / "rfc7515" / "unsecured.json").read_text())["compact"]
    for candidate in (text, text + "AA"):
        with pytest.raises((jwt.MalformedToken, jwt.AlgorithmRefused)):
            jws.Verifier(read(EXAMPLES[0].values[0])).verify(candidate)
