import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.algorithms import ecdsa

CURVES = {"ES256": 32, "ES384": 48, "ES512": 66}


@pytest.mark.parametrize(("alg", "width"), CURVES.items())
def test_many_signatures_round_trip(alg, width):
    """Short r and s, with leading zeros, appear once in 128 signatures."""
    held = key(alg)
    stamp, check = held.stamper(b"h"), held.public().checker(b"h")
    for number in range(300):
        payload = b"%d" % number
        assert len(base64url.decode(stamp(payload))) == 2 * width
        check(payload, stamp(payload))


@pytest.mark.requirement(
    "rfc8725:3.2:deterministic-ecdsa",
    "tokens:J-12:deterministic-ecdsa",
    "security-a:20:deterministic-ecdsa",
)
def test_signatures_are_deterministic():
    """RFC 6979, through RFC 8725 section 3.2."""
    stamp = key("ES256").stamper(b"h")
    assert stamp(b"p") == stamp(b"p")


def test_where_openssl_is_old_nonces_are_random(monkeypatch):
    """OpenSSL before 3.2 has no RFC 6979, and cryptography says so."""
    scheme = ec.ECDSA

    def old(hasher, *, deterministic_signing=False):
        if deterministic_signing:
            raise UnsupportedAlgorithm("not here")
        return scheme(hasher)

    monkeypatch.setattr(ec, "ECDSA", old)
    chosen = ecdsa.deterministic(hashes.SHA384())
    assert isinstance(chosen.algorithm, hashes.SHA384)
    assert not chosen.deterministic_signing
    held = jwt.Key.generate("ES256")
    stamp, check = held.stamper(b"h"), held.public().checker(b"h")
    assert stamp(b"p") != stamp(b"p")
    check(b"p", stamp(b"p"))


@pytest.mark.requirement("tokens:J-13:exact-lengths")
@pytest.mark.parametrize(("alg", "width"), CURVES.items())
def test_a_signature_has_exactly_two_widths(alg, width):
    """RFC 7518 section 3.4; jwcrypto splits an over-long one in half."""
    held = key(alg)
    signature = base64url.decode(held.stamper(b"h")(b"p"))
    check = held.public().checker(b"h")
    wrong = [signature[:-1], signature + b"\0", b"\0" + signature, signature[:width]]
    wrong.append(b"\0" + signature[:width] + b"\0" + signature[width:])
    for each in wrong:
        with pytest.raises(jwt.SignatureInvalid):
            check(b"p", base64url.encode(each).encode())


def test_a_der_signature_is_refused():
    """RFC 7518 section 3.4: r and s side by side, never ASN.1."""
    pem = key("ES256").to_pem(private=True, unprotected=True).encode()
    private = serialization.load_pem_private_key(pem, None)
    der = private.sign(b"h.p", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(jwt.SignatureInvalid):
        key("ES256").public().checker(b"h")(b"p", base64url.encode(der).encode())


@pytest.mark.parametrize("alg", CURVES)
@pytest.mark.parametrize("other", CURVES)
def test_a_curve_fits_its_algorithm_alone(alg, other):
    members = key(alg).to_jwk()
    del members["alg"]
    pem = key(alg).to_pem()
    if alg == other:
        assert jwt.Key.from_jwk(members, alg=other).thumbprint() == key(alg).thumbprint()
        assert jwt.Key.from_pem(pem, alg=other).thumbprint() == key(alg).thumbprint()
        return
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_jwk(members, alg=other)
    with pytest.raises(jwt.InvalidKey):
        jwt.Key.from_pem(pem, alg=other)


def test_a_public_key_cannot_sign():
    with pytest.raises(jwt.InvalidKey, match="private"):
        key("ES256").public().stamper(b"h")


def test_coordinates_with_a_leading_zero_keep_their_width():
    """One key in 128; jose libraries have dropped the zero (RFC 7518 section 6.2.1.2)."""
    for _ in range(2_000):
        made = jwt.Key.generate("ES256")
        members = made.to_jwk()
        if base64url.decode(members["x"])[0] == 0:
            break
    else:
        pytest.fail("no coordinate with a leading zero among 2,000 keys")
    assert len(base64url.decode(members["x"])) == 32
    assert jwt.Key.from_jwk(members).thumbprint() == made.kid


@pytest.mark.requirement("tokens:J-2:bound-at-the-operation")
@pytest.mark.parametrize("alg", CURVES)
@pytest.mark.parametrize("other", [*CURVES, "ES256K"])
def test_an_operation_takes_keys_on_its_own_curve_alone(alg, other):
    """Tokens.md J-2: whatever put the key there."""
    row, private = key(alg).algorithm, key(other).to_handle(private=True)
    if alg == other:
        signature = ecdsa.signer(private, row)(b"m")
        ecdsa.verifier(private.public_key(), row)(b"m", signature)
        return
    with pytest.raises(jwt.InvalidKey, match=f"{alg} needs a private EC key on P-"):
        ecdsa.signer(private, row)
    with pytest.raises(jwt.InvalidKey, match=f"{alg} needs a public EC key on P-"):
        ecdsa.verifier(private.public_key(), row)
