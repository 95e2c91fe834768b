"""Several issuers, each with a Verifier of its own.

Source: RFC 8725 section 3.8; tokens.md J-27.
"""

from typing import Generic

from watchword.jose.errors import MalformedToken, PolicyRefused, WrongIssuer
from watchword.jose.jws import compact
from watchword.jose.jwt.padding import unpadded
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.verified import C, Verified
from watchword.jose.jwt.verifier import Verifier

__all__ = ["Verifiers"]


class Verifiers(Generic[C]):
    """Several issuers, each with its own Verifier and so with its own keys.

    A token's `iss` is read before its signature, as a dictionary key only: the Verifier that it
    names then checks everything, `iss` included.
    """

    __slots__ = ("_by_issuer",)

    def __init__(self, *verifiers: Verifier[C]) -> None:
        self._by_issuer = {
            verifier.issuer: verifier for verifier in verifiers if isinstance(verifier.issuer, str)
        }
        if not verifiers or len(self._by_issuer) != len(verifiers):
            raise PolicyRefused("each Verifier names another issuer, and none is jwt.ANY")

    def verify(self, token: str | bytes) -> Verified[C]:
        """Return what the issuer's Verifier proved of a token.

        Raises:
            WrongIssuer: no Verifier is for this issuer.
            TokenError, KeysUnavailable: as `Verifier.verify`.
        """
        return self._chosen(token).verify(token)

    async def averify(self, token: str | bytes) -> Verified[C]:
        """Do as `verify`, and await where the issuer's keys have to be fetched first."""
        return await self._chosen(token).averify(token)

    def verify_nowait(self, token: str | bytes) -> Verified[C]:
        """Do as `verify` with the keys at hand: nothing is fetched."""
        return self._chosen(token).verify_nowait(token)

    @property
    def relaxations(self) -> tuple[str, ...]:
        """What any of the policies gives up, each named once."""
        found = (name for each in self._by_issuer.values() for name in each.relaxations)
        return tuple(dict.fromkeys(found))

    def __repr__(self) -> str:
        return f"Verifiers({', '.join(self._by_issuer)})"

    def _chosen(self, token: str | bytes) -> Verifier[C]:
        _, payload_b64u, _ = compact.split(token)
        if "allow_padding" in self.relaxations:
            payload_b64u = unpadded(payload_b64u)
        issuer = members_of(payload_b64u).get("iss")
        if issuer is not None and not isinstance(issuer, str):
            raise MalformedToken("iss is not text", claim="iss")
        verifier = self._by_issuer.get(issuer or "")
        if verifier is None:
            raise WrongIssuer("no verifier is for the token's issuer", claim="iss", got=issuer)
        return verifier
