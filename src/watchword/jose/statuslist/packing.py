"""How statuses are packed: `bits` for each, the least significant first, compressed by ZLIB.

Source: draft-ietf-oauth-status-list-21 sections 4.1, 4.2 and 7.1; RFC 1950; tokens.md J-49.
"""

import zlib
from contextlib import suppress
from typing import Final

from watchword.base import base64url

__all__ = [
    "DRAFT",
    "INVALID",
    "LIST_BYTES_MAX",
    "SUSPENDED",
    "TOKEN_BYTES_MAX",
    "TYPE",
    "VALID",
    "deflated",
    "inflated",
    "is_bits",
    "place",
    "status_at",
]

DRAFT: Final = "draft-ietf-oauth-status-list-21"
"""The draft that this implements; a later one may differ."""

VALID: Final = 0
INVALID: Final = 1
SUSPENDED: Final = 2

TYPE = "statuslist+jwt"
TOKEN_BYTES_MAX = 1024 * 1024  # one answer of the issuer; a million tokens of 1 bit take 170 KiB
LIST_BYTES_MAX = 4 * 1024 * 1024  # inflated: 33 million tokens of one bit


def is_bits(bits: object) -> bool:
    """Return whether a number of bits is one that a list may have."""
    return type(bits) is int and bits in (1, 2, 4, 8)


def deflated(data: bytes) -> str:
    """Return the `lst` of packed statuses."""
    return base64url.encode(zlib.compress(data, 9))


def inflated(lst: str) -> bytes:
    """Return the packed statuses of an `lst`; nothing beyond the limit is ever inflated.

    Raises:
        ValueError: not base64url of one whole ZLIB stream of 1 byte to 4 MiB.
    """
    stream = zlib.decompressobj()
    with suppress(zlib.error):
        data = stream.decompress(base64url.decode(lst), LIST_BYTES_MAX + 1)
        if 0 < len(data) <= LIST_BYTES_MAX and stream.eof and not stream.unused_data:
            return data
    raise ValueError("not one ZLIB stream of a bounded size")


def status_at(data: bytes | bytearray, bits: int, idx: int) -> int:
    """Return the status at an index.

    Raises:
        IndexError: there is no such place.
    """
    at, shift = place(idx, bits)
    return data[at] >> shift & (1 << bits) - 1


def place(idx: int, bits: int) -> tuple[int, int]:
    """Return the byte of an index and by how many bits its status is shifted there.

    Raises:
        IndexError: no list has such a place; one that ends before it says so itself.
    """
    if type(idx) is not int or idx < 0:
        raise IndexError("the list has no such index")
    return idx * bits // 8, idx * bits % 8
