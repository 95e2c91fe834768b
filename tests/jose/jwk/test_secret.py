import copy
import pickle

import pytest
from tests.jose.keys import ASYMMETRIC, SYMMETRIC, key

from watchword import jwt
from watchword.base import base64url
from watchword.base.limits import SECRET_BYTES_MAX
from watchword.jose.jwk.secret import HmacKey

LENGTHS = {"HS256": 32, "HS384": 48, "HS512": 64}
CANARY = "canary-secret-of-more-than-64-bytes-" * 2


@pytest.mark.requirement("rfc7518:3.2:key-as-long-as-hash", "tokens:J-4:sound-keys")
@pytest.mark.parametrize(("alg", "least"), LENGTHS.items())
def test_a_secret_is_at_least_as_long_as_the_hash(alg, least):
    """RFC 7518 section 3.2; PyJWT CVE-2025-45768."""
    assert jwt.Secret("x" * least, alg=alg).alg == alg
    for length in (0, 1, least - 1):
        with pytest.raises(jwt.WeakKey) as caught:
            jwt.Secret(b"x" * length, alg=alg)
        assert f'jwt.Secret.generate("{alg}")' in str(caught.value)
        assert str(least) in str(caught.value)


def test_a_secret_has_at_most_64_kib():
    """Whatever fits a key file is looked at for one; more is refused unread."""
    assert jwt.Secret(b"\xff" * SECRET_BYTES_MAX, alg="HS256").alg == "HS256"
    with pytest.raises(jwt.InvalidKey, match="at most 65536 bytes"):
        jwt.Secret(b"\xff" * (SECRET_BYTES_MAX + 1), alg="HS256")


@pytest.mark.parametrize(("alg", "length"), LENGTHS.items())
def test_a_generated_secret_has_the_length_of_the_hash(alg, length):
    class Chance:
        def token_bytes(self, count):
            assert count == length
            return bytes(range(count))

    made = jwt.Secret.generate(alg, kid="mine", chance=Chance())
    assert made.kid == "mine"
    assert made.algorithm.name == alg
    assert jwt.Secret.from_jwk(made.to_jwk(private=True)).to_jwk(private=True) == made.to_jwk(
        private=True
    )


def test_the_rooms_name_is_hmac_key():
    assert jwt.Secret is HmacKey


@pytest.mark.requirement("security-a:22:private-parts-stay", "tokens:J-9:private-parts-stay")
def test_a_secret_has_no_public_form():
    secret = jwt.Secret(CANARY, alg="HS256")
    with pytest.raises(jwt.InvalidKey, match="private=True"):
        secret.to_jwk()
    assert "kid" not in secret.to_jwk(private=True)
    with pytest.raises(jwt.KeyMismatch, match="never published"):
        jwt.KeySet([secret]).publish()


@pytest.mark.requirement("tokens:J-31:canaries")
def test_no_text_form_shows_the_secret():
    secret = jwt.Secret(CANARY, alg="HS256")
    for text in (repr(secret), str(secret), f"{secret}", repr(jwt.KeySet([secret]))):
        assert "canary" not in text
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="private=True"):
            leave(secret)


@pytest.mark.parametrize("alg", ASYMMETRIC)
def test_asymmetric_algorithms_are_another_class(alg):
    with pytest.raises(jwt.KeyMismatch, match="Key"):
        jwt.Secret("x" * 64, alg=alg)
    with pytest.raises(jwt.KeyMismatch, match="Key"):
        jwt.Secret.generate(alg)


@pytest.mark.parametrize("secret", [None, 1, ["x" * 32], bytearray(32)])
def test_other_types_are_refused(secret):
    with pytest.raises(jwt.InvalidKey, match="text or bytes"):
        jwt.Secret(secret, alg="HS256")


def test_a_jwk_of_another_type_is_refused():
    with pytest.raises(jwt.KeyMismatch, match=r"Key\.from_jwk"):
        jwt.Secret.from_jwk(key("ES256").to_jwk())


@pytest.mark.parametrize("k", ["", None, 1, "a=", "+/+/"])
def test_a_broken_k_is_refused(k):
    with pytest.raises(jwt.InvalidKey):
        jwt.Secret.from_jwk({"kty": "oct", "k": k, "alg": "HS256"})


def test_a_short_k_is_weak():
    with pytest.raises(jwt.WeakKey):
        jwt.Secret.from_jwk({"kty": "oct", "k": "AQAB", "alg": "HS256"})


def test_text_is_taken_as_utf8():
    text = jwt.Secret("é" * 32, alg="HS256")
    data = jwt.Secret("é".encode() * 32, alg="HS256")
    assert text.to_jwk(private=True) == data.to_jwk(private=True)


@pytest.mark.parametrize("alg", SYMMETRIC)
def test_a_secret_signs_and_verifies(alg):
    stamp, check = key(alg).stamper(b"h"), key(alg).checker(b"h")
    check(b"p", stamp(b"p"))
    with pytest.raises(jwt.SignatureInvalid):
        check(b"q", stamp(b"p"))


@pytest.mark.parametrize(("alg", "least"), LENGTHS.items())
def test_a_weak_secret_verifies_and_never_signs(alg, least):
    """Tokens.md section 3 (interop switches): RFC 7518 section 3.2 forbids using it to sign."""
    for length in (16, least - 1):
        weak = jwt.Secret("x" * length, alg=alg, weak_keys="verify-only")
        assert weak.is_weak
        assert weak.checker(b"e30")
        with pytest.raises(jwt.WeakKey, match="never signs"):
            weak.stamper(b"e30")
        with pytest.raises(jwt.WeakKey, match="never signs"):
            jwt.Signer(weak, issuer="i", audience="a", lifetime=60, typ="t")
    strong = jwt.Secret("x" * least, alg=alg, weak_keys="verify-only")
    assert not strong.is_weak
    assert strong.stamper(b"e30")


def test_even_a_weak_secret_has_sixteen_bytes():
    for length in (0, 15):
        with pytest.raises(jwt.WeakKey, match="at least 16 bytes"):
            jwt.Secret("x" * length, alg="HS256", weak_keys="verify-only")
    for wrong in (True, "", "verify", "sign"):
        with pytest.raises(jwt.PolicyRefused, match="verify-only"):
            jwt.Secret("x" * 32, alg="HS256", weak_keys=wrong)


def test_a_generated_secret_may_be_named_by_its_thumbprint():
    made = jwt.Secret.generate("HS256", kid="auto")
    assert made.kid == made.thumbprint()
    assert jwt.Secret.generate("HS256").kid is None


def test_a_secret_may_be_any_text_even_half_of_a_surrogate_pair():
    """Where text comes from a source that is no UTF-8, it is taken as it is, and told apart."""
    secret = jwt.Secret("\ud800" * 11, alg="HS256")
    assert base64url.decode(secret.to_jwk(private=True)["k"]) == b"\xed\xa0\x80" * 11
    assert secret.thumbprint() != jwt.Secret("\ud801" * 11, alg="HS256").thumbprint()


def test_a_secret_begins_with_nothing_prepared():
    assert jwt.Secret.generate("HS256").prepared == {}
