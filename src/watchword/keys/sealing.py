"""Secrets at rest: encrypted with a key that is not in the database.

What is sealed is one version byte, a nonce of 96 bits, and AES-256-GCM's ciphertext with its tag.
Every purpose has a key of its own, derived from the sealing key; what a secret belongs to is bound
to it as associated data, so a row cannot pass for another one.

Source: NIST SP 800-38D; oauth.md K-6; security.md rule 101.
"""

import hashlib
from collections.abc import Sequence
from typing import Never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from watchword.base import base64url
from watchword.base.chance import Chance
from watchword.base.secrets import Secret
from watchword.keys.errors import SealBroken, SealingKeyInvalid

__all__ = ["SEALING_KEY_BYTES", "SealingKey"]

SEALING_KEY_BYTES = 32
NONCE_BYTES = 12  # random: one purpose is used far fewer than 2^32 times
VERSION = b"\x01"


class SealingKey:
    """The key that seals signing keys, and from which the server's other secrets are derived.

    Args:
        key: 32 random bytes.

    Raises:
        SealingKeyInvalid: another length.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != SEALING_KEY_BYTES:
            raise SealingKeyInvalid(f"a sealing key has {SEALING_KEY_BYTES} bytes, not {len(key)}")
        self._key = key

    @classmethod
    def generate(cls, chance: Chance) -> "SealingKey":
        """Make a sealing key."""
        return cls(chance.token_bytes(SEALING_KEY_BYTES))

    @classmethod
    def from_text(cls, text: Secret) -> "SealingKey":
        """Read what `to_text` wrote; white space around it is ignored.

        Raises:
            SealingKeyInvalid: not the text of a sealing key.
        """
        try:
            return cls(base64url.decode(text.reveal().strip()))
        except base64url.MalformedBase64url:
            raise SealingKeyInvalid("the text of a sealing key is 43 characters") from None

    def to_text(self) -> Secret:
        """Return the key as 43 characters of base64url, for the key file."""
        return Secret(base64url.encode(self._key))

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes that only this sealing key and this purpose give."""
        return hashlib.blake2b(
            purpose.encode("utf-8"), key=self._key, person=b"watchword derive", digest_size=32
        ).digest()

    def seal(self, secret: bytes, *, purpose: str, owner: Sequence[str], chance: Chance) -> bytes:
        """Encrypt a secret.

        Args:
            secret: what only this server may read.
            purpose: what kind of secret it is, such as "signing key".
            owner: what it belongs to; the same must be said to unseal it.
            chance: makes the nonce.
        """
        nonce = chance.token_bytes(NONCE_BYTES)
        return VERSION + nonce + self._cipher(purpose).encrypt(nonce, secret, _binding(owner))

    def unseal(self, sealed: bytes, *, purpose: str, owner: Sequence[str]) -> bytes:
        """Decrypt what `seal` wrote for this purpose and owner.

        Raises:
            SealBroken: another sealing key, purpose or owner, or an altered text.
        """
        version, nonce, text = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if version != VERSION or len(nonce) != NONCE_BYTES:
            raise SealBroken(f"the stored {purpose} of {owner[0]} has no form that is known")
        try:
            return self._cipher(purpose).decrypt(nonce, text, _binding(owner))
        except InvalidTag:
            raise SealBroken(f"the stored {purpose} of {owner[0]} does not open") from None

    def _cipher(self, purpose: str) -> AESGCM:
        return AESGCM(self.derive(f"seal {purpose}"))

    def __repr__(self) -> str:
        return "SealingKey(...)"

    def __reduce__(self) -> Never:
        raise TypeError("a SealingKey cannot be pickled or copied; write it with to_text")


def _binding(owner: Sequence[str]) -> bytes:
    # Each part says its length, so that none can be shifted into its neighbour.
    parts = (part.encode("utf-8") for part in owner)
    return b"".join(len(part).to_bytes(4) + part for part in parts)
