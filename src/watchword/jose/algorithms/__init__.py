"""The signature algorithms: one table, one file for each family.

Implements RFC 7518 section 3, RFC 8037 section 3.1 and RFC 9864 on the primitives of hashlib and
cryptography. A family's file makes, reads, writes and checks keys of its type and computes with
them. What a key means and who may use it is decided in `watchword.jose.jwk`.
"""
