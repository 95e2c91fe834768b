"""PyJWK and PyJWKSet under PyJWT's path."""

from watchword.jose.pyjwt.jwk import PyJWK, PyJWKSet

__all__ = ["PyJWK", "PyJWKSet"]
