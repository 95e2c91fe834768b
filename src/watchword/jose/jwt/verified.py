"""What a Verifier returns: a token that is proved, and one that is proved by half.

They share no base class, so that nothing which takes the one can be given the other.

Source: tokens.md sections 1 (decision 3) and 3.
"""

from typing import Generic

import msgspec

from watchword.base.records import dataclass
from watchword.jose.jwk.keyset import VerificationKey
from watchword.jose.jws.header import Header
from watchword.jose.jwt.claims import Claims, Members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    C = TypeVar("C", default=Claims)
else:
    from typing import TypeVar

    C = TypeVar("C")

__all__ = ["Authenticated", "C", "Verified"]


class Verified(msgspec.Struct, Generic[C], frozen=True, eq=False, gc=False):
    """A token of which everything that the policy asks has been proved.

    A Struct and no dataclass, and none of the collector's concern: one is made for every request,
    and nothing that it holds ever comes to hold it (bench/tokens.py).
    """

    claims: C
    header: Header
    key: VerificationKey
    expires_in: int | None
    """Seconds from the verification to `exp`; None for a token without, under `allow_no_exp`."""

    def __repr__(self) -> str:
        return f"Verified(alg={self.header.alg!r}, expires_in={self.expires_in})"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A token whose signature holds, and whose claims nobody has checked. No guard takes it."""

    header: Header
    key: VerificationKey
    members: Members
    """The payload, as it was signed."""
    verifier: object
    """The Verifier whose policy the header satisfies; it alone may conclude."""

    def __repr__(self) -> str:
        return f"Authenticated(alg={self.header.alg!r})"
