"""Parts cut or grown: short tags, long vectors, keys where none belongs.

Source: RFC 7518 sections 4.7.1, 5.2 and 5.3; tokens.md J-33.
"""

import pytest
from tests.jose.jwe.recipients import (
    DATA,
    ENCS,
    FAMILIES,
    decrypter,
    joined,
    key,
    parts,
    reheaded,
    token,
)

from watchword import jwe, jwt
from watchword.base import base64url

WITH_KEY = [family for family in FAMILIES if family[0] not in ("dir", "ECDH-ES")]
WITHOUT_KEY = [family for family in FAMILIES if family not in WITH_KEY]
KEY, IV, TAG = 1, 2, 4


def resized(alg, enc, crv, part, change):
    decoded = parts(token(alg, enc, crv))
    length = len(decoded[part]) + change
    decoded[part] = decoded[part][:length].ljust(length, b"\0")
    return joined(decoded)


@pytest.mark.requirement("tokens:J-33:exact-lengths", "rfc7518:5.3:iv-and-tag")
@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("part", [IV, TAG])
@pytest.mark.parametrize("change", [-32, -16, -8, -4, -1, 1, 4, 16])
def test_vector_and_tag_have_their_lengths(enc, part, change):
    """A GCM vector of 16 bytes and a tag of 12 would both work in the primitive."""
    with pytest.raises(jwt.MalformedToken):
        decrypter("dir", enc).decrypt(resized("dir", enc, None, part, max(change, -16)))


@pytest.mark.parametrize("enc", ["A128GCM", "A256CBC-HS512"])
@pytest.mark.parametrize(("alg", "crv"), WITH_KEY)
@pytest.mark.parametrize("change", [-1000, -16, -8, -1, 1, 8, 16])
def test_an_encrypted_key_has_its_length(alg, crv, enc, change):
    size = len(parts(token(alg, enc, crv))[KEY])
    with pytest.raises(jwt.MalformedToken):
        decrypter(alg, enc, crv).decrypt(resized(alg, enc, crv, KEY, max(change, -size)))


@pytest.mark.requirement("tokens:J-33:no-key-with-direct", "rfc7518:4.5:empty-encrypted-key")
@pytest.mark.parametrize(("alg", "crv"), WITHOUT_KEY)
@pytest.mark.parametrize("size", [1, 16, 24, 40])
def test_where_no_key_is_encrypted_there_is_none(alg, crv, size):
    """RFC 7516 section 5.2 steps 10 and 11."""
    with pytest.raises(jwt.MalformedToken):
        decrypter(alg, crv=crv).decrypt(resized(alg, "A128GCM", crv, KEY, size))


@pytest.mark.requirement("rfc7518:4.7.1:wrapped-iv-and-tag")
@pytest.mark.parametrize("alg", ["A128GCMKW", "A192GCMKW", "A256GCMKW"])
@pytest.mark.parametrize(
    ("name", "sizes"), [("iv", (0, 8, 11, 13, 16)), ("tag", (0, 4, 8, 12, 15, 17))]
)
def test_a_wrapped_keys_vector_and_tag_have_their_lengths(alg, name, sizes):
    text = token(alg)
    for value in (*(base64url.encode(b"\0" * size) for size in sizes), 7, None, "*", ...):
        with pytest.raises(jwt.MalformedToken) as caught:
            decrypter(alg).decrypt(reheaded(text, **{name: value}))
        assert caught.value.claim in ("iv", "tag")


@pytest.mark.requirement("rfc7518:4.7.1:wrapped-iv-and-tag")
def test_a_wrapped_keys_short_tag_is_named():
    short = base64url.encode(b"\0" * 15)
    with pytest.raises(jwt.MalformedToken, match="12 bytes and its tag 16") as caught:
        decrypter("A128GCMKW").decrypt(reheaded(token("A128GCMKW"), tag=short))
    assert caught.value.claim == "tag"


@pytest.mark.parametrize("enc", ENCS)
def test_a_content_key_of_another_enc_does_not_serve(enc):
    """The attacker changes enc, which is covered by the tag and by the length of the key."""
    secret = key("A128KW")
    opener = jwe.Decrypter(secret, enc=ENCS)
    for other in ENCS:
        text = jwe.encrypt(DATA, secret, enc=other)
        if other != enc:
            with pytest.raises((jwt.MalformedToken, jwt.DecryptionFailed)):
                opener.decrypt(reheaded(text, enc=enc))


@pytest.mark.parametrize("ciphertext", [b"", b"x", b"x" * 15, b"x" * 17])
@pytest.mark.parametrize("enc", ["A128GCM", "A128CBC-HS256"])
def test_a_ciphertext_of_any_length_is_only_wrong(enc, ciphertext):
    decoded = parts(token("dir", enc))
    decoded[3] = ciphertext
    with pytest.raises(jwt.DecryptionFailed):
        decrypter("dir", enc).decrypt(joined(decoded))
