"""The situations of PyJWT's documentation, with PyJWT and with the door.

Source: PyJWT's pages "Usage Examples" and "Frequently Asked Questions"; the code here is our own.
tokens.md P-5.
"""

import base64
import datetime as dt
import re
from pathlib import Path

import jwt as peer
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_pem_x509_certificate
from tests.attacks.tokens.test_algorithm_confusion import certificate
from tests.jose.pyjwt.peers import KINDS, SECRET, handle, private_pem, public_pem
from tests.jose.pyjwt.test_differential_calls import DIFFERENT
from tests.jose.pyjwt.test_differential_claims import STRICTER
from tests.pyjwt.issuer import PAIRS, client, document, token

import watchword.pyjwt as door

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "from-pyjwt.md"
CLAIMS = {"some": "payload"}
pytestmark = [
    pytest.mark.requirement("tokens:P-5:documentation-situations"),
    pytest.mark.parametrize("jwt", [peer, door], ids=["PyJWT", "door"]),
]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_a_shared_secret(jwt):
    text = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    assert jwt.decode(text, SECRET, algorithms="HS256") == CLAIMS


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA", "ES256"])
def test_a_key_pair(jwt, alg):
    text = jwt.encode(CLAIMS, private_pem(KINDS[alg]), algorithm=alg)
    assert jwt.decode(text, public_pem(KINDS[alg]).encode(), algorithms=[alg]) == CLAIMS


def test_a_private_key_with_a_passphrase(jwt):
    pem = handle("RSA").private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )
    key = serialization.load_pem_private_key(pem, password=b"passphrase")
    text = jwt.encode(CLAIMS, key, algorithm="RS256")
    assert jwt.decode(text, key.public_key(), algorithms=["RS256"]) == CLAIMS


def test_further_headers(jwt):
    text = jwt.encode(CLAIMS, SECRET, algorithm="HS256", headers={"kid": "key-7"})
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "typ": "JWT", "kid": "key-7"}


def test_reading_without_proof(jwt):
    text = jwt.encode(CLAIMS | {"exp": 1}, SECRET, algorithm="HS256")
    assert jwt.decode(text, options={"verify_signature": False})["some"] == "payload"


def test_expiry(jwt):
    for end in (int(now().timestamp()) + 90, now() + dt.timedelta(seconds=90)):
        text = jwt.encode({"exp": end}, SECRET)
        assert "exp" in jwt.decode(text, SECRET, algorithms=["HS256"])
    text = jwt.encode({"exp": now() - dt.timedelta(seconds=30)}, SECRET)
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(text, SECRET, algorithms=["HS256"])
    for lenient in (
        {"leeway": 60},
        {"leeway": dt.timedelta(seconds=60)},
        {"options": {"verify_exp": False}},
    ):
        assert jwt.decode(text, SECRET, algorithms=["HS256"], **lenient)


def test_the_other_dates(jwt):
    for name in ("nbf", "iat"):
        text = jwt.encode({name: now() - dt.timedelta(seconds=5)}, SECRET)
        assert jwt.decode(text, SECRET, algorithms=["HS256"])
        text = jwt.encode({name: now() + dt.timedelta(seconds=90)}, SECRET)
        with pytest.raises(jwt.ImmatureSignatureError):
            jwt.decode(text, SECRET, algorithms=["HS256"])
    text = jwt.encode({"iat": "yesterday"}, SECRET)
    with pytest.raises(jwt.InvalidIssuedAtError):
        jwt.decode(text, SECRET, algorithms=["HS256"])


def test_issuers(jwt):
    text = jwt.encode({"iss": "urn:foo"}, SECRET)
    for issuer in ("urn:foo", ["urn:bar", "urn:foo"]):
        assert jwt.decode(text, SECRET, issuer=issuer, algorithms=["HS256"])
    for issuer in ("urn:invalid", ["urn:bar"]):
        with pytest.raises(jwt.InvalidIssuerError):
            jwt.decode(text, SECRET, issuer=issuer, algorithms=["HS256"])


