"""Reading a token without proving anything.

Source: RFC 8725 section 3.8 in reverse: what is read here must not be acted on; tokens.md J-21.
"""

from watchword.base.records import dataclass
from watchword.jose.algorithms.table import ALGORITHMS, Algorithm
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import Header
from watchword.jose.jwt.claims import Members
from watchword.jose.jwt.payload import members_of

__all__ = ["Unverified", "peek"]


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says, on nobody's word. No guard takes it."""

    header: Header
    claims: Members

    @property
    def method(self) -> Algorithm | None:
        """The algorithm that the header names, if it exists here."""
        return ALGORITHMS.get(self.header.alg)

    def __repr__(self) -> str:
        return f"Unverified(method={self.method and self.method.name!r})"


def peek(token: str | bytes) -> Unverified:
    """Read a token's header and claims without any check but form and size.

    Raises:
        MalformedToken: not three canonical parts with JSON objects in the first two.
    """
    header_b64u, payload_b64u, _ = compact.split(token)
    header = jws_header.read(header_b64u)
    return Unverified(header, members_of(payload_b64u))
