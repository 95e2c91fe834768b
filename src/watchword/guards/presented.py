"""What a request brings that says who sends it, as every framework can hand it over.

Source: RFC 6750 section 2.1; RFC 8705 section 3; RFC 9449 section 7.1; security.md 97.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from watchword.base.records import dataclass

__all__ = ["Presented", "origin_of"]


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


def origin_of(address: str) -> str:
    """Return scheme and host of a URL; empty for a name that is no URL."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else ""
