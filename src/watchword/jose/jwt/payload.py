"""Reading a payload: base64url of a JSON object with one reading, or nothing.

Source: RFC 7519 section 7.2; RFC 8725 section 3.7; tokens.md J-15, J-18 and section 7.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import msgspec

from watchword.jose import segment
from watchword.jose.json_part import read_object

__all__ = ["Value", "encode", "members_of", "read_proved"]

# Values nested so far that fast reading takes them: a type bounds depth at no cost, where counting
# brackets takes a tenth of a verification. Deeper ones are read strictly. Each level more doubles
# the time in which msgspec takes the type in.
_Scalar = str | int | float | bool | None
_Shallow = _Scalar | list[_Scalar] | dict[str, _Scalar]
_Deeper = _Scalar | list[_Shallow] | dict[str, _Shallow]
Value = _Scalar | list[_Deeper] | dict[str, _Deeper]

T = TypeVar("T")

encode = msgspec.json.Encoder().encode
_decode_members = cast(
    "Callable[[bytes], dict[str, object]]", msgspec.json.Decoder(dict[str, Value]).decode
)


def members_of(payload_b64u: bytes) -> dict[str, object]:
    """Decode a payload and read its members.

    Raises:
        MalformedToken: not canonical base64url of a strict JSON object.
    """
    members = read_proved(_decode_members, payload_b64u)
    if members is not None:
        return members
    # `compact.split` has bounded the whole token, and a part decodes to less than itself.
    return read_object(payload_b64u, "payload", bytes_max=len(payload_b64u))


def read_proved(decode: Callable[[bytes], T], payload_b64u: bytes) -> T | None:
    """Read a payload and prove that it has one reading, or return None.

    msgspec reads fast, and lets duplicates, skipped members and second spellings pass. So what it
    read is written back and compared: equal text proves that nothing was dropped, repeated or spelt
    otherwise.

    None is no verdict: the strict readers give it.
    """
    try:
        data = segment.decode(payload_b64u)
        value = decode(data)
        return value if encode(value) == data else None
    except (msgspec.MsgspecError, ValueError):  # not UTF-8, or too long a number for this process
        return None
