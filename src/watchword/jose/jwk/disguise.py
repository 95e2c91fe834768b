"""Recognise asymmetric material that is offered as a shared secret.

A public key is known to everybody, so a MAC under it proves nothing. `HmacKey` refuses, once and
by parsing, what has the form of a key file, whatever is wrapped around it. What cannot be told
from random bytes stays harmless: no code path turns a public key into bytes for HMAC.

Source: RFC 8725 section 3.1; tokens.md J-3.
"""

import re
from binascii import Error, a2b_base64, unhexlify

from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX

__all__ = ["disguise"]

_WRAPPINGS_MAX = 3  # base64 of hex of a key file, and one more
_DER_BYTES_MIN = 44  # the shortest public key in DER: Ed25519
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ARMOUR = re.compile(rb"-----? ?BEGIN |PuTTY-User-Key-File", re.IGNORECASE)
_SSH_LINE = re.compile(
    rb"(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-\S+|sk-\S+@openssh\.com)\s+AAAA"
)
_SSH_BLOB = re.compile(rb"\0\0\0.(?:ssh-|ecdsa-sha2-|sk-)", re.DOTALL)
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})+")


def disguise(secret: bytes) -> str | None:
    """Name what a would-be secret really is, or return None."""
    layers = [secret]
    for _ in range(_WRAPPINGS_MAX):
        inner = [unwrapped for layer in layers for unwrapped in _unwrapped(layer)]
        for layer in layers:
            found = _form(layer)
            if found:
                return found
        layers = inner
    return None


def _form(data: bytes) -> str | None:
    text = _plain_text(data)
    if _ARMOUR.search(text):
        return "a PEM or SSH key file"
    if _SSH_LINE.search(text) or _SSH_BLOB.match(data):
        return "an SSH key"
    if _is_json_container(text):
        return "a JWK, a JWKS or other JSON"
    if len(data) >= _DER_BYTES_MIN and _is_der_sequence(data):
        return "a DER key or certificate"
    return None


def _plain_text(data: bytes) -> bytes:
    """Drop what editors put around text: byte order marks, UTF-16's NULs, blanks."""
    for bom in _BOMS:
        data = data.removeprefix(bom)
    return data.replace(b"\0", b"").strip()


def _is_json_container(text: bytes) -> bool:
    if text[:1] not in (b"{", b"["):
        return False
    try:
        strict_json.loads(text, bytes_max=JWK_BYTES_MAX)
    except strict_json.MalformedJSON:
        return b'"kty"' in text
    return True


def _is_der_sequence(data: bytes) -> bool:
    """Return whether the bytes are one SEQUENCE whose parts fill it exactly."""
    outer = _element(data, 0)
    if outer is None or data[0] != 0x30 or outer[1] != len(data):
        return False
    at, end = outer
    if data[at : at + 1] not in (b"\x30", b"\x02"):
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


def _unwrapped(data: bytes) -> list[bytes]:
    """Return what the bytes stand for as base64, base64url or hex, where they are such."""
    packed = b"".join(_plain_text(data).split())
    found = []
    if _HEX.fullmatch(packed):
        found.append(unhexlify(packed))
    if _BASE64.fullmatch(packed):
        try:
            found.append(a2b_base64(packed.translate(_TO_STANDARD) + b"=="))
        except Error:
            return found
    return found
