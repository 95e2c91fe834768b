"""The verifier's part: what a presentation proves, under a policy that was written before.

One path, in the order of RFC 9901 section 7.3: the issuer's signature, the disclosures, the
holder's signature where it is required, and last the claims as they are after processing.

Source: RFC 9901 sections 7.1, 7.3, 8.4 and 9.5; tokens.md J-46, J-47.
"""

from typing import Generic

from watchword.base.records import dataclass
from watchword.jose.errors import PolicyRefused
from watchword.jose.jwt.claims import Members
from watchword.jose.jwt.expected import is_text
from watchword.jose.jwt.verified import Authenticated, C, Verified
from watchword.jose.jwt.verifier import Verifier as TokenVerifier
from watchword.jose.sdjwt import form
from watchword.jose.sdjwt.form import Parts
from watchword.jose.sdjwt.keybinding import KeyBinding, NotRequired, Required, prove
from watchword.jose.sdjwt.process import process

__all__ = ["VerifiedPresentation", "Verifier"]


@dataclass(frozen=True, slots=True)
class VerifiedPresentation(Generic[C]):
    """A presentation of which everything that the policy asks has been proved."""

    verified: Verified[C]
    """What the issuer says: its signature, and the claims that were shown, under the policy."""
    key_binding: KeyBinding | None
    """The holder's proof; None where none is required, whatever was sent."""

    @property
    def claims(self) -> C:
        """The claims that are visible to all, and those that the holder chose to show."""
        return self.verified.claims

    def __repr__(self) -> str:
        return f"VerifiedPresentation({self.verified!r}, key_binding={self.key_binding!r})"


class Verifier(Generic[C]):
    """Verifies presentations of SD-JWTs. Immutable; shareable between threads.

    Args:
        verifier: knows the issuer's keys, and what the token must say. What it requires must be
            visible or shown: a claim that was kept back is missing.
        key_binding: `required(audience=..., max_age=...)`, or `not_required`.

    Raises:
        PolicyRefused: one of them is missing.
    """

    __slots__ = ("_key_binding", "_verifier")

    def __init__(self, verifier: TokenVerifier[C], *, key_binding: Required | NotRequired) -> None:
        if not isinstance(verifier, TokenVerifier):
            raise PolicyRefused("the issuer's tokens are verified by a jwt.Verifier")
        if not isinstance(key_binding, Required | NotRequired):
            raise PolicyRefused("key_binding= is sdjwt.required(...) or sdjwt.not_required")
        self._verifier = verifier
        self._key_binding = key_binding

    def verify(self, text: str | bytes, *, nonce: str | None = None) -> VerifiedPresentation[C]:
        """Return what was proved of a presentation.

        Args:
            text: compact serialization, at most 128 KiB.
            nonce: what the holder was given to sign; needed where key binding is required.

        Raises:
            TokenError: the presentation is at fault; the class says how.
            KeysUnavailable: the source has no keys to answer from.
            PolicyRefused: no nonce where one is needed, or one where none is checked.
        """
        self._check_nonce(nonce)
        return self._proved(form.read(text), nonce)

    def verify_json(
        self, document: str | bytes, *, nonce: str | None = None
    ) -> VerifiedPresentation[C]:
        """Return what was proved of a presentation in JWS JSON serialization.

        In its general form the first signature counts, beside which the disclosures stand.

        Args:
            document: its JSON text, at most 128 KiB.
            nonce: as for `verify`.

        Raises:
            TokenError: as `verify`.
        """
        self._check_nonce(nonce)
        return self._proved(form.read_json(document), nonce)

    async def averify(
        self, text: str | bytes, *, nonce: str | None = None
    ) -> VerifiedPresentation[C]:
        """Do as `verify`, and await where keys have to be fetched first."""
        self._check_nonce(nonce)
        return await self._aproved(form.read(text), nonce)

    async def averify_json(
        self, document: str | bytes, *, nonce: str | None = None
    ) -> VerifiedPresentation[C]:
        """Do as `verify_json`, and await where keys have to be fetched first."""
        self._check_nonce(nonce)
        return await self._aproved(form.read_json(document), nonce)

    def __repr__(self) -> str:
        is_required = isinstance(self._key_binding, Required)
        return f"sdjwt.Verifier({self._verifier!r}, key_binding={is_required})"

    def _proved(self, parts: Parts, nonce: str | None) -> VerifiedPresentation[C]:
        authenticated, now = self._verifier.authenticate(parts.token), self._verifier.now()
        members, bound = self._processed(authenticated, parts, nonce, now)
        verified = self._verifier.conclude(authenticated, members, now=now)
        return VerifiedPresentation(verified, bound)

    async def _aproved(self, parts: Parts, nonce: str | None) -> VerifiedPresentation[C]:
        authenticated, now = await self._verifier.aauthenticate(parts.token), self._verifier.now()
        members, bound = self._processed(authenticated, parts, nonce, now)
        verified = await self._verifier.aconclude(authenticated, members, now=now)
        return VerifiedPresentation(verified, bound)

    def _processed(
        self, authenticated: Authenticated, parts: Parts, nonce: str | None, now: int
    ) -> tuple[Members, KeyBinding | None]:
        """Go on from the issuer's signature to the claims and whose key they are bound to."""
        processed = process(authenticated.members, parts.disclosures)
        if not isinstance(self._key_binding, Required):
            return processed.members, None
        bound = prove(parts, processed, policy=self._key_binding, nonce=str(nonce), now=now)
        return processed.members, bound

    def _check_nonce(self, nonce: str | None) -> None:
        """Refuse a call that could not mean what it says."""
        if isinstance(self._key_binding, Required):
            if not is_text(nonce):
                raise PolicyRefused("nonce= is what the holder was given to sign", claim="nonce")
        elif nonce is not None:
            raise PolicyRefused("nonce= is checked only where key binding is required")
