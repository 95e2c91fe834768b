"""Compressed content: written for old peers only, read within a bound.

The length of a compressed content tells about the content (CRIME), and a few bytes can stand for
gigabytes. So nothing compresses unless it is asked by a name that says so, and reading stops at
its limit whatever else would follow.

Source: RFC 7516 section 4.1.3; RFC 1951; RFC 8725 section 3.6; tokens.md J-37.
"""

import zlib
from contextlib import suppress

from watchword.base.limits import INFLATED_BYTES_MAX
from watchword.jose.errors import MalformedToken, PolicyRefused, TokenTooLarge

__all__ = ["DEFLATE", "deflate", "inflate"]

DEFLATE = "DEF"
"""The one registered value of the header member zip."""

_RAW = -zlib.MAX_WBITS  # no header and no checksum: RFC 7516 asks for RFC 1951, not RFC 1950


def deflate(data: bytes) -> bytes:
    """Compress a content that a reader will accept."""
    if len(data) > INFLATED_BYTES_MAX:
        raise PolicyRefused(f"a compressed content has at most {INFLATED_BYTES_MAX} bytes")
    compressor = zlib.compressobj(wbits=_RAW)
    return compressor.compress(data) + compressor.flush()


def inflate(data: bytes) -> bytes:
    """Return what a compressed content stands for.

    Raises:
        TokenTooLarge: more than the limit; at most one byte more than it has been written.
        MalformedToken: not one whole DEFLATE stream.
    """
    inflater = zlib.decompressobj(wbits=_RAW)
    with suppress(zlib.error):  # which is that it is no such stream
        content = inflater.decompress(data, INFLATED_BYTES_MAX + 1)
        if len(content) > INFLATED_BYTES_MAX:
            raise TokenTooLarge(f"the content inflates to more than {INFLATED_BYTES_MAX} bytes")
        if inflater.eof and not inflater.unused_data:
            return content
    raise MalformedToken("the content is not one whole DEFLATE stream", claim="zip")
