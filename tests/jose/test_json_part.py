"""A part of a token that is a JSON object. Source: RFC 8725 section 3.7; tokens.md J-15, J-18."""

import pytest
from tests.jose.forge import encode

from watchword import jwt
from watchword.jose.json_part import read_document, read_object


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


THREE = "this has the three parts of a signed token (compact JWS); verify of a Verifier reads it"


def test_a_document_is_read_up_to_its_limit_in_bytes():
    assert read_document('{"a": "\u20ac"}', bytes_max=12) == {"a": "\u20ac"}
    assert read_document(b'{"a": 12345}', bytes_max=12) == {"a": 12345}
    for text in ('{"a": "\u20ac" }', b'{"a": 123456}', "{}" + " " * 11):
        with pytest.raises(jwt.TokenTooLarge) as refused:
            read_document(text, bytes_max=12)
        assert refused.value.hint == "the document is larger than 12 bytes"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[1]", "this is not a JSON object"),
        ("a.b.c", THREE),
        ("a.b.c~d~", "this has the tildes of an SD-JWT; sdjwt.Verifier.verify reads it"),
        ("", "the document is refused: not JSON: the fault is at character 0"),
        ('{"a":1,"a":2}', "the document is refused: JSON names a member twice"),
        (b'\xef\xbb\xbf{"a":1}', "the document is refused: JSON starts with a byte order mark"),
        ('{"a":"\ud800"}', "the document holds half of a surrogate pair"),
        ({"a": 1}, "a token in JSON form is read from its text"),
    ],
)
def test_no_other_document_is_read(text, hint):
    with pytest.raises(jwt.MalformedToken) as refused:
        read_document(text, bytes_max=99)
    assert refused.value.hint == hint
