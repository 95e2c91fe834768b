"""The door for code that was written for PyJWT: `import watchword.pyjwt as jwt`.

Names, signatures and exceptions are those of PyJWT 2.15; parser, keys and algorithms are this
package's. docs/how-to/from-pyjwt.md lists every difference with its reason. Names are imported when
first used.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.pyjwt.exceptions import (
        DecodeError,
        ExpiredSignatureError,
        ImmatureSignatureError,
        InvalidAlgorithmError,
        InvalidAudienceError,
        InvalidIssuedAtError,
        InvalidIssuerError,
        InvalidKeyError,
        InvalidSignatureError,
        InvalidTokenError,
        MissingRequiredClaimError,
        PyJWKClientConnectionError,
        PyJWKClientError,
        PyJWKError,
        PyJWKSetError,
        PyJWTError,
    )
    from watchword.jose.pyjwt.jwk import PyJWK, PyJWKSet
    from watchword.jose.pyjwt.jws import (
        PyJWS,
        get_algorithm_by_name,
        get_unverified_header,
        register_algorithm,
        unregister_algorithm,
    )
    from watchword.jose.pyjwt.jwt import PyJWT, decode, decode_complete, encode
    from watchword.jose.pyjwt.options import InsecureKeyLengthWarning
    from watchword.pyjwt import (
        algorithms,
        api_jwk,
        api_jws,
        api_jwt,
        exceptions,
        jwks_client,
        types,
        warnings,
    )
    from watchword.pyjwt.jwks_client import PyJWKClient

__all__ = [
    "DecodeError",
    "ExpiredSignatureError",
    "ImmatureSignatureError",
    "InsecureKeyLengthWarning",
    "InvalidAlgorithmError",
    "InvalidAudienceError",
    "InvalidIssuedAtError",
    "InvalidIssuerError",
    "InvalidKeyError",
    "InvalidSignatureError",
    "InvalidTokenError",
    "MissingRequiredClaimError",
    "PyJWK",
    "PyJWKClient",
    "PyJWKClientConnectionError",
    "PyJWKClientError",
    "PyJWKError",
    "PyJWKSet",
    "PyJWKSetError",
    "PyJWS",
    "PyJWT",
    "PyJWTError",
    "algorithms",
    "api_jwk",
    "api_jws",
    "api_jwt",
    "decode",
    "decode_complete",
    "encode",
    "exceptions",
    "get_algorithm_by_name",
    "get_unverified_header",
    "jwks_client",
    "register_algorithm",
    "types",
    "unregister_algorithm",
    "warnings",
]

__version__ = "2.15.1"  # of the interface

_HOMES = {
    "pyjwt.api_jwk": ("PyJWK", "PyJWKSet"),
    "pyjwt.api_jws": (
        *("PyJWS", "get_algorithm_by_name", "get_unverified_header"),
        *("register_algorithm", "unregister_algorithm"),
    ),
    "pyjwt.api_jwt": ("PyJWT", "decode", "decode_complete", "encode"),
    "pyjwt.jwks_client": ("PyJWKClient",),
    "pyjwt.warnings": ("InsecureKeyLengthWarning",),
}
_MODULES = (
    "algorithms",
    "api_jwk",
    "api_jws",
    "api_jwt",
    "exceptions",
    "jwks_client",
    "types",
    "warnings",
)

__getattr__, __dir__ = lazy_names(
    __name__, __all__, _HOMES, rest="pyjwt.exceptions", modules=_MODULES
)
