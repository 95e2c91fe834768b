"""Recognise asymmetric material that is offered as a shared secret.

A public key is known to everybody, so a MAC under it proves nothing. `HmacKey` refuses, once and
by parsing, what holds a key file, whatever is wrapped around it or written beside it. What cannot
be told from random bytes stays harmless: no code path turns a public key into bytes for HMAC.

Each mark below has at least five bytes of its own, so that of 10^8 random secrets about one has
one of them by chance. The work grows with the length alone.

Source: RFC 8725 section 3.1; tokens.md J-3.
"""

import re
from binascii import a2b_base64, unhexlify
from collections.abc import Iterator

from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX

__all__ = ["disguise"]

_WRAPPINGS_MAX = 4  # base64 three times, and the quotes around it
_DER_BYTES_MIN = 44  # the shortest public key in DER: Ed25519

_AROUND = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\s)+")
_ARMOUR = re.compile(
    rb"-----? ?(?:BEGIN|END) |PuTTY-User-Key-File|<(?:RSA|EC|DSA)KeyValue", re.IGNORECASE
)
_SSH_LINE = re.compile(
    rb"(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-\S{1,32}|sk-\S{1,48}@openssh\.com)\s+AAAA"
)
_SSH_BLOB = re.compile(rb"\0\0\0.(?:ssh-|ecdsa-sha2-|sk-)", re.DOTALL)
# A member name in quotes of any kind, escaped or lost; what follows tells it from a word.
_JWK_MEMBER = re.compile(
    rb"""(?:^|[{,\s"'])(?:kty\\*["']?\s*:|keys\\*["']?\s*:\s*\[)""", re.MULTILINE
)
# What names an algorithm inside DER (the arcs of RSA and PKCS, of ECDSA and DSA, of the SEC curves,
# of RFC 8410 and of NIST), and how the RSA keys of PKCS #1, which name none, begin.
_DER_MARK = re.compile(
    rb"\x06[\x05-\x0b]\x2a\x86\x48\x86\xf7\x0d"
    rb"|\x06[\x05-\x0a]\x2a\x86\x48\xce[\x38\x3d]"
    rb"|\x06\x05\x2b\x81\x04\0"
    rb"|\x06\x03\x2b\x65[\x6e-\x71]"
    rb"|\x06\x09\x60\x86\x48\x01\x65"
    rb"|(?:\x30\x82..|\x02\x01\0)\x02\x82..\0[\x80-\xff]"
    rb"|(?:\x30\x81.|\x02\x01\0)\x02\x81.\0[\x80-\xff]",
    re.DOTALL,
)

_ESCAPE = re.compile(rb"""(?:%|\\x|\\u00)[0-9A-Fa-f]{2}|\\[nrt"'\\/]""")
_BLANK_ESCAPES = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t"}
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/_-]+")
_NOT_HEX = re.compile(rb"0[xX]|[^0-9A-Fa-f]+")


def disguise(secret: bytes) -> str | None:
    """Name what a would-be secret really is, or return None."""
    return _beneath(secret, _WRAPPINGS_MAX)


def _beneath(data: bytes, wrappings: int) -> str | None:
    found = _form(data)
    if found or not wrappings:
        return found
    return next(filter(None, (_beneath(inner, wrappings - 1) for inner in _unwrapped(data))), None)


def _form(data: bytes) -> str | None:
    text = _plain_text(data)
    if _ARMOUR.search(text):
        return "a PEM or SSH key file"
    if _SSH_LINE.search(text) or _SSH_BLOB.search(data):
        return "an SSH key"
    if _JWK_MEMBER.search(text) or _is_json_container(text):
        return "a JWK, a JWKS or other JSON"
    if _DER_MARK.search(data) or _is_der_sequence(data.lstrip()):
        return "a DER key or certificate"
    return None


def _plain_text(data: bytes) -> bytes:
    """Drop what editors put around text: NULs of UTF-16 and UTF-32, byte order marks, blanks."""
    text = data.replace(b"\0", b"")
    around = _AROUND.match(text)
    return text[around.end() if around else 0 :].rstrip()


def _is_json_container(text: bytes) -> bool:
    if text[:1] not in (b"{", b"["):
        return False
    try:
        strict_json.loads(text, bytes_max=JWK_BYTES_MAX)
    except strict_json.MalformedJSON:
        return False
    return True


def _is_der_sequence(data: bytes) -> bool:
    """Return whether the bytes are one SEQUENCE that its parts fill exactly, and blanks."""
    outer = _element(data, 0)
    if outer is None or data[0] != 0x30:
        return False
    at, end = outer
    if end < _DER_BYTES_MIN or data[end:].strip() or data[at : at + 1] not in (b"\x30", b"\x02"):
        return False
    while at < end:
        inner = _element(data, at)
        if inner is None:
            return False
        at = inner[1]
    return at == end


def _element(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the content of the DER element at `at` starts and ends."""
    if at + 2 > len(data):
        return None
    length, start = data[at + 1], at + 2
    if length & 0x80:
        width = length & 0x7F
        length, start = int.from_bytes(data[start : start + width]), start + width
    end = start + length
    return (start, end) if end <= len(data) else None


def _unwrapped(data: bytes) -> Iterator[bytes]:
    """Yield what the bytes may stand for: escaped text, hex, base64 or base64url.

    Whatever is foreign to an alphabet is left out, and each offset is tried, so that comments,
    separators, quotes, and characters that were lost change nothing.
    """
    text = _plain_text(data)
    unescaped = _ESCAPE.sub(_unescape, text)
    if unescaped != text:
        yield unescaped
    digits = _NOT_HEX.sub(b"", text)
    if _is_most_of(digits, text):
        yield from (unhexlify(_whole(digits[offset:], 2)) for offset in range(2))
    packed = _NOT_BASE64.sub(b"", text).translate(_TO_STANDARD)
    if _is_most_of(packed, text):
        yield from (a2b_base64(_whole(packed[offset:], 4)) for offset in range(4))


def _unescape(match: re.Match[bytes]) -> bytes:
    escape = match.group()
    if escape.startswith(b"\\") and escape[1:2] not in b"xu":
        return _BLANK_ESCAPES.get(escape, escape[1:])
    return unhexlify(escape[-2:])


def _is_most_of(kept: bytes, text: bytes) -> bool:
    """Return whether a text is written in the alphabet; of random bytes a quarter is by chance."""
    return 2 * len(kept) > len(b"".join(text.split())) - 2 * text.lower().count(b"0x")


def _whole(characters: bytes, group: int) -> bytes:
    """Cut a text to whole groups; a last base64 group of two or three is completed."""
    surplus = len(characters) % group
    if surplus > 1:
        return characters + b"A" * (group - surplus)
    return characters[: len(characters) - surplus]
