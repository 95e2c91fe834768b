"""Which bytes a page may show as a picture. Source: oauth.md C-7, D-5; WCAG 2.2.2."""

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.server.pictures import (
    PICTURE_BYTES_MAX,
    SIDE_PIXELS_MAX,
    NoPicture,
    read_picture,
)

pytestmark = pytest.mark.requirement("users-pages:logo-kinds")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 2, height: int = 3, *, more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + more
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def jpeg(width: int = 2, height: int = 3, *, kind: int = 0xC0) -> bytes:
    tables = b"\xff\xe0\x00\x10JFIF\x00" + bytes(9) + b"\xff\xff\xc4\x00\x04\x00\x00"
    return (
        b"\xff\xd8" + tables + struct.pack(">BBHBHH", 0xFF, kind, 11, 8, height, width) + bytes(6)
    )


def riff(kind: bytes, data: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossy(width: int = 2, height: int = 3) -> bytes:
    return riff(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height))


def lossless(width: int = 2, height: int = 3) -> bytes:
    return riff(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def extended(width: int = 2, height: int = 3, flags: int = 0) -> bytes:
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return riff(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


MAKERS = {
    "image/png": (png,),
    "image/jpeg": (jpeg,),
    "image/webp": (lossy, lossless, extended),
}
EVERY = [(kind, make) for kind, makers in MAKERS.items() for make in makers]


@pytest.mark.parametrize(("media_type", "make"), EVERY)
def test_kind_is_what_the_bytes_are(media_type, make):
    body = make()
    picture = read_picture(body)
    assert (picture.media_type, picture.body) == (media_type, body)
    assert picture.data_url.startswith(f"data:{media_type};base64,")


def test_jpeg_of_another_process_says_its_size_too():
    assert read_picture(jpeg(kind=0xC2)).media_type == "image/jpeg"


@pytest.mark.parametrize(("media_type", "make"), EVERY)
def test_sides_are_bounded(media_type, make):
    """A few bytes may unfold to gigabytes in a browser."""
    assert read_picture(make(SIDE_PIXELS_MAX, SIDE_PIXELS_MAX)).media_type == media_type
    for width, height in ((SIDE_PIXELS_MAX + 1, 1), (1, SIDE_PIXELS_MAX + 1)):
        with pytest.raises(NoPicture, match="sides"):
            read_picture(make(width, height))


@pytest.mark.parametrize("make", [png, jpeg, lossy])
def test_picture_without_a_size_is_none(make):
    with pytest.raises(NoPicture, match="sides"):
        read_picture(make(0, 3))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg/>',
        b"GIF89a\x02\x00\x03\x00",
        b"<html>",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00\x00\x01\x00",
    ],
)
def test_everything_else_is_refused(body):
    with pytest.raises(NoPicture, match="neither PNG nor JPEG nor WebP"):
        read_picture(body)


@pytest.mark.parametrize("body", [png(more=chunk(b"acTL", bytes(8))), extended(flags=0x02)])
def test_what_moves_is_refused(body):
    with pytest.raises(NoPicture, match="moves"):
        read_picture(body)


@pytest.mark.parametrize("body", [jpeg()[:20], b"\xff\xd8\xff", riff(b"ICCP", b"")])
def test_what_is_cut_short_is_refused(body):
    with pytest.raises(NoPicture, match="how large"):
        read_picture(body)


def test_size_is_bounded():
    whole = png() + bytes(PICTURE_BYTES_MAX - len(png()))
    assert read_picture(whole).body == whole
    with pytest.raises(NoPicture, match="32,768 bytes"):
        read_picture(whole + b"\x00")


@given(
    start=st.sampled_from([b"", png()[:16], b"\xff\xd8\xff", b"RIFF\x00\x00\x00\x00WEBPVP8X"]),
    rest=st.binary(max_size=64),
)
def test_whatever_comes_is_a_picture_or_refused(start, rest):
    with contextlib.suppress(NoPicture):
        assert read_picture(start + rest).body == start + rest
