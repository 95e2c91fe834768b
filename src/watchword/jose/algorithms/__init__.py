"""The algorithms of tokens: one table, one file for each family of signatures.

Implements RFC 7518 section 3, RFC 8037 section 3.1, RFC 8812, RFC 9864 and RFC 9964 on the
primitives of hashlib, cryptography, PyNaCl and coincurve. A family's file computes with handles and
knows no JWK; keys are made, read, written and checked in `watchword.jose.jwk`.
"""
