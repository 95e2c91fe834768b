"""The door for code that was written for PyJWT: `import watchword.pyjwt as jwt`.

Names, signatures and exceptions are those of PyJWT 2.15; parser, keys and algorithms are this
package's. docs/how-to/from-pyjwt.md lists every difference with its reason. Names are imported when
first used.
"""

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
    "api_jwk": ("PyJWK", "PyJWKSet"),
    "api_jws": (
        *("PyJWS", "get_algorithm_by_name", "get_unverified_header"),
        *("register_algorithm", "unregister_algorithm"),
    ),
    "api_jwt": ("PyJWT", "decode", "decode_complete", "encode"),
    "jwks_client": ("PyJWKClient",),
    "warnings": ("InsecureKeyLengthWarning",),
    "algorithms": (),
    "exceptions": (),
    "types": (),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a name of `__all__` from its module, once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the door's own import stays free

    home = name if name in _HOMES else _MODULES.get(name, "exceptions")
    module = import_module(f"{__name__}.{home}")
    value = module if name in _HOMES else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return __all__
