import json
from pathlib import Path

import pytest
from tests.jose.keys import ASYMMETRIC, key

from watchword.jose.jwk.thumbprint import thumbprint, thumbprint_uri

EXAMPLES = json.loads((Path(__file__).parents[2] / "vectors/rfc7638/thumbprints.json").read_text())


@pytest.mark.requirement("rfc7638:3:thumbprint")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["section"])
def test_published_thumbprints(example):
    """RFC 7638 section 3.1; RFC 8037 appendix A.3."""
    assert thumbprint(example["jwk"]) == example["thumbprint"]


@pytest.mark.requirement("rfc7638:3.2:required-members")
@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_both_halves_have_one_thumbprint(alg):
    held = key(alg)
    assert held.thumbprint() == held.public().thumbprint() == thumbprint(held.to_jwk(private=True))


@pytest.mark.requirement("rfc9278:3:uri")
def test_the_uri_names_its_hash():
    """RFC 9278 section 3."""
    jwk = EXAMPLES[0]["jwk"]
    uri = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + EXAMPLES[0]["thumbprint"]
    assert thumbprint_uri(jwk) == uri
    assert key("ES256").thumbprint_uri().endswith(key("ES256").thumbprint())


@pytest.mark.requirement("rfc7638:3.2:required-members")
def test_a_secret_has_a_thumbprint_over_its_own_two_members():
    """RFC 7638 section 3.2: k and kty."""
    secret = key("HS256")
    assert secret.thumbprint() == thumbprint(secret.to_jwk(private=True))
    assert secret.thumbprint_uri() == thumbprint_uri(secret.to_jwk(private=True))