def test_audiences(jwt):
    for aud in ("urn:foo", ["urn:foo", "urn:bar"]):
        text = jwt.encode({"aud": aud}, SECRET)
        for audience in ("urn:foo", ["urn:foo", "urn:baz"]):
            assert jwt.decode(text, SECRET, audience=audience, algorithms=["HS256"])
        for audience in (None, "urn:invalid"):
            with pytest.raises(jwt.InvalidAudienceError):
                jwt.decode(text, SECRET, audience=audience, algorithms=["HS256"])
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(
            text,
            SECRET,
            audience="urn:foo",
            algorithms=["HS256"],
            options={"strict_aud": True},
        )


def test_subjects_and_names(jwt):
    text = jwt.encode({"sub": "1234", "jti": "a-b"}, SECRET)
    assert jwt.decode(text, SECRET, algorithms=["HS256"], subject="1234")
    with pytest.raises(jwt.exceptions.InvalidSubjectError):
        jwt.decode(text, SECRET, algorithms=["HS256"], subject="5678")
    with pytest.raises(jwt.exceptions.InvalidJTIError):
        jwt.decode(jwt.encode({"jti": 1}, SECRET), SECRET, algorithms=["HS256"])
    text = jwt.encode({"sub": 1}, SECRET)
    assert jwt.decode(text, SECRET, algorithms=["HS256"], options={"verify_sub": False})


def test_required_claims(jwt):
    text = jwt.encode({"exp": now() + dt.timedelta(seconds=90), "iss": "urn:foo"}, SECRET)
    options = {"require": ["exp", "iss", "sub"]}
    with pytest.raises(jwt.MissingRequiredClaimError) as raised:
        jwt.decode(text, SECRET, algorithms=["HS256"], options=options)
    assert raised.value.claim == "sub"


def test_key_length(jwt):
    strict = jwt.PyJWT(options={"enforce_minimum_key_length": True})
    with pytest.raises(jwt.InvalidKeyError):
        strict.encode(CLAIMS, "short", algorithm="HS256")
    assert strict.decode(strict.encode(CLAIMS, SECRET), SECRET, ["HS256"]) == CLAIMS


def test_keys_from_an_endpoint(jwt):
    """The library's own client cannot be made to read from memory, so its set stands in for it."""
    if jwt is door:
        key = client(document("r"))[0].get_signing_key_from_jwt(token("r"))
    else:
        key = jwt.PyJWKSet.from_dict(document("r"))["r"]
    assert jwt.decode(token("r"), key, algorithms=["RS256"]) == {"sub": "alice"}
    assert jwt.decode(token("r"), key.key, algorithms=["RS256"]) == {"sub": "alice"}


def test_a_login_with_openid_connect(jwt):
    access_token = "an access token"
    key = jwt.PyJWK(PAIRS["r"].public().to_jwk())
    digest = jwt.get_algorithm_by_name("RS256").compute_hash_digest(access_token.encode())
    at_hash = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    claims = {"iss": "https://op", "aud": "client", "at_hash": at_hash}
    id_token = jwt.encode(claims, handle("RSA"), algorithm="RS256", headers={"kid": "r"})
    found = jwt.decode_complete(
        id_token, key=key, audience="client", issuer="https://op", algorithms=["RS256"]
    )
    algorithm = jwt.get_algorithm_by_name(found["header"]["alg"])
    assert algorithm.compute_hash_digest(access_token.encode()) == digest
    assert found["payload"]["at_hash"] == at_hash


def test_the_key_of_a_certificate(jwt):
    pem = certificate(handle("RSA"), "RS256").public_bytes(serialization.Encoding.PEM)
    text = jwt.encode(CLAIMS, handle("RSA"), algorithm="RS256")
    key = load_pem_x509_certificate(pem).public_key()
    assert jwt.decode(text, key, algorithms=["RS256"]) == CLAIMS


@pytest.mark.requirement("tokens:P-5:differential")
def test_each_listed_difference_is_a_row_of_the_page(jwt):
    section = PAGE.read_text("utf-8").partition("### What differs")[2].partition("\n## ")[0]
    rows = set(re.findall(r"^\| (.+?) \|", section, re.MULTILINE)) - {"what"}
    listed = {row for _, row in DIFFERENT.values()} | set(STRICTER.values())
    assert listed <= rows
    assert rows - listed == {"`PyJWKClient`", "`jwt.utils`, `jwt.help`, the `Allowed...` types"}
    assert all(hasattr(jwt, name) for name in ("PyJWKClient", "PyJWKSet"))
