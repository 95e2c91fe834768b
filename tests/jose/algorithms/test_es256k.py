import hashlib
import json
import random
import runpy
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.jose.keys import key

from watchword import jwt
from watchword.jose.algorithms import es256k

ORDER = es256k._ORDER
VECTORS = json.loads((Path(__file__).parents[2] / "vectors/secp256k1/rfc6979.json").read_text())
BACKENDS = {"cryptography": False, "coincurve": True}


@pytest.fixture(params=BACKENDS)
def backend(request, monkeypatch):
    if BACKENDS[request.param]:
        pytest.importorskip("coincurve")
        # What takes ten times as long is left alone.
        monkeypatch.setattr(es256k, "_signer", never)
        monkeypatch.setattr(es256k, "_is_signed", never)
    else:
        monkeypatch.delattr(es256k, "coincurve", raising=False)
    monkeypatch.setattr(es256k, "INSTALLED", BACKENDS[request.param])
    return request.param


def never(_handle):
    raise AssertionError("the other library is at work")


def operations(private):
    return (
        es256k.signer(private, jwt.ES256K),
        es256k.verifier(private.public_key(), jwt.ES256K),
    )


def high_s(signature: bytes) -> bytes:
    return signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)


@pytest.mark.requirement("rfc8812:3.2:es256k")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["message"][:9])
def test_published_signatures_are_made_and_verified(backend, vector):
    """RFC 6979 on secp256k1, as the wallets publish it (the RFC has no example of its own)."""
    private = ec.derive_private_key(int(vector["private"], 16), ec.SECP256K1())
    sign, verify = operations(private)
    message, signature = vector["message"].encode(), bytes.fromhex(vector["signature"])
    assert sign(message) == signature
    verify(message, signature)
    verify(message, high_s(signature))
    if "high_s" in vector:
        assert high_s(signature).hex() == vector["signature"][:64] + vector["high_s"]


@pytest.mark.requirement("rfc8812:3.2:es256k")
def test_the_lower_s_is_written_and_both_are_read(backend):
    sign, verify = operations(key("ES256K").to_handle(private=True))
    for number in range(100):
        signature = sign(b"%d" % number)
        assert int.from_bytes(signature[32:]) <= ORDER // 2
        verify(b"%d" % number, signature)
        verify(b"%d" % number, high_s(signature))


def test_s_in_the_very_middle_is_verified(backend):
    """The largest lower s. No signer is likely to meet it; a key can be made for which it holds."""
    half, nonce, message = ORDER // 2, 7, b"m"
    ephemeral = ec.derive_private_key(nonce, ec.SECP256K1()).public_key().public_numbers()
    digest = int.from_bytes(hashlib.sha256(message).digest())
    number = (half * nonce - digest) * pow(ephemeral.x, -1, ORDER) % ORDER
    _, verify = operations(ec.derive_private_key(number, ec.SECP256K1()))
    signature = ephemeral.x.to_bytes(32) + half.to_bytes(32)
    verify(message, signature)
    verify(message, high_s(signature))


@pytest.mark.requirement("tokens:J-13:exact-lengths")
def test_a_signature_has_exactly_64_bytes(backend):
    sign, verify = operations(key("ES256K").to_handle(private=True))
    good = sign(b"m")
    for wrong in (b"", good[:-1], good + b"\0", b"\0" + good, good[:32], good * 2):
        with pytest.raises(jwt.SignatureInvalid):
            verify(b"m", wrong)


@pytest.mark.requirement("tokens:8:extras-agree")
def test_both_libraries_give_the_same_verdict(monkeypatch):
    """Tokens.md decision 8: 4,000 mutated signatures, and the edges of the numbers."""
    pytest.importorskip("coincurve")
    chance = random.Random(256)
    private = key("ES256K").to_handle(private=True)
    verdicts = []
    for installed in BACKENDS.values():
        monkeypatch.setattr(es256k, "INSTALLED", installed)
        verdicts.append(operations(private))
    (sign, slow), (sign_fast, fast) = verdicts
    edges = [number.to_bytes(32) for number in (0, 1, ORDER // 2, ORDER // 2 + 1, ORDER - 1)]
    edges += [number.to_bytes(32) for number in (ORDER, ORDER + 1, 2**256 - 1)]
    accepted = 0
    for number in range(4_000):
        message = b"%d" % (number % 40)
        signature = bytearray(sign(message))
        assert sign_fast(message) == signature
        for _ in range(chance.randrange(3)):
            signature[chance.randrange(64)] ^= 1 << chance.randrange(8)
        half = chance.choice((None, None, 0, 32))
        if half is not None:
            signature[half : half + 32] = chance.choice(edges)
        if chance.randrange(4) == 0:
            signature = bytearray(high_s(bytes(signature))) if _in_range(signature) else signature
        outcomes = [is_accepted(verify, message, bytes(signature)) for verify in (slow, fast)]
        assert outcomes[0] == outcomes[1], (message, signature.hex())
        accepted += outcomes[0]
    assert accepted > 400


def _in_range(signature: bytearray) -> bool:
    return 0 < int.from_bytes(signature[32:]) < ORDER


def is_accepted(verify, message, signature) -> bool:
    try:
        verify(message, signature)
    except jwt.SignatureInvalid:
        return False
    return True


@pytest.mark.requirement("tokens:J-2:bound-at-the-operation")
def test_a_key_on_another_curve_of_the_same_width_is_refused(backend):
    private = key("ES256").to_handle(private=True)
    with pytest.raises(jwt.InvalidKey, match="needs a private EC key on secp256k1"):
        es256k.signer(private, jwt.ES256K)
    with pytest.raises(jwt.InvalidKey, match="needs a public EC key on secp256k1"):
        es256k.verifier(private.public_key(), jwt.ES256K)


def test_without_coincurve_the_module_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "coincurve", None)
    assert runpy.run_path(es256k.__file__)["INSTALLED"] is False
