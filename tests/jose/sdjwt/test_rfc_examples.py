"""The examples of RFC 9901, sections 4 to 8 and appendix A."""

import json
from pathlib import Path

import pytest
from tests.jose.keys import FixedClock

from watchword import jwt, sdjwt
from watchword.jose.sdjwt import form
from watchword.jose.sdjwt.disclosure import digest, parse
from watchword.jose.sdjwt.process import process

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/rfc9901/examples.json").read_text())
BOUND = VECTORS["key_binding"]
ISSUER_KEY = jwt.Key.from_jwk(VECTORS["issuer_key"]["jwk"], alg="ES256")
EXAMPLES = [
    pytest.param(example, kind, id=f"{example['section']}-{kind}")
    for example in VECTORS["examples"]
    for kind in ("issued", "presented")
    if kind in example
]
WITH_BINDING = [
    example for example in VECTORS["examples"] if not example.get("presented", "~").endswith("~")
]


def issuer_tokens(**changes: object) -> jwt.Verifier:
    return jwt.Verifier(
        ISSUER_KEY,
        issuer=jwt.ANY,
        audience=jwt.ANY,
        typ=jwt.ANY,
        clock=FixedClock(BOUND["iat"] + 5),
        **changes,
    )


def bound_verifier(**changes: object) -> sdjwt.Verifier:
    policy = sdjwt.required(audience=BOUND["aud"], max_age=60)
    return sdjwt.Verifier(issuer_tokens(**changes), key_binding=policy)


@pytest.mark.requirement(
    "rfc9901:4.2.1:member-disclosure", "rfc9901:4.2.2:element-disclosure", "rfc9901:4.2.3:digest"
)
@pytest.mark.parametrize("example", VECTORS["disclosures"])
def test_disclosures_are_read_and_hashed(example):
    """Sections 4.2.1 to 4.2.3: white space and escapes are the issuer's choice."""
    disclosure = parse(example["disclosure"])
    assert (disclosure.name, disclosure.value) == (example["name"], example["value"])
    if "digest" in example:
        assert digest(example["disclosure"], "sha-256") == example["digest"]


@pytest.mark.requirement("rfc9901:6:nesting", "tokens:J-50:rfc9901-examples")
@pytest.mark.parametrize("example", VECTORS["payloads"], ids=lambda e: e["section"])
def test_nested_payloads_are_processed(example):
    """Section 6: flat, structured and recursive."""
    found = process(example["payload"], example["disclosures"])
    assert found.members == example["processed"]


@pytest.mark.requirement("rfc9901:7.1:processing", "tokens:J-50:rfc9901-examples")
@pytest.mark.parametrize(("example", "kind"), EXAMPLES)
def test_signed_examples_are_processed(example, kind):
    """Sections 5.1, 5.2, A.1 to A.4, the signature first."""
    parts = form.read(example[kind])
    members = issuer_tokens().authenticate(parts.token).members
    assert process(members, parts.disclosures).members == example["processed"]
    assert parts.text == example[kind]


@pytest.mark.requirement("rfc9901:7.3:key-binding", "rfc9901:4.3.1:sd-hash")
@pytest.mark.parametrize("example", WITH_BINDING, ids=lambda e: e["section"])
def test_examples_with_key_binding_are_verified(example):
    """Sections 5.2, A.3 and A.4; the last has no `exp`, which is required here (tokens.md J-24)."""
    changes = {}
    if "exp" not in example["processed"]:
        with pytest.raises(jwt.ClaimMissing, match="exp"):
            bound_verifier().verify(example["presented"], nonce=BOUND["nonce"])
        changes = {"allow_no_exp": True}
    found = bound_verifier(**changes).verify(example["presented"], nonce=BOUND["nonce"])
    assert dict(found.claims) == example["processed"]
    assert found.key_binding.issued_at == BOUND["iat"]


def test_there_are_three_examples_with_key_binding():
    assert [example["section"] for example in WITH_BINDING] == ["5.2", "A.3", "A.4"]


@pytest.mark.requirement("rfc9901:8:json-serialization")
@pytest.mark.parametrize("example", VECTORS["documents"], ids=lambda e: e["section"])
def test_json_serialized_examples_are_verified(example):
    """Sections 8.2 and 8.3; `sd_hash` of the general form is over its first signature."""
    document = json.dumps(example["document"])
    if "kb_jwt" in document:
        found = bound_verifier().verify_json(document, nonce=BOUND["nonce"])
        assert found.key_binding is not None
    else:
        policy = sdjwt.not_required
        found = sdjwt.Verifier(issuer_tokens(), key_binding=policy).verify_json(document)
    shown = {name: found.claims.get(name) for name in ("given_name", "family_name")}
    assert shown == {name: example["shown"][name] for name in shown}
    assert ("birthdate" in found.claims) == ("birthdate" in example["shown"])


def test_a_flattened_document_goes_to_the_compact_form_and_back():
    document = VECTORS["documents"][1]["document"]
    assert json.loads(sdjwt.to_json(sdjwt.from_json(json.dumps(document)))) == document
