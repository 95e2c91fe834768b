"""Keys in the header of a proof, the one place where a header's key is used.

Source: RFC 9449 sections 4.3 and 11.6; RFC 8725 sections 3.4 and 3.10; tokens.md J-4, J-48.
"""

import pytest
from tests.jose import forge
from tests.jose.dpop.requests import METHOD, URL, claims, forged, header, jwk, verifier, verify
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url

SECRET = base64url.encode(b"s" * 32)
EVIL = {
    "private": jwk(d="AAAA"),
    "private and empty": jwk(d=""),
    "private and null": {**jwk(), "d": None},
    "private of RSA": jwk(p="AA", q="AA", dp="AA", dq="AA", qi="AA"),
    "several primes": jwk(oth=[]),
    "private of ML-DSA": jwk(priv="AA"),
    "shared": {"kty": "oct", "k": SECRET},
    "shared beside": jwk(k=SECRET),
    "shared without its value": {"kty": "oct"},
    "of no type": jwk(kty=None),
    "of another type": jwk(kty="RSA"),
    "of another curve": jwk(crv="P-384"),
    "off the curve": jwk(x=base64url.encode(bytes(32))),
    "with a short coordinate": jwk(x=base64url.encode(b"\1" * 31)),
    "with a padded coordinate": jwk(x=jwk()["x"] + "="),
    "for encryption": jwk(use="enc"),
    "that may only sign": jwk(key_ops=["sign"]),
    "for another algorithm": jwk(alg="ES384"),
    "a list": [jwk()],
    "a set": {"keys": [jwk()]},
    "a text": forge.dump(jwk()),
    "null": None,
}


@pytest.mark.requirement("tokens:J-48:dpop", "rfc9449:11.6:public-key-only")
@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_a_key_that_is_not_plainly_public_and_sound_is_refused(evil):
    members = header() | {"jwk": evil}
    with pytest.raises(jwt.TokenError) as caught:
        verify(forged(members))
    assert isinstance(caught.value, jwt.MalformedToken | jwt.UnknownKey)
    assert SECRET not in str(caught.value)
    assert caught.value.claim in {"jwk", "kid"}


def test_a_weak_key_is_refused():
    weak = {"kty": "RSA", "e": "AQAB", "n": base64url.encode(b"\xff" * 128)}
    tiny = {"kty": "RSA", "e": "Aw", "n": jwk("RS256")["n"]}
    for evil in (weak, tiny):
        text = forged(header("RS256") | {"jwk": evil}, alg="RS256")
        with pytest.raises(jwt.MalformedToken, match="key is refused") as caught:
            verifier("RS256").verify(text, method=METHOD, url=URL)
        assert caught.value.claim == "jwk"


@pytest.mark.requirement("tokens:J-48:key-size")
def test_a_key_of_the_senders_choice_is_cheap_to_verify_with():
    """16,384 bits with an exponent of 64 cost 5 ms a proof, whoever sends it."""
    costly = {"kty": "RSA", "e": base64url.encode(b"\xff" * 8)}
    for size, is_fit in ((2_048, False), (513, False), (512, True)):
        evil = costly | {"n": base64url.encode(b"\xc5" * size)}
        text = forged(header("RS256") | {"jwk": evil}, alg="RS256")
        with pytest.raises(jwt.TokenError) as caught:
            verifier("RS256").verify(text, method=METHOD, url=URL)
        assert isinstance(caught.value, jwt.SignatureInvalid) is is_fit
        assert ("4,096" in str(caught.value)) is not is_fit
        assert caught.value.claim == (None if is_fit else "jwk")


def test_a_shared_secret_in_the_header_verifies_nothing():
    """HS256 with a secret of the attacker's own, on a list that names asymmetric ones alone."""
    secret = jwt.Secret(b"s" * 32, alg="HS256")
    header_b64u = forge.encode(
        forge.dump({"typ": "dpop+jwt", "alg": "HS256", "jwk": {"kty": "oct", "k": SECRET}})
    )
    payload_b64u = forge.encode(forge.dump(claims()))
    stamp = secret.stamper(header_b64u.encode())(payload_b64u.encode()).decode()
    with pytest.raises(jwt.AlgorithmRefused):
        verify(f"{header_b64u}.{payload_b64u}.{stamp}")


def test_a_key_that_did_not_sign_is_refused():
    """The header names the victim's key, which is public; only its holder can sign."""
    other = jwt.Key.generate("ES256")
    header_b64u = forge.encode(forge.dump(header()))
    payload_b64u = forge.encode(forge.dump(claims()))
    stamp = other.stamper(header_b64u.encode())(payload_b64u.encode()).decode()
    with pytest.raises(jwt.SignatureInvalid):
        verify(f"{header_b64u}.{payload_b64u}.{stamp}")


@pytest.mark.parametrize("name", ["jku", "x5u", "x5c", "kid"])
def test_no_other_way_to_a_key_is_taken(name):
    """RFC 8725 section 3.10."""
    members = header() | {"jwk": None, name: [] if name == "x5c" else "https://evil.example/"}
    with pytest.raises(jwt.MalformedToken):
        verify(forged({key: value for key, value in members.items() if value is not None}))


def test_everywhere_else_the_header_key_means_nothing():
    """A token whose header brings the key that verifies it: Authlib CVE-2026-27962."""
    own = jwt.Key.generate("ES256", kid=None)
    members = forge.header("ES256", kid=None, jwk=own.to_jwk())
    header_b64u = forge.encode(forge.dump(members))
    payload_b64u = forge.encode(forge.dump(forge.claims()))
    stamp = own.stamper(header_b64u.encode())(payload_b64u.encode()).decode()
    policy = jwt.Verifier(
        key("ES256").public(), issuer=jwt.ANY, audience=jwt.ANY, typ=jwt.ANY, clock=None
    )
    with pytest.raises(jwt.SignatureInvalid):
        policy.verify(f"{header_b64u}.{payload_b64u}.{stamp}")
