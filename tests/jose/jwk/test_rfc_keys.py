"""The keys that the RFCs publish, as data under tests/vectors."""

import base64
import json
from pathlib import Path

import pytest

from watchword import jws, jwt
from watchword.base import base64url
from watchword.jose.jwk import akp

VECTORS = Path(__file__).parents[2] / "vectors"
SETS = json.loads((VECTORS / "rfc7517/keys.json").read_text())
ML_DSA = json.loads((VECTORS / "rfc9964/examples.json").read_text())


@pytest.mark.requirement("rfc7517:A:examples")
@pytest.mark.parametrize("section", ["A.1", "A.2"])
def test_the_published_pairs_are_read(section):
    """RFC 7517 appendix A.1 and A.2: the key for encryption is not among the signature keys."""
    keys = jwt.KeySet.from_jwks(SETS[section])
    assert [(held.kid, held.is_private) for held in keys] == [("2011-04-29", section == "A.2")]
    members = SETS[section]["keys"][1]
    assert next(iter(keys)).to_jwk(private=section == "A.2").items() >= members.items()
    # RFC 7638 section 3.1 publishes the thumbprint of this very key.
    assert next(iter(keys)).thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    agreement = SETS[section]["keys"][0]
    with pytest.raises(jwt.KeyMismatch, match=r"jwe\.Key"):
        jwt.Key.from_jwk(agreement, alg="ES256")
    signing = {name: agreement[name] for name in agreement if name != "use"}
    assert jwt.Key.from_jwk(signing, alg="ES256").is_private == (section == "A.2")


@pytest.mark.requirement("rfc7517:A:examples")
def test_the_published_secrets_are_read():
    """RFC 7517 appendix A.3: the key for key wrap is not among the signature keys."""
    keys = jwt.KeySet.from_jwks(SETS["A.3"], algorithms=["HS256"])
    assert [held.kid for held in keys] == ["HMAC key used in JWS spec Appendix A.1 example"]
    assert next(iter(keys)).to_jwk(private=True)["k"] == SETS["A.3"]["keys"][1]["k"]


@pytest.mark.requirement("rfc7517:A:examples")
def test_the_key_beside_a_certificate_is_the_one_that_counts():
    """RFC 7517 appendix B: x5c is not read, and `from_cert` takes the same key from it."""
    (members,) = SETS["B"]["keys"]
    (held,) = jwt.KeySet.from_jwks(SETS["B"], algorithms=["RS256", "ES256"])
    (text,) = members["x5c"]
    read = jwt.Key.from_cert(base64.b64decode(text), alg="RS256", kid="1b94c")
    assert read.to_jwk() == held.to_jwk()
    other = jwt.Key.from_jwk({**members, "x5c": ["no certificate"]}, alg="RS256")
    assert other.to_jwk() == held.to_jwk()


@pytest.mark.requirement("rfc9964:6:thumbprint", "rfc9964:A.1:examples", "tokens:J-9:akp")
@pytest.mark.parametrize("example", ML_DSA, ids=lambda example: example["alg"])
def test_the_published_seeds_give_the_published_thumbprints(example):
    """RFC 9964 appendix A.1: the kid is the thumbprint, and so a digest of the public key."""
    assert pair(example).thumbprint() == example["kid"]


@pytest.mark.requirement("rfc9964:A.1:examples")
@pytest.mark.parametrize("example", ML_DSA, ids=lambda example: example["alg"])
def test_the_published_signature_verifies(example):
    """RFC 9964 appendix A.1."""
    verifier = jws.Verifier(pair(example).public())
    proved = verifier.verify(example["compact"])
    assert proved.data.decode().startswith("It\N{RIGHT SINGLE QUOTATION MARK}s a dangerous")
    header, _, signature = example["compact"].split(".")
    other = f"{header}.{base64url.encode(proved.data[:-1])}.{signature}"
    with pytest.raises(jwt.SignatureInvalid):
        verifier.verify(other)


def pair(example) -> jwt.Key:
    """Return the key of a published seed; the public half follows from it (RFC 9964 section 4)."""
    seed = base64url.decode(example["priv"])
    private = akp._SETS[example["alg"]].private_type.from_seed_bytes(seed)
    return jwt.Key.from_handle(private, alg=example["alg"], kid="auto")
