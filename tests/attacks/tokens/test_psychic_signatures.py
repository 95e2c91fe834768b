"""Signatures of zeros and of the group's order, which careless verifiers accept.

Source: CVE-2022-21449; RFC 7518 section 3.4; RFC 8032 section 5.1.7; tokens.md J-13.
"""

import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.jose import forge
from tests.jose.keys import verifier

from watchword import jwt
from watchword.base import base64url

# SEC 2 sections 2.4.1, 2.4.2, 2.5.1 and 2.6.1.
P521_ORDER_LOW = 0xA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409
ORDERS = {
    "ES256": (32, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551),
    "ES384": (
        48,
        (2**384 - 2**192) + 0xC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    ),
    "ES512": (66, (2**521 - 2**260) + P521_ORDER_LOW),
    "ES256K": (32, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141),
}


@pytest.mark.parametrize(
    ("alg", "curve"),
    [
        *(("ES256", ec.SECP256R1()), ("ES384", ec.SECP384R1()), ("ES512", ec.SECP521R1())),
        ("ES256K", ec.SECP256K1()),
    ],
)
def test_the_orders_are_those_of_the_curves(alg, curve):
    """The greatest private number is one less than the order."""
    ec.derive_private_key(ORDERS[alg][1] - 1, curve)
    with pytest.raises(ValueError, match="out of range"):
        ec.derive_private_key(ORDERS[alg][1], curve)


@pytest.mark.requirement("rfc7518:3.4:r-and-s-in-range")
@pytest.mark.parametrize("alg", ORDERS)
def test_r_and_s_are_between_zero_and_the_order(alg):
    width, order = ORDERS[alg]
    good = base64url.decode(forge.token(alg=alg, members=forge.header(alg)).split(".")[2])
    r, s = good[:width], good[width:]
    bad = [number.to_bytes(width) for number in (0, order)]
    bad += [(order + 1).to_bytes(width), b"\xff" * width]
    text = forge.token(forge.header(alg), alg=alg).rpartition(".")[0]
    pairs = [
        *itertools.product(bad, bad),
        *((each, s) for each in bad),
        *((r, each) for each in bad),
    ]
    for each in pairs:
        with pytest.raises(jwt.SignatureInvalid):
            verifier(alg).verify(f"{text}.{base64url.encode(b''.join(each))}")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "Ed25519", "Ed448", "ML-DSA-44", "HS256"])
@pytest.mark.parametrize("filling", [b"\0", b"\1", b"\xff"])
def test_signatures_of_one_byte_repeated_are_refused(alg, filling):
    text, _, good = forge.token(forge.header(alg), alg=alg).rpartition(".")
    length = len(base64url.decode(good))
    for count in (1, length - 1, length, length + 1):
        with pytest.raises(jwt.SignatureInvalid):
            verifier(alg).verify(f"{text}.{base64url.encode(filling * count)}")
