"""Both directions with openvc-core, another implementation of RFC 9901."""

import pytest
from openvc.keys import P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from tests.jose.keys import key

from watchword import jwt, sdjwt

TYP = "dc+sd-jwt"
VCT = "urn:example:membership"
ISSUER, RECEIVER, NONCE = "https://issuer.example", "https://shop.example", "n-0S6_WzA2Mj"
CLAIMS = {"given_name": "Zoë", "level": 3, "roles": ["a", {"b": None}]}


def token_verifier() -> jwt.Verifier:
    return jwt.Verifier(key("ES256").public(), issuer=ISSUER, audience=jwt.ANY, typ=TYP)


def members(of: jwt.Key) -> dict[str, object]:
    return {k: v for k, v in of.public().to_jwk().items() if k in {"kty", "crv", "x", "y"}}


@pytest.fixture(scope="module")
def holder() -> jwt.Key:
    return jwt.Key.generate("ES256")


@pytest.mark.parametrize("hash_name", ["sha-256", "sha-384", "sha-512"])
@pytest.mark.parametrize("show", [[], ["given_name"], ["given_name", "level", "roles.1"]])
def test_they_read_what_is_written_here(holder, hash_name, show):
    signer = jwt.Signer(key("ES256"), issuer=ISSUER, audience=None, lifetime="5m", typ=TYP)
    hide = ["given_name", "level", "roles.*"]
    claims = CLAIMS | {"vct": VCT}
    text = sdjwt.issue(
        signer, claims, hide=hide, holder=holder.public(), decoys=2, hash_name=hash_name
    )
    shown = sdjwt.present(text, show=show, holder=holder, audience=RECEIVER, nonce=NONCE)
    read = SdJwtVcProofSuite(hash_name=hash_name).verify(
        shown,
        public_key_jwk=members(key("ES256")),
        audience=RECEIVER,
        nonce=NONCE,
        require_key_binding=True,
        expected_vct=VCT,
    )
    assert read.key_bound
    policy = sdjwt.required(audience=RECEIVER, max_age=60)
    ours = sdjwt.Verifier(token_verifier(), key_binding=policy).verify(shown, nonce=NONCE)
    assert dict(read.claims) == dict(ours.claims)


@pytest.mark.parametrize("hash_name", ["sha-256", "sha-384", "sha-512"])
def test_what_they_write_is_read_here(holder, hash_name):
    suite = SdJwtVcProofSuite(hash_name=hash_name)
    theirs = P256SigningKey.from_jwk(key("ES256").to_jwk(private=True), "kid-ES256")
    text = suite.issue(
        CLAIMS | {"iss": ISSUER},
        signing_key=theirs,
        disclosable=("given_name", "roles"),
        holder_jwk=members(holder),
        vct=VCT,
        expires_in_s=300,
        decoys=3,
    )
    received = sdjwt.receive(text, token_verifier(), holder=holder)
    assert set(received.hidden) == {("given_name",), ("roles",)}
    by_holder = P256SigningKey.from_jwk(holder.to_jwk(private=True), "holder")
    narrowed = sdjwt.present(text, show=["roles"])
    shown = suite.create_presentation(
        narrowed, holder_key=by_holder, audience=RECEIVER, nonce=NONCE
    )
    policy = sdjwt.required(audience=RECEIVER, max_age=60)
    found = sdjwt.Verifier(token_verifier(), key_binding=policy).verify(shown, nonce=NONCE)
    assert found.claims["roles"] == CLAIMS["roles"]
    assert "given_name" not in found.claims
