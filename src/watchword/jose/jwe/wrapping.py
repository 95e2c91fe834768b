"""How a content encryption key (CEK) is conveyed by one key: wrapped, encrypted or agreed on.

Opening returns None where a key does not open what it was given. Nobody is told: the caller goes
on with a random key, and the content then fails to decrypt as if it had been changed.

Source: RFC 7518 sections 4.3 to 4.8; RFC 7516 section 11.5; tokens.md J-33 to J-36.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from watchword.base import base64url
from watchword.base.chance import Chance
from watchword.base.records import dataclass
from watchword.jose.algorithms.hashing import HASHES
from watchword.jose.errors import MalformedToken

__all__ = [
    "Members",
    "Wrapped",
    "aes_unwrap",
    "aes_wrap",
    "aes_wrapped_bytes",
    "agreed_key",
    "check_wrapped_length",
    "derived_key",
    "gcm_unwrap",
    "gcm_wrap",
    "octets",
    "rsa_unwrap",
    "rsa_wrap",
]

Members = Mapping[str, object]

_GCM_IV_BYTES = 12
_GCM_TAG_BYTES = 16
_AES_KW_EXTRA_BYTES = 8  # RFC 3394 adds one block of integrity


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A CEK, and what tells it to one recipient."""

    cek: bytes = field(repr=False)
    encrypted_key: bytes = b""
    members: Members = field(default_factory=lambda: MappingProxyType({}))


def aes_wrap(wrapping_key: bytes, cek: bytes) -> Wrapped:
    """Wrap a CEK by AES key wrap."""
    return Wrapped(cek, keywrap.aes_key_wrap(wrapping_key, cek))


def aes_wrapped_bytes(cek_bytes: int) -> int:
    """Return the length of a CEK that AES key wrap has wrapped."""
    return cek_bytes + _AES_KW_EXTRA_BYTES


def aes_unwrap(wrapping_key: bytes, encrypted_key: bytes, cek_bytes: int) -> bytes | None:
    """Return the CEK that AES key wrap hid, or None."""
    check_wrapped_length(encrypted_key, aes_wrapped_bytes(cek_bytes))
    try:
        return keywrap.aes_key_unwrap(wrapping_key, encrypted_key)
    except keywrap.InvalidUnwrap:
        return None


def gcm_wrap(wrapping_key: bytes, cek: bytes, chance: Chance) -> Wrapped:
    """Encrypt a CEK by AES-GCM."""
    iv = chance.token_bytes(_GCM_IV_BYTES)
    sealed = AESGCM(wrapping_key).encrypt(iv, cek, None)
    tag = sealed[-_GCM_TAG_BYTES:]
    members = {"iv": base64url.encode(iv), "tag": base64url.encode(tag)}
    return Wrapped(cek, sealed[:-_GCM_TAG_BYTES], members)


def gcm_unwrap(
    wrapping_key: bytes, encrypted_key: bytes, members: Members, cek_bytes: int
) -> bytes | None:
    """Return the CEK that AES-GCM hid, or None."""
    iv, tag = octets(members, "iv"), octets(members, "tag")
    if len(iv) != _GCM_IV_BYTES or len(tag) != _GCM_TAG_BYTES:
        raise MalformedToken("the header's iv has 12 bytes and its tag 16", claim="tag")
    check_wrapped_length(encrypted_key, cek_bytes)
    try:
        return AESGCM(wrapping_key).decrypt(iv, encrypted_key + tag, None)
    except InvalidTag:
        return None


def rsa_wrap(handle: rsa.RSAPublicKey, hash_name: str, cek: bytes) -> Wrapped:
    """Encrypt a CEK by RSA with OAEP."""
    return Wrapped(cek, handle.encrypt(cek, _oaep(hash_name)))


def rsa_unwrap(handle: rsa.RSAPrivateKey, hash_name: str, encrypted_key: bytes) -> bytes | None:
    """Return the CEK that RSA with OAEP hid, or None."""
    check_wrapped_length(encrypted_key, (handle.key_size + 7) // 8)
    try:
        return handle.decrypt(encrypted_key, _oaep(hash_name))
    except ValueError:
        return None


def derived_key(password: bytes, hash_name: str, salt: bytes, iterations: int, size: int) -> bytes:
    """Derive a wrapping key from a password by PBKDF2."""
    return hashlib.pbkdf2_hmac(hash_name, password, salt, iterations, size)


def agreed_key(shared_secret: bytes, name: str, size: int, members: Members) -> bytes:
    """Derive a key from an agreed secret by the Concat KDF.

    Args:
        shared_secret: the Z of ECDH.
        name: the algorithm that the key is for.
        size: the key's length in bytes.
        members: the header, whose apu and apv name the parties.
    """
    parties = (octets(members, party) if party in members else b"" for party in ("apu", "apv"))
    fields = (name.encode("ascii"), *parties)
    other = b"".join(len(each).to_bytes(4) + each for each in fields) + (8 * size).to_bytes(4)
    return ConcatKDFHash(hashes.SHA256(), size, other).derive(shared_secret)


def check_wrapped_length(encrypted_key: bytes, expected: int) -> None:
    """Refuse an encrypted key that is not exactly as long as its algorithm makes it."""
    if len(encrypted_key) != expected:
        raise MalformedToken("the encrypted key has not the length that its algorithm gives it")


def octets(members: Members, name: str) -> bytes:
    """Return the bytes of a base64url member of a header."""
    value = members.get(name)
    fault = "the header member is absent or not text"
    if isinstance(value, str):
        try:
            return base64url.decode(value)
        except base64url.MalformedBase64url:
            fault = "the header member is not canonical base64url"
    raise MalformedToken(fault, claim=name)


def _oaep(hash_name: str) -> padding.OAEP:
    hasher = HASHES[hash_name]
    return padding.OAEP(padding.MGF1(hasher), hasher, None)
