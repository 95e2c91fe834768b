import hashlib
import json
import random
import runpy
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.algorithms import eddsa, sodium
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.small_order import ED25519_ENCODINGS, SMALL_ORDER

P = 2**255 - 19
L = 2**252 + 27_742_317_777_372_353_535_851_937_790_883_648_493
ED448_L = 2**446 - 0x8335DC163BB124B65129C96FDE933D8D723A70AADC873D6D54A7BB0D
ED448 = json.loads((Path(__file__).parents[2] / "vectors/rfc8032/ed448.json").read_text())
BACKENDS = {"cryptography": False, "pynacl": True}


@pytest.fixture(params=BACKENDS)
def backend(request, monkeypatch):
    if BACKENDS[request.param]:
        pytest.importorskip("nacl")
    monkeypatch.setattr(sodium, "USABLE", BACKENDS[request.param])
    return request.param


@pytest.mark.requirement(
    "rfc9864:2.2:names-are-separate", "tokens:J-14:ed25519-preferred", "security-a:21:both-names"
)
@pytest.mark.parametrize("name", ["Ed25519", "Ed448"])
def test_the_names_are_separate_algorithms(name):
    """RFC 9864: the curve's name is preferred, EdDSA is for keys made under that name."""
    members = key(name).to_jwk()
    with pytest.raises(jwt.KeyMismatch):
        jwt.Key.from_jwk(members, alg="EdDSA")
    older = jwt.Key.from_jwk({**members, "alg": "EdDSA"})
    assert (older.alg, older.to_jwk()["crv"]) == ("EdDSA", name)
    other = {"Ed25519": "Ed448", "Ed448": "Ed25519"}[name]
    with pytest.raises(jwt.KeyRefused):
        jwt.Key.from_jwk({**members, "alg": other})
    with pytest.raises(jwt.InvalidKey, match=other):
        jwt.Key.from_handle(key(name).to_handle(), alg=other)


@pytest.mark.requirement("rfc8037:3.1:both-curves")
@pytest.mark.parametrize("crv", ["Ed25519", "Ed448"])
def test_the_older_name_does_both_curves(backend, crv):
    """RFC 8037 section 3.1."""
    made = jwt.Key.generate("EdDSA", crv=crv)
    signature = made.stamper(b"h")(b"p")
    assert len(base64url.decode(signature)) == {"Ed25519": 64, "Ed448": 114}[crv]
    made.public().checker(b"h")(b"p", signature)


@pytest.mark.requirement("rfc8032:7.4:examples")
@pytest.mark.parametrize("vector", ED448, ids=lambda vector: vector["section"])
def test_published_ed448_signatures_are_made_and_verified(vector):
    """RFC 8032 section 7.4: the two examples without a context."""
    private = ed448.Ed448PrivateKey.from_private_bytes(bytes.fromhex(vector["private"]))
    assert private.public_key().public_bytes_raw().hex() == vector["public"]
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    assert eddsa.signer(private, jwt.Ed448)(message) == signature
    eddsa.verifier(private.public_key(), jwt.Ed448)(message, signature)


@pytest.mark.requirement("tokens:J-13:exact-lengths")
@pytest.mark.parametrize(("alg", "half", "order"), [("Ed25519", 32, L), ("Ed448", 57, ED448_L)])
def test_a_signature_has_its_length_and_a_reduced_s(backend, alg, half, order):
    """RFC 8032 sections 5.1.7 and 5.2.7: S at or beyond the order is another spelling."""
    held = key(alg)
    signature = base64url.decode(held.stamper(b"h")(b"p"))
    check = held.public().checker(b"h")
    check(b"p", base64url.encode(signature).encode())
    shifted = int.from_bytes(signature[half:], "little") + order
    for wrong in (
        signature[:half] + shifted.to_bytes(half, "little"),
        signature[:-1],
        signature + b"\0",
        b"\0" + signature,
        signature[:half],
        bytes(2 * half),
    ):
        with pytest.raises(jwt.SignatureInvalid):
            check(b"p", base64url.encode(wrong).encode())


