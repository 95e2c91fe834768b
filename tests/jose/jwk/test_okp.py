import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed448, x448, x25519
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk import okp
from watchword.jose.jwk.okp import OKPMaterial
from watchword.jose.small_order import SMALL_ORDER

P25519 = 2**255 - 19
P448 = 2**448 - 2**224 - 1
CURVES = {"Ed25519": 32, "Ed448": 57, "X25519": 32, "X448": 56}


def jwk(crv: str, x: bytes) -> dict[str, str]:
    return {"kty": "OKP", "crv": crv, "x": base64url.encode(x)}


@pytest.mark.parametrize("crv", CURVES)
def test_members_and_handles_bring_the_same_key_back(crv):
    made = OKPMaterial.generate(crv)
    assert (made.kty, made.crv) == ("OKP", crv)
    members = {**made.public_members(), **made.private_members()}
    assert set(members) == {"kty", "crv", "x", "d"}
    read = OKPMaterial.from_jwk(members)
    wrapped = OKPMaterial.from_handle(made.private_handle)
    for each in (read, wrapped):
        assert {**each.public_members(), **each.private_members()} == members
    public = read.public()
    assert public.private_members() == {}
    assert OKPMaterial.from_handle(public.public_handle) == public
    assert OKPMaterial.from_jwk(public.public_members()).crv == crv


@pytest.mark.requirement("rfc8037:2:members")
@pytest.mark.parametrize(("crv", "length"), CURVES.items())
@pytest.mark.parametrize("name", ["x", "d"])
def test_members_have_the_length_of_the_curve(crv, length, name):
    made = OKPMaterial.generate(crv)
    members = {**made.public_members(), **made.private_members()}
    for wrong in (1, length - 1, length + 1, 2 * length):
        with pytest.raises(jwt.InvalidKey) as caught:
            OKPMaterial.from_jwk({**members, name: base64url.encode(b"\x07" * wrong)})
        assert caught.value.claim == name


@pytest.mark.requirement("tokens:J-4:halves-agree")
@pytest.mark.parametrize("crv", CURVES)
def test_halves_of_two_keys_are_refused(crv):
    made, other = OKPMaterial.generate(crv), OKPMaterial.generate(crv)
    with pytest.raises(jwt.InvalidKey, match="agree"):
        OKPMaterial.from_jwk({**made.public_members(), **other.private_members()})


@pytest.mark.parametrize("crv", ["P-256", "ed25519", "", None, 1, ["Ed25519"]])
def test_another_curve_is_refused(crv):
    with pytest.raises(jwt.InvalidKey) as caught:
        OKPMaterial.from_jwk({"kty": "OKP", "crv": crv, "x": "AAAA"})
    assert caught.value.claim == "crv"


def test_a_size_is_refused():
    with pytest.raises(jwt.InvalidKey, match="bits="):
        OKPMaterial.generate("Ed25519", 256)


def test_a_handle_of_another_type_is_not_taken():
    assert OKPMaterial.from_handle(key("ES256")._material.public_handle) is None
    assert OKPMaterial.from_handle("text") is None


# Small order: a point whose eightfold (Edwards25519) or fourfold (Edwards448) is the identity.


def montgomery_double(u: int, a: int, prime: int) -> int | None:
    """Return u of twice a point (RFC 7748 section 5, from its definition); None at infinity."""
    below = 4 * u * (u * u + a * u + 1) % prime
    return None if below == 0 else (u * u - 1) ** 2 * pow(below, -1, prime) % prime


def edwards_double(y: int, a: int, d: int, prime: int) -> int:
    """Return y of twice a point of a x^2 + y^2 = 1 + d x^2 y^2, from its y."""
    x_squared = (y * y - 1) * pow(d * y * y - a, -1, prime) % prime
    below = 1 - d * x_squared * y * y
    return (y * y - a * x_squared) * pow(below, -1, prime) % prime


def times_doubled(number, double, identity):
    """Return how often a number must be doubled to reach the identity, up to three times."""
    for times in range(4):
        if number is identity or number == identity:
            return times
        number = double(number)
    return None


D25519 = -121_665 * pow(121_666, -1, P25519)


@pytest.mark.parametrize(
    ("crv", "double", "identity", "most"),
    [
        ("Ed25519", lambda y: edwards_double(y, -1, D25519, P25519), 1, 3),
        ("Ed448", lambda y: edwards_double(y, 1, -39_081, P448), 1, 2),
        ("X25519", lambda u: montgomery_double(u, 486_662, P25519), None, 3),
        ("X448", lambda u: montgomery_double(u, 156_326, P448), None, 2),
    ],
)
def test_the_listed_points_are_those_of_small_order(crv, double, identity, most):
    """Each number of the list doubles to the identity; a generator does not."""
    times = {times_doubled(number, double, identity) for number in SMALL_ORDER[crv]}
    assert None not in times
    assert max(times) == most
    point = int.from_bytes(OKPMaterial.generate(crv).public_handle.public_bytes_raw(), "little")
    bits = okp._CURVES[crv].number_bits
    assert times_doubled(point & ((1 << bits) - 1), double, identity) is None


