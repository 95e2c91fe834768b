"""What can go wrong with keys and tokens, and whose fault it is.

    JoseError                    .code .claim .hint .public; .detail .expected .got for the operator
    |- TokenError                the peer's message: 401, error="invalid_token"
    |  |- MalformedToken         `- TokenTooLarge
    |  |- AlgorithmRefused  |- CriticalHeader  |- WrongType
    |  |- UnknownKey  |- SignatureInvalid  |- DecryptionFailed  |- ProofReplayed
    |  |- DisclosureInvalid  |- KeyBindingMissing
    |  |- TokenRevoked           `- TokenSuspended
    |  `- ClaimsInvalid          .errors: every failed claim
    |     |- Expired  |- NotYetValid  |- IssuedInFuture  |- TooOld
    |     |- WrongIssuer  |- WrongAudience  |- ClaimMissing  |- ClaimInvalid
    |     `- NonceRequired       answer use_dpop_nonce with a DPoP-Nonce header
    |- KeyRefused (ValueError)   the caller's bug, at import: InvalidKey, WeakKey, KeyMismatch
    |- PolicyRefused (TypeError) the caller's bug, when a Verifier or Signer is built or used
    `- KeysUnavailable           ours or the issuer's failure: 503 with Retry-After
       `- KeysPending            await its arrival and ask again, as `averify` does

Source: tokens.md section 5; security.md rules 18 and 19.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

__all__ = [
    "AlgorithmRefused",
    "ClaimInvalid",
    "ClaimMissing",
    "ClaimsInvalid",
    "CriticalHeader",
    "DecryptionFailed",
    "DisclosureInvalid",
    "Expired",
    "InvalidKey",
    "IssuedInFuture",
    "JoseError",
    "KeyBindingMissing",
    "KeyMismatch",
    "KeyRefused",
    "KeysPending",
    "KeysUnavailable",
    "MalformedToken",
    "NonceRequired",
    "NotYetValid",
    "PolicyRefused",
    "ProofReplayed",
    "ReplayMemoryFull",
    "SignatureInvalid",
    "StatusUnavailable",
    "TokenError",
    "TokenRevoked",
    "TokenSuspended",
    "TokenTooLarge",
    "TooOld",
    "UnknownKey",
    "WeakKey",
    "WrongAudience",
    "WrongIssuer",
    "WrongType",
]


class JoseError(Exception):
    """A key, token or policy was refused.

    `str()` and `repr()` hold code, claim name and hint, and are safe to log. `expected` and `got`
    are for the operator's code and stand in no text.

    Args:
        hint: what happened and what to do, without any value of the token.
        claim: the name of the claim or header member at fault.
        detail: more for the operator's log.
        expected: what the policy asks for.
        got: what the token holds.
    """

    code: ClassVar[str] = "jose_error"
    public: ClassVar[str] = "The token was refused."
    usual_hint: ClassVar[str] = ""  # where the raiser has none of its own

    def __init__(
        self,
        hint: str = "",
        *,
        claim: str | None = None,
        detail: str = "",
        expected: object = None,
        got: object = None,
    ) -> None:
        hint = hint or self.usual_hint
        super().__init__(hint)
        self.hint = hint
        self.claim = claim
        self.detail = detail
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        subject = f"{self.code} ({self.claim})" if self.claim else self.code
        return f"{subject}: {self.hint}" if self.hint else subject

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class TokenError(JoseError):
    """The token is at fault: answer 401 with error="invalid_token" and `.public`."""

    code = "token_refused"


class MalformedToken(TokenError):
    """The text is not a compact JWS in its one canonical form."""

    code = "token_malformed"
    public = "The token is malformed."


class TokenTooLarge(MalformedToken):
    """The token exceeds a size limit."""

    code = "token_too_large"
    public = "The token is too large."


class AlgorithmRefused(TokenError):
    """The header names an algorithm that is not accepted here."""

    code = "algorithm_refused"
    public = "The token uses an algorithm that is not accepted here."


class CriticalHeader(TokenError):
    """The header marks as critical something that is not understood here."""

    code = "critical_header"
    public = "The token needs an extension that is not understood here."


class WrongType(TokenError):
    """The token is of another kind than the one expected here."""

    code = "wrong_type"
    public = "The token is of another kind than the one expected here."


class UnknownKey(TokenError):
    """No key, or more than one, fits the header's `kid` and `alg`."""

    code = "unknown_key"
    public = "The token needs a key that is not known here."


class SignatureInvalid(TokenError):
    """The signature does not belong to this token and key."""

    code = "signature_invalid"
    public = "The token's signature is not valid."
    usual_hint = "another key signed it, or it was changed on the way"


class DecryptionFailed(TokenError):
    """The token does not open with this key: one text for whatever the reason is.

    Source: RFC 7516 section 11.5; tokens.md J-35.
    """

    code = "decryption_failed"
    public = "The token could not be decrypted."


class TokenRevoked(TokenError):
    """The token is good and has been taken back."""

    code = "token_revoked"
    public = "The token has been revoked."


class DisclosureInvalid(TokenError):
    """A disclosure and the digests of an SD-JWT do not belong together."""

    code = "disclosure_invalid"
    public = "What is disclosed does not belong to the token."


