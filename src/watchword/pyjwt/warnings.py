"""PyJWT's warnings under PyJWT's path."""

from watchword.jose.pyjwt.options import InsecureKeyLengthWarning, RemovedInPyjwt3Warning

__all__ = ["InsecureKeyLengthWarning", "RemovedInPyjwt3Warning"]
