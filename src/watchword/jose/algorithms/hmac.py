"""HMAC signatures: HS256, HS384 and HS512.

A MAC hashes its padded key twice before the first byte of a message. Those two states are kept for
each key, and the state after the header for each header, so that a token costs its payload only.

Source: RFC 2104 section 2 and section 4 (kept states); RFC 7518 section 3.2.
"""

import hashlib
from binascii import b2a_base64
from collections.abc import Callable
from hmac import compare_digest

from watchword.base import base64url
from watchword.jose.algorithms.table import Algorithm
from watchword.jose.errors import SignatureInvalid
from watchword.jose.segment import decode_signature

__all__ = ["Check", "Stamp", "checker", "stamper"]

Stamp = Callable[[bytes], bytes]
"""Encoded payload to encoded signature, under one key and header."""

Check = Callable[[bytes, bytes], None]
"""Encoded payload and encoded signature, under one key and header; raises."""

_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def stamper(secret: bytes, algorithm: Algorithm, header_b64u: bytes) -> Stamp:
    """Return the function that signs payloads under one secret and header."""
    after_header, outer = _states(secret, algorithm, header_b64u)

    def stamp(payload_b64u: bytes) -> bytes:
        inner = after_header.copy()
        inner.update(payload_b64u)
        mac = outer.copy()
        mac.update(inner.digest())
        return base64url.encode_bytes(mac.digest())

    return stamp


def checker(secret: bytes, algorithm: Algorithm, header_b64u: bytes) -> Check:
    """Return the function that verifies payloads under one secret and header.

    Signatures are compared in their encoded form: what equals the canonical encoding of the MAC is
    canonical, whole and right.
    """
    after_header, outer = _states(secret, algorithm, header_b64u)

    copy_inner, copy_outer = after_header.copy, outer.copy

    def check(payload_b64u: bytes, signature_b64u: bytes) -> None:
        inner = copy_inner()
        inner.update(payload_b64u)
        mac = copy_outer()
        mac.update(inner.digest())
        expected = b2a_base64(mac.digest()).translate(_TO_URL_SAFE).rstrip(b"=\n")
        if compare_digest(expected, signature_b64u):
            return
        decode_signature(signature_b64u)
        raise SignatureInvalid

    return check


def _states(
    secret: bytes, algorithm: Algorithm, header_b64u: bytes
) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """Return the inner hash after the key and the header, and the outer hash after the key."""
    block = hashlib.new(algorithm.hash_name).block_size
    key = hashlib.new(algorithm.hash_name, secret).digest() if len(secret) > block else secret
    padded = key.ljust(block, b"\0")
    after_header = hashlib.new(algorithm.hash_name, padded.translate(_INNER) + header_b64u + b".")
    return after_header, hashlib.new(algorithm.hash_name, padded.translate(_OUTER))
