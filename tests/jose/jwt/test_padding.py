import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwt.padding import unpadded


@given(st.binary(max_size=40))
def test_exact_padding_is_taken_off(data):
    assert unpadded(base64.urlsafe_b64encode(data)) == base64url.encode_bytes(data)
    assert unpadded(base64url.encode_bytes(data)) == base64url.encode_bytes(data)


@given(st.text(string.ascii_letters, max_size=9), st.integers(1, 9))
def test_other_padding_is_refused(text, count):
    bare = text.encode()
    if count == -len(bare) % 4:
        assert unpadded(bare + b"=" * count) == bare
    else:
        with pytest.raises(jwt.MalformedToken, match="padded wrongly"):
            unpadded(bare + b"=" * count)


@pytest.mark.parametrize("letter", string.ascii_letters + string.digits + "-_")
def test_nothing_but_padding_is_taken_off(letter):
    assert unpadded(b"AAA" + letter.encode()) == b"AAA" + letter.encode()
