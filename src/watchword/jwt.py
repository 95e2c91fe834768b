"""The door to the token library: `from watchword import jwt`.

    key      = jwt.Key.generate("ES256")
    signer   = jwt.Signer(key, issuer=..., audience=..., lifetime="15m", typ="at+jwt")
    verifier = jwt.Verifier(key.public(), issuer=..., audience=..., typ="at+jwt")
    verifier.verify(signer.sign(sub="alice")).claims.sub

Names are imported when first used, so that importing the door costs next to nothing and a process
that uses HS256 alone never loads cryptography.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.algorithms.table import (
        ECDSA,
        EDDSA,
        ES256,
        ES256K,
        ES384,
        ES512,
        HMAC,
        HS256,
        HS384,
        HS512,
        ML_DSA,
        ML_DSA_44,
        ML_DSA_65,
        ML_DSA_87,
        PS256,
        PS384,
        PS512,
        RS256,
        RS384,
        RS512,
        RSA,
        RSA_PSS,
        Algorithm,
        Ed448,
        Ed25519,
        EdDSA,
    )
    from watchword.jose.errors import (
        AlgorithmRefused,
        ClaimInvalid,
        ClaimMissing,
        ClaimsInvalid,
        CriticalHeader,
        DecryptionFailed,
        DisclosureInvalid,
        Expired,
        InvalidKey,
        IssuedInFuture,
        JoseError,
        KeyBindingMissing,
        KeyMismatch,
        KeyRefused,
        KeysPending,
        KeysUnavailable,
        MalformedToken,
        NonceRequired,
        NotYetValid,
        PolicyRefused,
        ProofReplayed,
        ReplayMemoryFull,
        SignatureInvalid,
        StatusUnavailable,
        TokenError,
        TokenRevoked,
        TokenSuspended,
        TokenTooLarge,
        TooOld,
        UnknownKey,
        WeakKey,
        WrongAudience,
        WrongIssuer,
        WrongType,
    )
    from watchword.jose.jwk.key import Key
    from watchword.jose.jwk.keyset import KeySet, KeySource
    from watchword.jose.jwk.secret import HmacKey as Secret
    from watchword.jose.jwt.claims import Claims
    from watchword.jose.jwt.expected import ANY, PLAIN, Expected
    from watchword.jose.jwt.explain import Explanation, explain
    from watchword.jose.jwt.nested import aunnest, nest, unnest
    from watchword.jose.jwt.parse import parse
    from watchword.jose.jwt.peek import Unverified, peek
    from watchword.jose.jwt.signer import Signer
    from watchword.jose.jwt.token import Token, new_with_claims
    from watchword.jose.jwt.verified import Verified
    from watchword.jose.jwt.verifier import Verifier, verify
    from watchword.jose.jwt.verifiers import Verifiers
    from watchword.net.jwks import RemoteKeySet

__all__ = [
    "ANY",
    "ECDSA",
    "EDDSA",
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "HMAC",
    "HS256",
    "HS384",
    "HS512",
    "ML_DSA",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "PLAIN",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
    "RSA",
    "RSA_PSS",
    "Algorithm",
    "AlgorithmRefused",
    "ClaimInvalid",
    "ClaimMissing",
    "Claims",
    "ClaimsInvalid",
    "CriticalHeader",
    "DecryptionFailed",
    "DisclosureInvalid",
    "Ed448",
    "Ed25519",
    "EdDSA",
    "Expected",
    "Expired",
    "Explanation",
    "InvalidKey",
    "IssuedInFuture",
    "JoseError",
    "Key",
    "KeyBindingMissing",
    "KeyMismatch",
    "KeyRefused",
    "KeySet",
    "KeySource",
    "KeysPending",
    "KeysUnavailable",
    "MalformedToken",
    "NonceRequired",
    "NotYetValid",
    "PolicyRefused",
    "ProofReplayed",
    "RemoteKeySet",
    "ReplayMemoryFull",
    "Secret",
    "SignatureInvalid",
    "Signer",
    "StatusUnavailable",
    "Token",
    "TokenError",
    "TokenRevoked",
    "TokenSuspended",
    "TokenTooLarge",
    "TooOld",
    "UnknownKey",
    "Unverified",
    "Verified",
    "Verifier",
    "Verifiers",
    "WeakKey",
    "WrongAudience",
    "WrongIssuer",
    "WrongType",
    "aunnest",
    "explain",
    "nest",
    "new_with_claims",
    "parse",
    "peek",
    "unnest",
    "verify",
]

_HOMES = {
    "jose.algorithms.table": (
        *("Algorithm", "HMAC", "RSA", "RSA_PSS", "ECDSA", "EDDSA", "ML_DSA"),
        *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "EdDSA"),
        *("ML_DSA_44", "ML_DSA_65", "ML_DSA_87"),
    ),
    "jose.jwk.key": ("Key",),
    "jose.jwk.keyset": ("KeySet", "KeySource"),
    "jose.jwk.secret": ("HmacKey as Secret",),
    "jose.jwt.claims": ("Claims",),
    "jose.jwt.expected": ("ANY", "PLAIN", "Expected"),
    "jose.jwt.explain": ("Explanation", "explain"),
    "jose.jwt.nested": ("aunnest", "nest", "unnest"),
    "jose.jwt.parse": ("parse",),
    "jose.jwt.peek": ("Unverified", "peek"),
    "jose.jwt.signer": ("Signer",),
    "jose.jwt.token": ("Token", "new_with_claims"),
    "jose.jwt.verified": ("Verified",),
    "jose.jwt.verifier": ("Verifier", "verify"),
    "jose.jwt.verifiers": ("Verifiers",),
    "net.jwks": ("RemoteKeySet",),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES, rest="jose.errors")
