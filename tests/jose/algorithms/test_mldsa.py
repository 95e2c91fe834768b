import pytest
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.algorithms import mldsa

NAMES = {"ML-DSA-44": 2420, "ML-DSA-65": 3309, "ML-DSA-87": 4627}


@pytest.mark.requirement("rfc9964:5:sizes", "tokens:J-13:exact-lengths")
@pytest.mark.parametrize(("alg", "length"), NAMES.items())
def test_a_signature_has_the_length_of_its_parameter_set(alg, length):
    """RFC 9964 section 5, table 1."""
    stamp, check = key(alg).stamper(b"h"), key(alg).public().checker(b"h")
    signature = base64url.decode(stamp(b"p"))
    assert len(signature) == length == key(alg).algorithm.signature_bytes
    check(b"p", base64url.encode(signature).encode())
    for wrong in (signature[:-1], signature + b"\0", b"\0" + signature, signature[1:] + b"\0"):
        with pytest.raises(jwt.SignatureInvalid):
            check(b"p", base64url.encode(wrong).encode())


@pytest.mark.parametrize("alg", NAMES)
def test_a_flipped_bit_is_refused(alg):
    stamp, check = key(alg).stamper(b"h"), key(alg).public().checker(b"h")
    signature = bytearray(base64url.decode(stamp(b"p")))
    for at in range(0, len(signature), 97):
        flipped = bytes(signature[:at]) + bytes([signature[at] ^ 1]) + bytes(signature[at + 1 :])
        with pytest.raises(jwt.SignatureInvalid):
            check(b"p", base64url.encode(flipped).encode())


@pytest.mark.requirement("rfc9964:5:empty-context")
@pytest.mark.parametrize("alg", NAMES)
def test_a_signature_under_a_context_is_refused(alg):
    """RFC 9964 section 5: ctx is the empty string."""
    signature = key(alg).to_handle(private=True).sign(b"h.p", b"ctx")
    with pytest.raises(jwt.SignatureInvalid):
        key(alg).public().checker(b"h")(b"p", base64url.encode(signature).encode())


@pytest.mark.requirement("tokens:J-2:bound-at-the-operation")
@pytest.mark.parametrize("alg", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_a_parameter_set_computes_with_its_own_keys_alone(alg, other):

    row = key(alg).algorithm
    private, public = key(other).to_handle(private=True), key(other).to_handle()
    if alg == other:
        mldsa.verifier(public, row)(b"m", mldsa.signer(private, row)(b"m"))
        return
    with pytest.raises(jwt.InvalidKey, match=alg):
        mldsa.signer(private, row)
    with pytest.raises(jwt.InvalidKey, match=alg):
        mldsa.verifier(public, row)
