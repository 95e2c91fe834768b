import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchword import jwt
from watchword.base import base64url
from watchword.jose import segment


@pytest.mark.parametrize("length", range(20))
def test_every_length_round_trips(length):
    data = os.urandom(length)
    assert segment.decode(base64url.encode_bytes(data)) == data


@pytest.mark.requirement("tokens:J-15:canonical", "security-a:7:canonical")
@settings(max_examples=400, deadline=None)
@given(
    st.binary(max_size=9)
    | st.text('AQgwZ09-_=+/\\"\n u{}', max_size=9).map(str.encode)
    | st.binary(max_size=9).map(base64url.encode_bytes)
)
def test_the_fast_reader_and_the_strict_one_agree(text):
    """RFC 4648 section 3.5: one spelling, whoever reads it."""
    assert read(segment.decode, text) == read(base64url.decode, text)


def test_all_texts_of_two_and_three_characters_are_judged_alike():
    alphabet = b'AQgwBCEIZaz09-_+/="\\ \n'
    for text in (bytes((a, b)) for a in range(256) for b in alphabet):
        assert read(segment.decode, text) == read(base64url.decode, text)
    for text in (bytes((65, a, b)) for a in alphabet for b in range(256)):
        assert read(segment.decode, text) == read(base64url.decode, text)


def test_a_signature_is_decoded_or_the_token_malformed():
    assert segment.decode_signature(b"AAEC") == b"\0\1\2"
    for wrong in (b"AAE=", b"AA+C", b"A"):
        with pytest.raises(jwt.MalformedToken, match="the signature is not canonical"):
            segment.decode_signature(wrong)
    with pytest.raises(jwt.MalformedToken, match=r"sdjwt\.Verifier"):
        segment.decode_signature(b"AAEC~WyJzIl0~")


def read(decode, text):
    try:
        return decode(text)
    except base64url.MalformedBase64url:
        return None
