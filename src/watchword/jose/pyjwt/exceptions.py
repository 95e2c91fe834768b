"""PyJWT's exceptions under their names and base classes, each also one of ours.

    PyJWTError                       JoseError
    |- InvalidTokenError             TokenError
    |  |- DecodeError                `- InvalidSignatureError   SignatureInvalid
    |  |- InvalidAlgorithmError      AlgorithmRefused
    |  |- ExpiredSignatureError      Expired
    |  |- ImmatureSignatureError     ClaimsInvalid  (nbf or iat lies ahead)
    |  |- InvalidAudienceError       WrongAudience  |- InvalidIssuerError         WrongIssuer
    |  |- InvalidIssuedAtError, InvalidSubjectError, InvalidJTIError              ClaimInvalid
    |  `- MissingRequiredClaimError  ClaimMissing
    |- InvalidKeyError, PyJWKError (MissingCryptographyError), PyJWKSetError      KeyRefused
    `- PyJWKClientError              `- PyJWKClientConnectionError                KeysUnavailable

What the caller got wrong, and not the token or the key, is a `PolicyRefused`, which is a TypeError.

Source: PyJWT 2.15.1, `jwt.exceptions`; tokens.md sections 3 and 5.
"""

from types import TracebackType

from watchword.jose.errors import (
    AlgorithmRefused,
    ClaimInvalid,
    ClaimMissing,
    ClaimsInvalid,
    Expired,
    JoseError,
    KeyRefused,
    KeysUnavailable,
    MalformedToken,
    PolicyRefused,
    SignatureInvalid,
    TokenError,
    UnknownKey,
    WrongAudience,
    WrongIssuer,
)

__all__ = [
    "AlgorithmAbsent",
    "DecodeError",
    "ExpiredSignatureError",
    "ImmatureSignatureError",
    "InvalidAlgorithmError",
    "InvalidAudienceError",
    "InvalidIssuedAtError",
    "InvalidIssuerError",
    "InvalidJTIError",
    "InvalidKeyError",
    "InvalidSignatureError",
    "InvalidSubjectError",
    "InvalidTokenError",
    "KeyNotInSet",
    "MissingCryptographyError",
    "MissingRequiredClaimError",
    "NoKeyError",
    "PyJWKClientConnectionError",
    "PyJWKClientError",
    "PyJWKError",
    "PyJWKSetError",
    "PyJWTError",
    "renaming",
    "translated",
]


class PyJWTError(JoseError):
    """What `except PyJWTError` catches: every refusal of a token, key, set or client."""


class InvalidTokenError(PyJWTError, TokenError):
    """The token is refused."""


class DecodeError(InvalidTokenError):
    """The token cannot be read."""

    code = MalformedToken.code
    public = MalformedToken.public


class InvalidSignatureError(DecodeError, SignatureInvalid):
    """The signature does not belong to this token and key."""

    code = SignatureInvalid.code
    public = SignatureInvalid.public


class ExpiredSignatureError(InvalidTokenError, Expired):
    """`exp` is not after the present time."""


class InvalidAudienceError(InvalidTokenError, WrongAudience):
    """`aud` does not name the expected audience."""


class InvalidIssuerError(InvalidTokenError, WrongIssuer):
    """`iss` is not the expected issuer."""


class InvalidIssuedAtError(InvalidTokenError, ClaimInvalid):
    """`iat` is no time."""


class ImmatureSignatureError(InvalidTokenError, ClaimsInvalid):
    """`nbf` or `iat` is after the present time."""

    code = "token_not_yet_valid"
    public = "The token is not valid yet."


class InvalidKeyError(PyJWTError, KeyRefused):
    """The key cannot be used."""

    code = "key_invalid"


class NoKeyError(InvalidKeyError, TypeError):
    """What is given as the key is no key, or an object of another kind than the algorithm's."""


class InvalidAlgorithmError(InvalidTokenError, AlgorithmRefused):
    """The header names an algorithm that is not accepted here."""


class MissingRequiredClaimError(InvalidTokenError, ClaimMissing):
    """A required claim is absent.

    Args:
        claim: its name.
    """

    def __init__(self, claim: str) -> None:
        super().__init__("the claim is required here", claim=claim)


class InvalidSubjectError(InvalidTokenError, ClaimInvalid):
    """`sub` is no text, or not the expected subject."""


class InvalidJTIError(InvalidTokenError, ClaimInvalid):
    """`jti` is no text."""


class PyJWKError(PyJWTError, KeyRefused):
    """A JWK names an algorithm that does not exist here."""


class MissingCryptographyError(PyJWKError):
    """Never raised: cryptography is always installed. The name is here to be caught."""


class PyJWKSetError(PyJWTError, KeyRefused):
    """A JWKS cannot be used."""


class KeyNotInSet(PyJWKSetError, KeyError):
    """A PyJWKSet has no key of this id."""

    code = UnknownKey.code


class PyJWKClientError(PyJWTError):
    """The client has no key for a token."""

    code = UnknownKey.code
    public = UnknownKey.public


class PyJWKClientConnectionError(PyJWKClientError, KeysUnavailable):
    """The key set cannot be had at present."""

    code = KeysUnavailable.code
    public = KeysUnavailable.public


class AlgorithmAbsent(PolicyRefused, NotImplementedError):
    """An algorithm that does not exist here is asked for."""


_FORM: tuple[tuple[type[JoseError], type[PyJWTError]], ...] = (
    (SignatureInvalid, InvalidSignatureError),
    (AlgorithmRefused, InvalidAlgorithmError),
    (UnknownKey, InvalidAlgorithmError),
    (MalformedToken, DecodeError),
    (TokenError, InvalidTokenError),
    (KeyRefused, InvalidKeyError),
)


def translated(error: TokenError | KeyRefused) -> PyJWTError:
    """Return the exception under which callers of PyJWT know a refusal of ours."""
    kind = next(kind for ours, kind in _FORM if isinstance(error, ours))
    if error.claim == "alg" and kind is DecodeError:
        kind = InvalidAlgorithmError  # absent, or no text
    return kind(error.hint, claim=error.claim, detail=error.detail)


class _Renaming:
    """A block inside which refusals of ours leave under PyJWT's names."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise the translation of a refusal; the cause is the refusal itself."""
        if isinstance(error, TokenError | KeyRefused) and not isinstance(error, PyJWTError):
            raise translated(error) from error


renaming = _Renaming()
