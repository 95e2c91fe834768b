"""The operation itself, whatever chose the key."""

import pytest
from tests.jose.jwe.recipients import DATA, decrypter, key, parts, token

from watchword import jwt
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
        with pytest.raises(jwt.UnknownKey):
            opening.open_box(other, *arguments)
