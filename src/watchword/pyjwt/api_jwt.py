"""PyJWT and its functions under PyJWT's path."""

from watchword.jose.pyjwt.jwt import PyJWT, decode, decode_complete, encode

__all__ = ["PyJWT", "decode", "decode_complete", "encode"]
