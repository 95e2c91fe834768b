import zlib

import pytest

from watchword import jwt
from watchword.base.limits import INFLATED_BYTES_MAX
from watchword.jose.jwe.compression import deflate, inflate


@pytest.mark.parametrize("size", [0, 1, 1000, INFLATED_BYTES_MAX])
def test_what_is_deflated_inflates(size):
    assert inflate(deflate(b"x" * size)) == b"x" * size


GOOD = deflate(b"to whom it may concern")


@pytest.mark.parametrize(
    "data",
    [
        GOOD[:-1],
        GOOD + b"x",
        GOOD + GOOD,
        b"",
        b"\xff" * 20,
        zlib.compress(b"x"),  # RFC 1950, with header and checksum
    ],
)
def test_what_is_not_one_raw_stream_is_malformed(data):
    with pytest.raises(jwt.MalformedToken, match="DEFLATE") as caught:
        inflate(data)
    assert caught.value.claim == "zip"


def test_one_byte_too_many_is_too_large():
    squeeze = zlib.compressobj(wbits=-15)
    data = squeeze.compress(b"x" * (INFLATED_BYTES_MAX + 1)) + squeeze.flush()
    with pytest.raises(jwt.TokenTooLarge):
        inflate(data)
    with pytest.raises(jwt.PolicyRefused):
        deflate(b"x" * (INFLATED_BYTES_MAX + 1))
