"""A token that asks for a night of hashing.

Source: RFC 8725 section 3.13; CVE-2023-6681; panva CVE-2022-36083; tokens.md J-36.
"""

import hashlib

import pytest
from tests.jose.jwe.recipients import decrypter, joined, key, parts, reheaded, token

from watchword import jwe, jwt

ALG = "PBES2-HS256+A128KW"


@pytest.fixture
def hashed(monkeypatch):
    """Return the list of iterations that PBKDF2 was asked for."""
    asked = []
    derive = hashlib.pbkdf2_hmac

    def counted(name, password, salt, iterations, size):
        asked.append(iterations)
        return derive(name, password, salt, iterations, size)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counted)
    return asked


@pytest.mark.requirement("tokens:J-36:p2c-bounded", "security-a:16:p2c-bounded")
@pytest.mark.parametrize(
    "p2c",
    [
        *(2**31, 10**30, 10**400, 1_200_001, 999, 1, 0, -1, -1000),
        *(1000.0, 1e3, 1.5, "1000", True, False, None, [1000], {}, ...),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_count_out_of_range_is_refused_before_anything_is_hashed(p2c, hashed):
    text = reheaded(token(ALG), p2c=p2c)
    hashed.clear()
    with pytest.raises(jwt.MalformedToken) as caught:
        decrypter(ALG).decrypt(text)
    assert hashed == []
    assert caught.value.claim == "p2c"


@pytest.mark.parametrize("p2c", [1_000, 1_200_000])
def test_a_count_at_either_bound_is_hashed_once(p2c, hashed):
    text = reheaded(token(ALG), p2c=p2c, changed=True)
    hashed.clear()
    with pytest.raises(jwt.DecryptionFailed):
        decrypter(ALG).decrypt(text)
    assert hashed == [p2c]


@pytest.mark.requirement("rfc7518:4.8.1.1:salt-of-eight-bytes")
@pytest.mark.parametrize("p2s", ["", "AAAAAAAAAA", "not base64url!", 7, None, ...])
def test_a_short_or_missing_salt_is_refused_before_anything_is_hashed(p2s, hashed):
    text = reheaded(token(ALG), p2s=p2s)
    hashed.clear()
    with pytest.raises(jwt.MalformedToken) as caught:
        decrypter(ALG).decrypt(text)
    assert (hashed, caught.value.claim) == ([], "p2s")


def test_a_salt_of_eight_bytes_is_long_enough(hashed):
    text = reheaded(token(ALG), p2s="AAAAAAAAAAA")
    hashed.clear()
    with pytest.raises(jwt.DecryptionFailed):
        decrypter(ALG).decrypt(text)
    assert len(hashed) == 1


def test_lengths_are_checked_before_anything_is_hashed(hashed):
    header, encrypted_key, iv, ciphertext, tag = parts(token(ALG))
    hashed.clear()
    for decoded in (
        [header, encrypted_key[:-1], iv, ciphertext, tag],
        [header, b"", iv, ciphertext, tag],
        [header, encrypted_key, iv[:-1], ciphertext, tag],
        [header, encrypted_key, iv, ciphertext, tag[:-4]],
    ):
        with pytest.raises(jwt.MalformedToken):
            decrypter(ALG).decrypt(joined(decoded))
    assert hashed == []


@pytest.mark.requirement("tokens:J-36:off-by-default", "security-a:16:off-by-default")
def test_without_a_password_nothing_is_derived(hashed):
    """An oct key is none: it must be made one by name."""
    text = token(ALG)
    hashed.clear()
    for alg, crv in (("A128KW", None), ("RSA-OAEP", None), ("ECDH-ES", "X25519")):
        with pytest.raises(jwt.AlgorithmRefused):
            decrypter(alg, crv=crv).decrypt(text)
    assert hashed == []


def test_a_document_derives_one_password_at_most(hashed):
    text = jwe.encrypt_json(b"x", [key(ALG), key(ALG)], enc="A128GCM")
    hashed.clear()
    with pytest.raises(jwt.MalformedToken):
        decrypter(ALG).decrypt_json(text)
    assert hashed == []
