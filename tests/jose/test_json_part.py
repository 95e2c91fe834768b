"""A part of a token that is a JSON object. Source: RFC 8725 section 3.7; tokens.md J-15, J-18."""

import pytest
from tests.jose.forge import encode

from watchword import jwt
from watchword.jose.json_part import read_object


def test_an_object_is_read():
    assert read_object(encode('{"a": [1, null]}').encode(), "payload", bytes_max=16) == {
        "a": [1, None]
    }


@pytest.mark.parametrize(
    ("part", "hint"),
    [
        (encode("[1]"), "the header is not a JSON object"),
        (encode("{}") + "=", "the header is not canonical base64url"),
        (encode('{"a":1,"a":2}'), "the header is refused: JSON names a member twice"),
        (encode('{"a": "0123456789"}'), "the header is refused: JSON is larger than 16 bytes"),
    ],
)
def test_anything_else_is_refused_with_the_fault_and_the_part(part, hint):
    with pytest.raises(jwt.MalformedToken) as refused:
        read_object(part.encode(), "header", bytes_max=16)
    assert refused.value.hint == hint
