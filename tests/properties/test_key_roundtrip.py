"""Whatever the key, every form of it brings it back, and no other spelling of it is read.

Source: tokens.md J-4, J-51; RFC 7517; RFC 7638.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.akp import _SETS

CURVES = {
    "ES256": (ec.SECP256R1(), 2**256 - 2**224),
    "ES384": (ec.SECP384R1(), 2**384 - 2**256),
    "ES512": (ec.SECP521R1(), 2**521 - 2**262),
    "ES256K": (ec.SECP256K1(), 2**256 - 2**130),
}


def ec_keys(alg: str) -> st.SearchStrategy[object]:
    curve, below = CURVES[alg]
    small = st.integers(1, 300)  # private numbers with many leading zeros
    numbers = small | st.integers(1, below)
    return numbers.map(lambda number: ec.derive_private_key(number, curve))


def seeds(length: int, read) -> st.SearchStrategy[object]:
    return st.binary(min_size=length, max_size=length).map(read)


HANDLES = {alg: ec_keys(alg) for alg in CURVES} | {
    "Ed25519": seeds(32, ed25519.Ed25519PrivateKey.from_private_bytes),
    "Ed448": seeds(57, ed448.Ed448PrivateKey.from_private_bytes),
    **{name: seeds(32, _SETS[name].private_type.from_seed_bytes) for name in _SETS},
}
FEW = settings(max_examples=25, deadline=None)


def keys(alg: str) -> st.SearchStrategy[jwt.Key]:
    return HANDLES[alg].map(lambda handle: jwt.Key.from_handle(handle, alg=alg, kid="auto"))


@pytest.mark.requirement("tokens:J-51:round-trip-property")
@pytest.mark.parametrize("alg", HANDLES)
@FEW
@given(data=st.data())
def test_every_form_brings_the_same_key_back(alg, data):
    held = data.draw(keys(alg))
    members = held.to_jwk(private=True)
    back = [
        jwt.Key.from_jwk(members),
        jwt.Key.from_pem(held.to_pem(private=True, unprotected=True), alg=alg, kid="auto"),
        jwt.Key.from_der(held.to_der(private=True, unprotected=True), alg=alg, kid="auto"),
    ]
    assert [each.to_jwk(private=True) for each in back] == [members] * 3
    lone = [
        jwt.Key.from_jwk(held.to_jwk()),
        jwt.Key.from_pem(held.to_pem(), alg=alg, kid="auto"),
        jwt.Key.from_der(held.to_der(), alg=alg, kid="auto"),
    ]
    assert [each.to_jwk() for each in lone] == [held.to_jwk()] * 3
    payload = data.draw(st.binary(max_size=60))
    lone[0].checker(b"h")(payload, back[0].stamper(b"h")(payload))


@pytest.mark.requirement("tokens:J-51:round-trip-property")
@pytest.mark.parametrize("alg", [*HANDLES, "RS256", "HS256"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_member_changed_is_refused_or_is_another_key(alg, data):
    """Never an exception of another class, and never the same key under another spelling."""
    held = key(alg)
    members = held.to_jwk(private=True)
    names = sorted(members.keys() - {"kty", "crv", "alg", "use", "kid"})
    name = data.draw(st.sampled_from(names))
    octets = bytearray(base64url.decode(members[name]))
    at = data.draw(st.integers(0, len(octets) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "longer", "shorter"])):
        case "flip":
            octets[at] ^= data.draw(st.integers(1, 255))
        case "cut":
            del octets[at]
        case "longer":
            octets.insert(0, 0)
        case _:
            del octets[: at + 1]
    changed = {**members, name: base64url.encode(bytes(octets))}
    kind = type(held)
    try:
        read = kind.from_jwk(changed)
    except jwt.KeyRefused:
        return
    assert alg == "HS256"  # every other type has two halves, and they would not agree
    assert read.thumbprint() != held.thumbprint()