def encodings(crv: str) -> list[bytes]:
    """Return every encoding of every small-order point: with a sign, and beyond the prime."""
    curve = okp._CURVES[crv]
    found = []
    for number in SMALL_ORDER[crv]:
        for beyond in (number, number + curve.prime, number + 2 * curve.prime):
            has_spare_bit = curve.number_bits < 8 * curve.key_bytes
            for high in (0, 1 << (8 * curve.key_bytes - 1)) if has_spare_bit else (0,):
                if beyond < 1 << curve.number_bits:
                    found.append((beyond | high).to_bytes(curve.key_bytes, "little"))
    return found


SMALL = [(crv, encoded) for crv in CURVES for encoded in encodings(crv)]


@pytest.mark.requirement("tokens:J-4:small-order")
@pytest.mark.parametrize(("crv", "encoded"), SMALL, ids=lambda each: str(each)[:9])
def test_a_small_order_point_is_refused_in_every_encoding(crv, encoded):
    """Tokens.md J-4: with such a key anybody can sign, or knows the agreed secret."""
    with pytest.raises(jwt.KeyRefused) as caught:
        OKPMaterial.from_jwk(jwk(crv, encoded))
    assert isinstance(caught.value, jwt.WeakKey) or "not a point" in caught.value.hint
    handle = okp._CURVES[crv].public_type.from_public_bytes(encoded)
    with pytest.raises(jwt.KeyRefused):
        OKPMaterial.from_handle(handle)


def test_zero_and_one_are_weak_in_every_curve():
    for crv, length in CURVES.items():
        for number in (0, 1):
            with pytest.raises(jwt.WeakKey, match="small order"):
                OKPMaterial.from_jwk(jwk(crv, number.to_bytes(length, "little")))


@pytest.mark.requirement("tokens:J-4:sound-keys")
@pytest.mark.parametrize(("crv", "prime", "y"), [("Ed25519", P25519, 2), ("Ed448", P448, 7)])
def test_what_is_no_point_or_not_canonical_is_refused(crv, prime, y):
    """RFC 8032 sections 5.1.3 and 5.2.3: decoding fails."""
    length = CURVES[crv]
    off = next(
        number for number in range(y, 100) if not okp._is_on_curve(number, prime, edwards(crv))
    )
    on = next(number for number in range(2, 19) if okp._is_on_curve(number, prime, edwards(crv)))
    OKPMaterial.from_jwk(jwk(crv, on.to_bytes(length, "little")))
    for wrong in (off, on + prime):
        with pytest.raises(jwt.InvalidKey, match="not a point"):
            OKPMaterial.from_jwk(jwk(crv, wrong.to_bytes(length, "little")))


def edwards(crv):
    return okp._CURVES[crv].edwards


def test_montgomery_numbers_need_not_be_canonical():
    """RFC 7748 section 5: they are taken modulo the prime."""
    OKPMaterial.from_jwk(jwk("X25519", (9 + P25519).to_bytes(32, "little")))


@pytest.mark.parametrize(
    ("crv", "public", "private"),
    [
        ("Ed448", ed448.Ed448PublicKey, ed448.Ed448PrivateKey),
        ("X448", x448.X448PublicKey, x448.X448PrivateKey),
        ("X25519", x25519.X25519PublicKey, x25519.X25519PrivateKey),
    ],
)
def test_a_curve_that_openssl_lacks_is_named(monkeypatch, crv, public, private):
    """BoringSSL and LibreSSL have no Ed448."""
    members = OKPMaterial.generate(crv).public_members()

    def refuse(*_):
        raise UnsupportedAlgorithm("not in this build")

    lacking = okp._Curve(
        *(type("Public", (), {"from_public_bytes": refuse}),),
        *(type("Private", (), {"generate": staticmethod(refuse)}),),
        *(okp._CURVES[crv].key_bytes, okp._CURVES[crv].prime, okp._CURVES[crv].number_bits),
        frozenset(),
    )
    monkeypatch.setitem(okp._CURVES, crv, lacking)
    for make in (lambda: OKPMaterial.generate(crv), lambda: OKPMaterial.from_jwk(members)):
        with pytest.raises(jwt.InvalidKey, match=f"OpenSSL .* does not offer {crv}") as caught:
            make()
        assert caught.value.claim == "crv"
