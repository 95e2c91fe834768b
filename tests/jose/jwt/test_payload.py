import msgspec
import pytest

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwt import payload
from watchword.jose.jwt.payload import members_of, read_proved

decode = msgspec.json.Decoder().decode


def encoded(text):
    return base64url.encode_bytes(text.encode())


def test_a_usual_payload_is_not_read_twice(monkeypatch):
    """Tokens.md section 7: the strict reader costs ten times as much."""
    monkeypatch.setattr(payload, "read_object", None)
    text = '{"sub":"alice","exp":1,"x":{"account":{"roles":["a","b"]}}}'
    assert members_of(encoded(text)) == decode(text)


@pytest.mark.parametrize(
    "text", ['{ "a": 1 }', '{"\\u0061":1}', '{"a":[[[[1]]]]}', '{"a":1e2}', '{"a":0.10}']
)
def test_what_cannot_be_proved_at_once_is_read_strictly(text):
    assert read_proved(payload._decode_members, encoded(text)) is None
    assert members_of(encoded(text)) == decode(text)


@pytest.mark.parametrize(
    ("payload_b64u", "fault"),
    [
        (encoded('{"a":1,"a":1}'), "the payload is refused: JSON names a member twice"),
        (encoded("[]"), "the payload is not a JSON object"),
        (b"e30=", "the payload is not canonical base64url"),
        (b"e31", "the payload is not canonical base64url"),
    ],
)
def test_a_refusal_says_that_it_is_of_the_payload(payload_b64u, fault):
    with pytest.raises(jwt.MalformedToken, match=fault):
        members_of(payload_b64u)


def test_what_is_read_is_proved_to_be_all_there_is():
    """Tokens.md section 7 (traps): msgspec lets the last duplicate win."""
    assert read_proved(decode, encoded('{"a":1}')) == {"a": 1}
    for text in ('{"a":1,"a":1}', '{"a":1} ', "{", '{"a":"\xff"}'):
        data = base64url.encode_bytes(text.encode("latin-1"))
        assert read_proved(decode, data) is None
