"""PyJWS and its functions under PyJWT's path."""

from watchword.jose.pyjwt.jws import (
    PyJWS,
    decode,
    decode_complete,
    encode,
    get_algorithm_by_name,
    get_unverified_header,
    register_algorithm,
    unregister_algorithm,
)

__all__ = [
    "PyJWS",
    "decode",
    "decode_complete",
    "encode",
    "get_algorithm_by_name",
    "get_unverified_header",
    "register_algorithm",
    "unregister_algorithm",
]
