import os

import pytest

from watchword.base.base64url import MalformedBase64url, decode, encode, encode_bytes


@pytest.mark.parametrize("length", range(70))
def test_every_length_round_trips(length):
    data = os.urandom(length)
    assert decode(encode(data)) == data
    assert decode(encode_bytes(data)) == data


@pytest.mark.parametrize("last", range(256))
def test_every_last_character_is_written(last):
    """Only padding is taken off; a letter at the end belongs to the data."""
    for start in (b"", b"a", b"ab"):
        data = start + bytes([last])
        assert len(encode(data)) == (len(data) * 4 + 2) // 3
        assert decode(encode(data)) == data


@pytest.mark.requirement("rfc7515:2:unpadded")
@pytest.mark.parametrize(
    "text",
    [
        *("YQ==", "YQ=", "YWI=", "=", "YWJj="),  # padding
        *("Y Q", "YQ\n", "\nYQ", "Y\rQ", "YQ\t", " YQ"),  # white space
        *("+/+/", "ab+/", "a/"),  # the standard alphabet
        *("YR", "YWL", "Zh"),  # unused bits that are set
        *("a", "abcde"),  # lengths that no encoding has
        *("YQ\0", "Y!Q", "YQ.", "é", "Ⅷ", "YQ\uff1d"),  # junk and look-alikes
    ],
)
def test_another_spelling_is_refused(text):
    """RFC 7515 section 2; RFC 4648 sections 3.3 and 3.5; tokens.md J-15."""
    with pytest.raises(MalformedBase64url):
        decode(text)
    with pytest.raises(MalformedBase64url):
        decode(text.encode())


def test_each_text_of_two_characters_has_one_reading_or_none():
    """Of the 64 * 64 texts, the 256 canonical ones decode; the rest respell one of them."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    accepted = []
    for text in (a + b for a in alphabet for b in alphabet):
        try:
            accepted.append(decode(text))
        except MalformedBase64url:
            continue
    assert sorted(accepted) == [bytes([byte]) for byte in range(256)]


def test_the_error_does_not_quote_the_text():
    """Source: security.md rule 19."""
    with pytest.raises(MalformedBase64url) as caught:
        decode("canary secret")
    assert "canary" not in str(caught.value)
