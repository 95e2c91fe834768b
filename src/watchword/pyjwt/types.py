"""The types of options under PyJWT's path."""

from watchword.jose.pyjwt.algorithms import JWKDict
from watchword.jose.pyjwt.claims import UnverifiedClaims
from watchword.jose.pyjwt.options import FullOptions, Options, SigOptions

__all__ = ["FullOptions", "JWKDict", "Options", "SigOptions", "UnverifiedClaims"]
