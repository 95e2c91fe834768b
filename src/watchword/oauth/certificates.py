"""Certificates of clients: as connections and proxies hand them on, and by their thumbprints.

Whoever ends the TLS connection has seen that the client holds the certificate's key. Here it is
only named; what it may is a matter of whom its thumbprint was registered for.

Source: RFC 8705 sections 2.2 and 3.1; RFC 9440; security.md rule 97.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

__all__ = ["certificate_of", "read_thumbprint", "thumbprint"]

CERTIFICATE_CHARACTERS_MAX = 32 * 1024  # a chain does not belong there, one certificate is 2 KiB
_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\s(?P<body>[A-Za-z0-9+/=\s]+)\s-----END CERTIFICATE-----"
)
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def certificate_of(values: Sequence[str]) -> bytes | None:
    """Return the client's certificate from the field in which a proxy hands it on, as DER.

    Args:
        values: of all fields of this name: RFC 9440's `:base64:`, or PEM, percent-encoded or not.
            More than one is none: somebody else has written one of them.
    """
    if len(values) != 1 or len(values[0]) > CERTIFICATE_CHARACTERS_MAX:
        return None
    value = values[0].strip()
    if value.startswith(":") and value.endswith(":"):
        return _decoded(value[1:-1])
    pem = _PEM.fullmatch((unquote(value) if "%" in value else value).strip())
    return None if pem is None else _decoded("".join(pem["body"].split()))


def thumbprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, as tokens write it (`x5t#S256`)."""
    return base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).rstrip(b"=").decode()


def read_thumbprint(text: str) -> str:
    """Return a thumbprint that an operator wrote: base64url, or hexadecimal as OpenSSL prints it.

    Raises:
        ValueError: it is no SHA-256.
    """
    if _HEX.fullmatch(text):
        digest = bytes.fromhex(text.replace(":", ""))
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if _BASE64URL.fullmatch(text):
        return text
    raise ValueError("a thumbprint is a SHA-256 in base64url or in hexadecimal")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) or None
    except binascii.Error:
        return None
