"""Fuzz targets of the encodings that everything else is read through."""

from tests.fuzz.target import Target
from tests.jose.forge import claims, dump, header

from watchword.base import base64url, strict_json
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose import segment
from watchword.jose.jws import header as jws_header

__all__ = ["TARGETS"]


def base64url_decode(data: bytes) -> None:
    """What is accepted is what encoding writes, and both decoders say the same."""
    outcomes = []
    for decode in (base64url.decode, segment.decode):
        try:
            outcomes.append(decode(data))
        except base64url.MalformedBase64url:
            outcomes.append(None)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] is None or base64url.encode_bytes(outcomes[0]) == data


def strict_json_loads(data: bytes) -> None:
    """What is accepted can be written and read back the same."""
    value = strict_json.loads(data, bytes_max=TOKEN_BYTES_MAX)
    assert strict_json.loads(dump(value).encode(), bytes_max=10 * TOKEN_BYTES_MAX) == value


def read_header(data: bytes) -> None:
    """A header of any bytes."""
    jws_header.read(base64url.encode_bytes(data))


TARGETS = {
    "base64url": Target(base64url_decode, (), (b"aGk", b"a-_b", b"AA", b"AB", b"A", b"aGk=")),
    "strict_json": Target(
        strict_json_loads,
        (strict_json.MalformedJSON,),
        (dump(claims()).encode(), b'{"a":1e400}', b"[[[]]]", b'{"a":1,"a":2}', b'"\\ud800"'),
    ),
    "jws_header": Target(
        read_header,
        (jws_header.MalformedToken,),
        (dump(header()).encode(), b'{"alg":"HS256","crit":["b64"],"b64":false}'),
    ),
}
