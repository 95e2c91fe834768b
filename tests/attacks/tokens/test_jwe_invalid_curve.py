"""The sender's point chosen to give the recipient's key away, or a secret that all know.

Source: RFC 7518 section 4.6; RFC 8725 section 3.4; RFC 7748 section 6; tokens.md J-34.
"""

import pytest
from tests.jose.jwe.recipients import CURVES, decrypter, key, reheaded, token

from watchword import jwe, jwt
from watchword.base import base64url
from watchword.jose.jwe import agreement, wrapping
from watchword.jose.jwk.okp import OKPMaterial

P25519, P448 = 2**255 - 19, 2**448 - 2**224 - 1
ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
SMALL = {
    "X25519": [0, 1, P25519 - 1, *ORDER_8],
    "X448": [0, 1, P448 - 1],
}
PRIMES, SIZES = {"X25519": P25519, "X448": P448}, {"X25519": 32, "X448": 56}
# Every spelling of each: not reduced, and on X25519 with the top bit, which is ignored, set.
SPELLINGS = [
    (crv, (spelt | top).to_bytes(SIZES[crv], "little"))
    for crv, numbers in SMALL.items()
    for number in numbers
    for spelt in (number, number + PRIMES[crv])
    for top in ((0, 2**255) if crv == "X25519" else (0,))
    if spelt < (2**255 if crv == "X25519" else 2**448)
]
INVALID = [
    # Wycheproof encryption 51: a point of another curve with the same field.
    ("P-256", {"x": "gTli65eTQ7z-Bh147ff8K3m7k2UiDiG2LpYkWAaFJCc", "y": "A" * 43}),
    ("P-256", {"x": "A" * 43, "y": "A" * 43}),
    ("P-384", {"x": "A" * 64, "y": "A" * 64}),
    ("P-521", {"x": "A" * 88, "y": "A" * 88}),
]


def epk_of(alg, crv):
    text = token(alg, crv=crv)
    return dict(decrypter(alg, crv=crv).decrypt(text).header.members["epk"]), text


@pytest.mark.requirement("tokens:J-34:epk-on-curve", "rfc7518:4.6.1.1:epk")
@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A256KW"])
@pytest.mark.parametrize(("crv", "point"), INVALID)
def test_a_point_off_the_curve_is_refused_before_anything_is_computed(alg, crv, point, monkeypatch):
    epk, text = epk_of(alg, crv)
    monkeypatch.setattr(agreement, "_exchange", never)
    with pytest.raises(jwt.MalformedToken) as caught:
        decrypter(alg, crv=crv).decrypt(reheaded(text, epk=epk | point))
    assert caught.value.claim == "epk"


@pytest.mark.parametrize("crv", CURVES)
@pytest.mark.parametrize("other", CURVES)
def test_a_point_of_another_curve_is_refused(crv, other, monkeypatch):
    if crv == other:
        return
    epk, _ = epk_of("ECDH-ES", other)
    text = token("ECDH-ES", crv=crv)
    monkeypatch.setattr(agreement, "_exchange", never)
    for given in (epk, epk | {"crv": crv, "x": "AAAA"}):
        with pytest.raises(jwt.MalformedToken):
            decrypter("ECDH-ES", crv=crv).decrypt(reheaded(text, epk=given))


@pytest.mark.requirement("tokens:J-34:no-zero-secret", "rfc8037:3.2.1:zero-secret")
@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A256KW"])
@pytest.mark.parametrize(("crv", "x"), SPELLINGS)
def test_a_point_of_small_order_is_refused(alg, crv, x):
    """The shared secret would be all zero; a token sealed under it is a forgery by anybody."""
    enc = jwe.CONTENT_ENCRYPTION["A128GCM"]
    members = {"epk": {"kty": "OKP", "crv": crv, "x": base64url.encode(x)}}
    zero = bytes(SIZES[crv])
    forged = wrapping.agreed_key(zero, enc.name, 16, members)
    assert len(forged) == 16
    with pytest.raises(jwt.TokenError):
        decrypter(alg, crv=crv).decrypt(reheaded(token(alg, crv=crv), **members))
    with pytest.raises(jwt.KeyRefused):
        jwe.Key.from_jwk(members["epk"] | {"alg": alg})


@pytest.mark.parametrize("crv", ["X25519", "X448"])
@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A256KW"])
def test_a_secret_of_zeros_opens_nothing_even_where_the_point_was_let_in(alg, crv, monkeypatch):
    """The second fence: cryptography refuses the exchange, and no key comes of it."""
    monkeypatch.setattr("watchword.jose.jwk.okp._check_point", lambda *_: None)
    epk = {"kty": "OKP", "crv": crv, "x": base64url.encode(bytes(SIZES[crv]))}
    with pytest.raises(jwt.DecryptionFailed):
        decrypter(alg, crv=crv).decrypt(reheaded(token(alg, crv=crv), epk=epk))
    recipient = OKPMaterial.from_jwk(epk)
    with pytest.raises(jwt.InvalidKey):
        agreement.send(recipient)


@pytest.mark.parametrize(
    "epk",
    [
        None,
        ...,
        {},
        [],
        "x",
        7,
        {"kty": "EC"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": "P-256", "x": 7, "y": 7},
        {"kty": "EC", "crv": ["P-256"], "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": {}, "crv": {}},
    ],
    ids=repr,
)
def test_what_is_no_public_key_is_malformed(epk):
    with pytest.raises(jwt.MalformedToken) as caught:
        decrypter("ECDH-ES", crv="P-256").decrypt(reheaded(token("ECDH-ES", crv="P-256"), epk=epk))
    assert caught.value.claim == "epk"


def test_a_private_half_in_epk_is_refused():
    members = key("ECDH-ES", crv="P-256").to_jwk(private=True)
    epk = {name: members[name] for name in ("kty", "crv", "x", "y", "d")}
    with pytest.raises(jwt.MalformedToken):
        decrypter("ECDH-ES", crv="P-256").decrypt(reheaded(token("ECDH-ES", crv="P-256"), epk=epk))


def never(*_):
    raise AssertionError("computed with a point that was not checked")