@pytest.mark.parametrize("alg", ["Ed25519", "Ed448"])
def test_a_public_key_cannot_sign(alg):
    with pytest.raises(jwt.InvalidKey, match="private"):
        key(alg).public().stamper(b"h")


@pytest.mark.requirement("tokens:J-2:bound-at-the-operation")
@pytest.mark.parametrize(("alg", "other"), [("Ed25519", "Ed448"), ("Ed448", "Ed25519")])
def test_an_operation_takes_a_handle_of_its_half_and_curve_only(alg, other):
    """RFC 9864 section 2.2: the name says the curve."""
    row = ALGORITHMS[alg]
    for handle in (key(other).public().to_handle(), key(alg).to_handle(private=True), None):
        with pytest.raises(jwt.InvalidKey, match="public"):
            eddsa.verifier(handle, row)
    for handle in (key(other).to_handle(private=True), key(alg).public().to_handle(), None):
        with pytest.raises(jwt.InvalidKey, match="private"):
            eddsa.signer(handle, row)


# The group of Edwards25519, to make what no honest signer makes. RFC 8032 section 5.1.4.

D = -121_665 * pow(121_666, -1, P) % P


def x_of(y: int) -> int:
    squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(squared, (P + 3) // 8, P)
    return root if root * root % P == squared else root * pow(2, (P - 1) // 4, P) % P


def add(first, second):
    (x1, y1), (x2, y2) = first, second
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P


def times(point, number):
    total = (0, 1)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def encoded(point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, -1, P) % P
BASE = (P - x_of(BASE_Y) if x_of(BASE_Y) & 1 else x_of(BASE_Y), BASE_Y)
ORDER_8_Y = next(y for y in SMALL_ORDER["Ed25519"] if y not in (0, 1, P - 1))
TORSION = [times((x_of(ORDER_8_Y), ORDER_8_Y), number) for number in range(8)]


def crooked(secret: int, nonce: int, message: bytes, key_twist: int, r_twist: int):
    """Sign as the key's owner, with points of small order added to the key and to R."""
    public = encoded(add(times(BASE, secret), TORSION[key_twist]))
    r = encoded(add(times(BASE, nonce), TORSION[r_twist]))
    digest = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little")
    return public, r + ((nonce + digest * secret) % L).to_bytes(32, "little")


def is_accepted(verify, message, signature) -> bool:
    try:
        verify(message, signature)
    except jwt.SignatureInvalid:
        return False
    return True


def verdicts(public: bytes, message: bytes, signature: bytes, monkeypatch) -> set[bool]:
    handle = ed25519.Ed25519PublicKey.from_public_bytes(public)
    found = set()
    for usable in BACKENDS.values():
        monkeypatch.setattr(sodium, "USABLE", usable)
        found.add(is_accepted(eddsa.verifier(handle, jwt.Ed25519), message, signature))
    return found


def test_the_points_of_small_order_are_a_group_of_eight():
    assert {encoded(point) for point in TORSION} <= ED25519_ENCODINGS
    assert len({encoded(point) for point in TORSION}) == 8


@pytest.mark.requirement("tokens:8:extras-agree", "tokens:J-4:small-order")
def test_both_libraries_judge_crooked_signatures_alike(monkeypatch):
    """RFC 8032 section 5.1.7 lets verifiers differ on these; ours do not.

    Every twist of the key and of R, an R that is of small order itself, S beyond the order.
    """
    pytest.importorskip("nacl")
    chance = random.Random(8032)
    accepted = 0
    for number in range(200):
        message = b"%d" % number
        secret, nonce = chance.randrange(L), chance.randrange(L)
        twists = number // 8 % 8, number % 8
        public, signature = crooked(secret, nonce if number % 5 else 0, message, *twists)
        found = verdicts(public, message, signature, monkeypatch)
        assert len(found) == 1, (twists, signature.hex())
        accepted += found == {True}
        s = int.from_bytes(signature[32:], "little") + L
        beyond = signature[:32] + s.to_bytes(32, "little")
        assert verdicts(public, message, beyond, monkeypatch) == {False}
    assert accepted > 10


@pytest.mark.requirement("tokens:J-13:exact-lengths")
def test_an_r_of_small_order_is_refused(backend):
    """The owner of a key can make one that OpenSSL accepts and libsodium does not."""
    for twist in range(8):
        for message in (b"a", b"b", b"c"):
            public, signature = crooked(12_345, 0, message, 0, twist)
            handle = ed25519.Ed25519PublicKey.from_public_bytes(public)
            with pytest.raises(jwt.SignatureInvalid, match="small order"):
                eddsa.verifier(handle, jwt.Ed25519)(message, signature)


@pytest.mark.requirement("tokens:8:extras-agree")
def test_both_libraries_judge_mutated_signatures_alike(monkeypatch):
    """Tokens.md decision 8: 6,000 inputs."""
    pytest.importorskip("nacl")
    chance = random.Random(25_519)
    private = key("Ed25519").to_handle(private=True)
    pairs = []
    for usable in BACKENDS.values():
        monkeypatch.setattr(sodium, "USABLE", usable)
        sign = eddsa.signer(private, jwt.Ed25519)
        pairs.append((sign, eddsa.verifier(private.public_key(), jwt.Ed25519)))
    (sign, slow), (sign_fast, fast) = pairs
    edges = [number.to_bytes(32, "little") for number in (0, 1, P - 1, P, P + 1, L, L - 1)]
    accepted = 0
    for number in range(6_000):
        message = bytes([number % 256]) * (number % 70)
        signature = sign(message)
        assert sign_fast(message) == signature
        changed = bytearray(signature)
        for _ in range(chance.randrange(3)):
            changed[chance.randrange(64)] ^= 1 << chance.randrange(8)
        if chance.randrange(4) == 0:
            half = chance.choice((0, 32))
            changed[half : half + 32] = chance.choice(edges)
        changed = changed[: chance.choice((64, 64, 64, 63, 0))]
        outcomes = [is_accepted(verify, message, bytes(changed)) for verify in (slow, fast)]
        assert outcomes[0] == outcomes[1], (message, changed.hex())
        accepted += outcomes[0]
    assert accepted > 500


def test_the_probe_tells_a_verifier_that_uses_the_cofactor(monkeypatch):
    """The equation holds times eight and fails without; a libsodium that says yes is not used."""
    r, s = sodium._PROBE[:32], int.from_bytes(sodium._PROBE[32:], "little")
    digest = int.from_bytes(hashlib.sha512(r + sodium._PROBE_KEY).digest(), "little")
    points = [int.from_bytes(each, "little") for each in (sodium._PROBE_KEY, r)]
    (public, r_point) = [decoded(number) for number in points]
    left, right = times(BASE, s), add(r_point, times(public, digest % L))
    assert left != right
    assert times(left, 8) == times(right, 8)
    if sodium.INSTALLED:
        assert sodium.USABLE
        assert sodium._ignores_the_cofactor()
        monkeypatch.setattr(sodium.bindings, "crypto_sign_open", open_with_the_cofactor)
        assert not sodium._ignores_the_cofactor()


def open_with_the_cofactor(signed: bytes, public: bytes) -> bytes:
    """Do as the libsodium that verifies by the other equation of RFC 8032 section 5.1.7."""
    r, s, message = signed[:32], int.from_bytes(signed[32:64], "little"), signed[64:]
    digest = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little")
    key_point, r_point = (decoded(int.from_bytes(each, "little")) for each in (public, r))
    if times(times(BASE, s), 8) != times(add(r_point, times(key_point, digest % L)), 8):
        raise sodium.BadSignatureError
    return message


def decoded(number: int):
    y, sign = number & (1 << 255) - 1, number >> 255
    x = x_of(y)
    return (P - x if x & 1 != sign else x), y


def test_without_pynacl_the_module_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "nacl", None)
    loaded = runpy.run_path(sodium.__file__)
    assert (loaded["INSTALLED"], loaded["USABLE"]) == (False, False)
