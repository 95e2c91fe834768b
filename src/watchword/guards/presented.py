"""What a request brings that says who sends it, as every framework can hand it over.

Source: RFC 6750 section 2.1; RFC 8705 section 3; RFC 9440; RFC 9449 section 7.1; security.md 97.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

__all__ = ["Presented", "certificate_of", "origin_of"]

CERTIFICATE_CHARACTERS_MAX = 32 * 1024  # a chain does not belong there, one certificate is 2 KiB
_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\s(?P<body>[A-Za-z0-9+/=\s]+)\s-----END CERTIFICATE-----"
)


@dataclass(frozen=True, slots=True, repr=False)
class Presented:
    """What one request presents.

    Attributes:
        authorization: the values of all `Authorization` fields, each as sent.
        query: the raw query, which may hold no token.
        method: of the request.
        url: of the request as its sender sees it; empty where the API does not know its address.
        proofs: the values of all `DPoP` fields.
        certificate: of the client, as DER; None where the connection has none.
    """

    authorization: Sequence[str]
    query: bytes = b""
    method: str = "GET"
    url: str = ""
    proofs: Sequence[str] = ()
    certificate: bytes | None = None


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


def origin_of(address: str) -> str:
    """Return scheme and host of a URL; empty for a name that is no URL."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else ""


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) or None
    except binascii.Error:
        return None