class KeyBindingMissing(TokenError):
    """The proof that the holder sent an SD-JWT is required, and was not sent."""

    code = "key_binding_missing"
    public = "The token comes without the proof that its holder sent it."


class TokenSuspended(TokenRevoked):
    """The token is good and is not to be used for the time being."""

    code = "token_suspended"
    public = "The token is suspended."


class ProofReplayed(TokenError):
    """The proof of possession was used before."""

    code = "proof_replayed"
    public = "The proof of possession was used before."


class ClaimsInvalid(TokenError):
    """One or more claims fail; `.errors` holds each of them.

    A single failure is raised as its own class, so `except Expired` means expired and nothing else.
    """

    code = "claims_invalid"
    public = "The token's claims do not satisfy what is expected here."

    def __init__(
        self,
        hint: str = "",
        *,
        claim: str | None = None,
        detail: str = "",
        expected: object = None,
        got: object = None,
    ) -> None:
        super().__init__(hint, claim=claim, detail=detail, expected=expected, got=got)
        self.errors: tuple[ClaimsInvalid, ...] = (self,)

    @classmethod
    def of(cls, errors: list["ClaimsInvalid"]) -> "ClaimsInvalid":
        """Return the one failure, or an exception that holds them all."""
        if len(errors) == 1:
            return errors[0]
        joined = cls("; ".join(str(error) for error in errors))
        joined.errors = tuple(errors)
        return joined


class Expired(ClaimsInvalid):
    """`exp` is not after the present time."""

    code = "token_expired"
    public = "The token has expired."
    proved: Mapping[str, object] | None = None
    """The claims where the signature was good and nothing else is wrong; in no text."""


class NotYetValid(ClaimsInvalid):
    """`nbf` is after the present time."""

    code = "token_not_yet_valid"
    public = "The token is not valid yet."


class IssuedInFuture(ClaimsInvalid):
    """`iat` is after the present time."""

    code = "token_issued_in_future"
    public = "The token claims to be issued in the future."


class TooOld(ClaimsInvalid):
    """`iat` is further back than the policy's `max_age`."""

    code = "token_too_old"
    public = "The token is too old."


class WrongIssuer(ClaimsInvalid):
    """`iss` is not the expected issuer."""

    code = "wrong_issuer"
    public = "The token comes from an issuer that is not accepted here."


class WrongAudience(ClaimsInvalid):
    """`aud` does not name the expected audience."""

    code = "wrong_audience"
    public = "The token is meant for another audience."


class ClaimMissing(ClaimsInvalid):
    """A required claim is absent."""

    code = "claim_missing"
    public = "The token lacks a required claim."


class ClaimInvalid(ClaimsInvalid):
    """A claim has a value or type that its standard does not allow."""

    code = "claim_invalid"
    public = "A claim of the token has a value that is not allowed."


class NonceRequired(ClaimsInvalid):
    """The proof lacks the nonce that is asked for, or has another.

    Answer `use_dpop_nonce` and send a nonce in the DPoP-Nonce header (RFC 9449 sections 8 and 9).
    """

    code = "use_dpop_nonce"
    public = "The proof of possession needs the nonce that this answer carries."


class KeyRefused(JoseError, ValueError):
    """A key cannot be used: the caller's bug, found at import."""

    code = "key_refused"
    public = "The server's key is not usable."


class InvalidKey(KeyRefused):
    """The key is malformed, broken, or not of the announced kind."""

    code = "key_invalid"


class WeakKey(KeyRefused):
    """The key is too short or known to be breakable."""

    code = "key_weak"


class KeyMismatch(KeyRefused):
    """The key is bound to another algorithm or use."""

    code = "key_mismatch"


class PolicyRefused(JoseError, TypeError):
    """A Verifier or Signer was built or called without what it needs: the caller's bug."""

    code = "policy_refused"
    public = "The server's token policy is not usable."


class KeysUnavailable(JoseError):
    """Keys should be there and are not: our failure or the issuer's, answered 503.

    Args:
        hint: what happened and what to do.
        retry_after: seconds after which trying again makes sense.
        detail: more for the operator's log.
    """

    code = "keys_unavailable"
    public = "The keys that verify tokens are not available at present; try again later."

    def __init__(self, hint: str = "", *, retry_after: int = 1, detail: str = "") -> None:
        super().__init__(hint, detail=detail)
        self.retry_after = retry_after


class KeysPending(KeysUnavailable):
    """The keys are on their way: await `arrival()` and ask again. `averify` does.

    Args:
        arrival: waits until the fetch is over, whatever it brings.
    """

    code = "keys_pending"

    def __init__(self, arrival: Callable[[], Awaitable[None]]) -> None:
        super().__init__("the keys are being fetched")
        self.arrival = arrival


class ReplayMemoryFull(KeysUnavailable):
    """So many proofs are alive that another could not be remembered: our failure, answered 503."""

    code = "replay_memory_full"
    public = "Too many requests are being checked at present; try again later."


class StatusUnavailable(KeysUnavailable):
    """A token's status cannot be had: our failure or the issuer's, answered 503."""

    code = "status_unavailable"
    public = "The status of tokens cannot be looked up at present; try again later."
