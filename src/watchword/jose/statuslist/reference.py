"""The claim by which a token refers to its status.

Source: draft-ietf-oauth-status-list-21 section 6.2; tokens.md J-49.
"""

from collections.abc import Mapping

from watchword.base.records import dataclass
from watchword.jose.errors import ClaimInvalid, PolicyRefused
from watchword.jose.jwt.verified import C, Verified

__all__ = ["Reference", "reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a token's status stands: the list's URI, and the place on it."""

    uri: str
    idx: int

    def claim(self) -> dict[str, object]:
        """Return the `status` claim of a token: `signer.sign(status=reference.claim())`."""
        return {"status_list": {"idx": self.idx, "uri": self.uri}}


def reference(verified: Verified[C]) -> Reference | None:
    """Return where a verified token's status stands; None where it refers to no status at all.

    Raises:
        ClaimInvalid: a status without a list, or a malformed reference. Nothing is then known of
            the token, which is refused.
        PolicyRefused: the Verifier's `claims=` is a type that does not show every claim.
    """
    members = verified.claims
    if not isinstance(members, Mapping):
        raise PolicyRefused("the Verifier of tokens with a status has claims=jwt.Claims")
    if "status" not in members:
        return None
    status = members["status"]
    listed = status.get("status_list") if isinstance(status, Mapping) else None
    if not isinstance(listed, Mapping):
        raise ClaimInvalid("the token has a status and no status list", claim="status")
    uri, idx = listed.get("uri"), listed.get("idx")
    if not isinstance(uri, str) or not uri:
        raise ClaimInvalid("the token's status list has no proper uri", claim="status")
    if type(idx) is not int or idx < 0:
        raise ClaimInvalid("the token's idx is a number from 0", claim="status")
    return Reference(uri, idx)
