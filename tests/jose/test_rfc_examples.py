"""The RFCs' own signed examples, as data under tests/vectors."""

import json
from pathlib import Path

import pytest

from watchword import jwt
from watchword.jose.jwk.keyset import as_source
from watchword.jose.jws import compact

VECTORS = Path(__file__).parents[1] / "vectors"
EXAMPLES = [
    pytest.param(example, id=f"{document}-{example['section']}")
    for document in ("rfc7515", "rfc7520", "rfc8037")
    for example in json.loads((VECTORS / document / "examples.json").read_text())
]
DETERMINISTIC = [
    example for example in EXAMPLES if example.values[0]["alg"] in ("HS256", "RS256", "EdDSA")
]


def read(example):
    kind = jwt.Secret if example["jwk"]["kty"] == "oct" else jwt.Key
    return kind.from_jwk(example["jwk"], alg=example["alg"])


def verify(example, text):
    source = as_source(read(example))
    return compact.verify(text, source, algorithms=source.algorithms, crit={})


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
