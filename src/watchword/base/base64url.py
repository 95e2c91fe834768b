"""Base64url without padding, in its one canonical spelling.

A byte string has exactly one accepted text, so a token cannot be respelled and stay valid: no
padding, white space, standard alphabet or unused bits that are set.

Source: RFC 7515 section 2; RFC 4648 sections 3.3, 3.5 and 5.
"""

from binascii import Error, a2b_base64, b2a_base64

__all__ = ["MalformedBase64url", "decode", "encode", "encode_bytes"]

_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# The standard alphabet's own characters become NUL, which no encoding contains.
_FROM_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
_PADDING = (b"", b"===", b"==", b"=")


class MalformedBase64url(ValueError):
    """The text is not canonical base64url."""


def encode(data: bytes) -> str:
    """Encode bytes as base64url without padding."""
    return encode_bytes(data).decode("ascii")


def encode_bytes(data: bytes) -> bytes:
    """Encode bytes as base64url without padding, as ASCII bytes for those who go on hashing."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE).rstrip(b"=")


def decode(text: str | bytes) -> bytes:
    """Decode base64url and accept only what `encode` would have written.

    Raises:
        MalformedBase64url: another alphabet, padding, white space, an impossible length, or
            unused bits that are not zero.
    """
    data = b""
    try:
        given = text if isinstance(text, bytes) else text.encode("ascii")
        standard = given.translate(_FROM_URL_SAFE) + _PADDING[len(given) & 3]
        data = a2b_base64(standard)
        # binascii skips what it does not know and ignores unused bits; writing back finds both.
        canonical = b2a_base64(data, newline=False) == standard
    except (Error, UnicodeEncodeError):
        canonical = False
    if not canonical:
        raise MalformedBase64url("not canonical base64url")
    return data
