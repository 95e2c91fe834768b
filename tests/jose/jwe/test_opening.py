"""The operation itself, whatever chose the key."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.jose.jwe.recipients import DATA, decrypter, key, parts, reheaded, token

from watchword import jwt
from watchword.base.limits import JWE_CIPHERTEXT_BYTES_MAX
from watchword.jose.jwe import opening
from watchword.jose.jwe.content import Box


def taken_apart(alg, enc):
    """Return the arguments of the operation for a good token."""
    text = token(alg, enc)
    _, encrypted_key, iv, ciphertext, tag = parts(text)
    header = decrypter(alg, enc).decrypt(text).header
    return header, encrypted_key, Box(iv, ciphertext, tag), text.split(".")[0].encode()


@pytest.mark.requirement("tokens:J-2:bound-at-decryption")
@pytest.mark.parametrize("alg", ["A128KW", "dir"])
def test_a_key_of_another_algorithm_opens_nothing(alg):
    """Tokens.md J-2."""
    arguments = taken_apart(alg, "A256GCM")
    assert opening.open_box(key(alg, "A256GCM"), *arguments) == DATA
    for other in (key("A256KW"), key("A128GCMKW"), key("dir", "A128CBC-HS256"), key("RSA-OAEP")):
        with pytest.raises(jwt.UnknownKey) as caught:
            opening.open_box(other, *arguments)
        assert caught.value.claim == "kid"


@pytest.mark.parametrize(("iv", "tag"), [(0, 16), (13, 16), (12, 0), (12, 15), (12, 17), (11, 1)])
def test_vector_and_tag_are_measured_each(iv, tag):
    """RFC 7518 section 5.3: 96 bits and 128 bits."""
    header, encrypted_key, box, aad = taken_apart("A128KW", "A256GCM")
    other = Box((box.iv * 2)[:iv], box.ciphertext, (box.tag * 2)[:tag])
    with pytest.raises(jwt.MalformedToken, match="another length"):
        opening.open_box(key("A128KW"), header, encrypted_key, other, aad)


@pytest.mark.parametrize(
    ("member", "named", "accepted"),
    [
        ({"alg": "A256KW"}, "A256KW", {"A128KW"}),
        ({"alg": "canary"}, "an algorithm that does not exist here", {"A128KW"}),
        ({"enc": "A256GCM"}, "A256GCM", {"A128GCM"}),
        ({"enc": "canary"}, "an algorithm that does not exist here", {"A128GCM"}),
    ],
)
def test_a_refused_algorithm_is_named_where_it_exists(member, named, accepted):
    """Security.md rule 19: what the token says is shown only where it is a registered name."""
    (claim,) = member
    with pytest.raises(jwt.AlgorithmRefused) as caught:
        decrypter("A128KW").decrypt(reheaded(token("A128KW"), **member))
    assert caught.value.hint == f"the token says {named}; accepted is {', '.join(accepted)}"
    assert (caught.value.claim, caught.value.got) == (claim, member[claim])
    assert caught.value.expected == accepted


def test_a_refused_compression_says_what_is_accepted():
    """Tokens.md J-37."""
    text = token("A128KW", unsafe_zip="DEF")
    for opener, accepted in (
        (decrypter("A128KW"), set()),
        (decrypter("A128KW", zip=True), {"DEF"}),
    ):
        with pytest.raises(jwt.AlgorithmRefused, match="compressed") as caught:
            opener.decrypt(reheaded(text, zip="XX"))
        assert caught.value.claim == "zip"
        assert caught.value.expected == accepted


def test_the_ciphertext_is_measured_before_it_is_decoded():
    """Tokens.md J-36: to the last character that base64url has for the limit."""
    longest = JWE_CIPHERTEXT_BYTES_MAX * 4 // 3 + 2
    opening.check_ciphertext_length(b"a" * longest)
    with pytest.raises(jwt.TokenTooLarge):
        opening.check_ciphertext_length(b"a" * (longest + 1))


def test_a_content_key_of_another_length_opens_nothing(monkeypatch):
    """RFC 7516 section 5.2: a shorter key that unwraps is no key of this enc, though it opens."""
    header, encrypted_key, box, aad = taken_apart("A128KW", "A256GCM")
    held, short = key("A128KW"), b"k" * 16
    sealed = AESGCM(short).encrypt(box.iv, DATA, aad)
    weak = Box(box.iv, sealed[:-16], sealed[-16:])
    monkeypatch.setattr(type(held), "unwrap", lambda *_: short)
    with pytest.raises(jwt.DecryptionFailed):
        opening.open_box(held, header, encrypted_key, weak, aad)
