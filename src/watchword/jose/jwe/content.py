"""Content encryption: AES-GCM, and AES-CBC with HMAC.

Source: RFC 7518 sections 5.2 and 5.3; RFC 7516 section 11.5; tokens.md J-33, J-35.
"""

from dataclasses import field
from hmac import compare_digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

from watchword.base.chance import Chance
from watchword.base.records import dataclass
from watchword.jose.algorithms.hashing import HASHES
from watchword.jose.algorithms.table import ContentEncryption
from watchword.jose.errors import DecryptionFailed

__all__ = ["Box", "decrypt", "encrypt"]

_BLOCK_BITS = 128


@dataclass(frozen=True, slots=True)
class Box:
    """An encrypted content: initialization vector, ciphertext and authentication tag."""

    iv: bytes
    ciphertext: bytes
    tag: bytes


@dataclass(frozen=True, slots=True)
class _Halves:
    """The two keys of which a CEK for AES-CBC with HMAC consists."""

    mac: bytes = field(repr=False)
    cipher: bytes = field(repr=False)


def encrypt(enc: ContentEncryption, cek: bytes, data: bytes, aad: bytes, chance: Chance) -> Box:
    """Encrypt a content under a fresh initialization vector.

    Args:
        enc: the algorithm.
        cek: its key, of exactly its length.
        data: the content.
        aad: what is authenticated beside it.
        chance: the source of the initialization vector.
    """
    iv = chance.token_bytes(enc.iv_bytes)
    if not enc.hash_name:
        sealed = AESGCM(cek).encrypt(iv, data, aad)
        return Box(iv, sealed[: -enc.tag_bytes], sealed[-enc.tag_bytes :])
    halves = _halves(cek)
    pad = padding.PKCS7(_BLOCK_BITS).padder()
    cipher = Cipher(algorithms.AES(halves.cipher), modes.CBC(iv)).encryptor()
    ciphertext = cipher.update(pad.update(data) + pad.finalize()) + cipher.finalize()
    return Box(iv, ciphertext, _mac(enc, halves, iv + ciphertext, aad))


def decrypt(enc: ContentEncryption, cek: bytes, box: Box, aad: bytes) -> bytes:
    """Return the content, if this key and everything else is what it was encrypted with.

    Args:
        enc: the algorithm.
        cek: its key, of exactly its length.
        box: with an initialization vector and a tag of exactly the algorithm's lengths.
        aad: what was authenticated beside it.

    Raises:
        DecryptionFailed: whatever is wrong.
    """
    if not enc.hash_name:
        data = _decrypt_gcm(cek, box, aad)
    else:
        data = _decrypt_cbc(enc, _halves(cek), box, aad)
    if data is None:
        raise DecryptionFailed
    return data


def _decrypt_gcm(cek: bytes, box: Box, aad: bytes) -> bytes | None:
    try:
        return AESGCM(cek).decrypt(box.iv, box.ciphertext + box.tag, aad)
    except InvalidTag:
        return None


def _decrypt_cbc(enc: ContentEncryption, halves: _Halves, box: Box, aad: bytes) -> bytes | None:
    """Check the MAC, and decrypt only what it covers: padding is never an oracle."""
    if not compare_digest(_mac(enc, halves, box.iv + box.ciphertext, aad), box.tag):
        return None
    cipher = Cipher(algorithms.AES(halves.cipher), modes.CBC(box.iv)).decryptor()
    unpad = padding.PKCS7(_BLOCK_BITS).unpadder()
    try:
        padded = cipher.update(box.ciphertext) + cipher.finalize()
        return unpad.update(padded) + unpad.finalize()
    except ValueError:
        return None


def _halves(cek: bytes) -> _Halves:
    middle = len(cek) // 2
    return _Halves(cek[:middle], cek[middle:])


def _mac(enc: ContentEncryption, halves: _Halves, encrypted: bytes, aad: bytes) -> bytes:
    """Return the tag over the other data, vector and ciphertext, and the other data's length."""
    mac = HMAC(halves.mac, HASHES[enc.hash_name])
    for part in (aad, encrypted, (8 * len(aad)).to_bytes(8)):
        mac.update(part)
    return mac.finalize()[: enc.tag_bytes]
