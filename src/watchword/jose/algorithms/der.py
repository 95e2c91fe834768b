"""The two forms of an ECDSA signature: r and s side by side in a JWS, DER in cryptography.

Both directions work on the bytes, since a detour through integers costs more than the rest of the
wrapping.

Source: RFC 7518 section 3.4; RFC 3279 section 2.2.3.
"""

from watchword.jose.errors import SignatureInvalid

__all__ = ["from_der", "to_der"]


def to_der(signature: bytes, width: int) -> bytes:
    """Write r || s as an ASN.1 SEQUENCE of two INTEGERs.

    Raises:
        SignatureInvalid: r or s is zero.
    """
    body = _der_integer(signature[:width]) + _der_integer(signature[width:])
    if len(body) < 128:
        return b"\x30%c" % len(body) + body
    return b"\x30\x81%c" % len(body) + body  # P-521; at most 138 bytes


def _der_integer(number: bytes) -> bytes:
    digits = number.lstrip(b"\0")
    if not digits:
        raise SignatureInvalid("r and s are not zero")
    if digits[0] & 0x80:
        return b"\x02%c\0" % (len(digits) + 1) + digits
    return b"\x02%c" % len(digits) + digits


def from_der(der: bytes, width: int) -> bytes:
    """Read the DER that a signer has just written: its form needs no checking."""
    r_at = 5 if der[1] == 0x81 else 4
    r_end = r_at + der[r_at - 1]
    s_at = r_end + 2
    return _fixed(der[r_at:r_end], width) + _fixed(der[s_at:], width)


def _fixed(digits: bytes, width: int) -> bytes:
    return digits.lstrip(b"\0").rjust(width, b"\0")
