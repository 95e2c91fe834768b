"""Pictures that strangers supply: which of them a page may show.

The kind is read from the bytes, never from what a header says. SVG is a document that can hold
scripts and links, so it is none of them; nothing that moves is, and nothing whose few bytes unfold
to more than a screen.

Source: oauth.md C-7, D-5; security.md rule 102; PNG (third edition) section 11.2.1; ITU-T T.81
annex B; RFC 9649 section 2; WCAG 2.2.2.
"""

from base64 import b64encode

from watchword.base.records import dataclass

__all__ = ["PICTURE_BYTES_MAX", "SIDE_PIXELS_MAX", "NoPicture", "Picture", "read_picture"]

PICTURE_BYTES_MAX = 32 * 1024  # it stands in the page itself
SIDE_PIXELS_MAX = 1_024

_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_JPEG = b"\xff\xd8\xff"
_ANIMATED_PNG = b"acTL"
_ANIMATED_WEBP = 0x02
# Frame headers of every coding process; between them stand tables, which have no size.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NoPicture(ValueError):  # named as a fact
    """These bytes may not be shown. The text says why, and holds nothing of them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a page may show."""

    media_type: str
    body: bytes

    @property
    def data_url(self) -> str:
        """The picture as an address that needs no request."""
        return f"data:{self.media_type};base64,{b64encode(self.body).decode()}"


def read_picture(body: bytes) -> Picture:
    """Look at the bytes of a picture.

    Raises:
        NoPicture: no PNG, JPEG or WebP, or one that is too large or moves.
    """
    if len(body) > PICTURE_BYTES_MAX:
        raise NoPicture(f"it is larger than {PICTURE_BYTES_MAX:,} bytes")
    if body.startswith(_PNG):
        media_type, sides = "image/png", _sides_of_png(body)
    elif body.startswith(_JPEG):
        media_type, sides = "image/jpeg", _sides_of_jpeg(body)
    elif body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        media_type, sides = "image/webp", _sides_of_webp(body)
    else:
        raise NoPicture("it is neither PNG nor JPEG nor WebP")
    if not all(0 < side <= SIDE_PIXELS_MAX for side in sides):
        raise NoPicture(f"its sides are not between 1 and {SIDE_PIXELS_MAX:,} pixels")
    return Picture(media_type, body)


def _sides_of_png(body: bytes) -> tuple[int, int]:
    if _ANIMATED_PNG in body:
        raise NoPicture("it moves")
    return _big(body[16:20]), _big(body[20:24])


def _sides_of_jpeg(body: bytes) -> tuple[int, int]:
    """Walk from segment to segment until one says the size."""
    at = 2
    while at + 9 <= len(body) and body[at] == 0xFF:
        kind = body[at + 1]
        if kind in _JPEG_FRAMES:
            return _big(body[at + 7 : at + 9]), _big(body[at + 5 : at + 7])
        at += 1 if kind == 0xFF else 2 + _big(body[at + 2 : at + 4])  # a byte may fill a gap
    raise NoPicture("it does not say how large it is")


def _sides_of_webp(body: bytes) -> tuple[int, int]:
    match body[12:16]:
        case b"VP8 ":
            return _little(body[26:28]) & 0x3FFF, _little(body[28:30]) & 0x3FFF
        case b"VP8L":
            bits = _little(body[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X" if not _little(body[20:21]) & _ANIMATED_WEBP:
            return _little(body[24:27]) + 1, _little(body[27:30]) + 1
    raise NoPicture("it moves, or does not say how large it is")


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
