"""Key pairs for encryption, bound to one key management algorithm for life.

Such a key is no `jwt.Key`: no Signer and no Verifier takes it, and a signing key decrypts nothing.

Source: RFC 7518 sections 4.3 and 4.6; RFC 8037 section 3.2; RFC 8725 section 3.1; tokens.md J-40.
"""

from typing import ClassVar, cast

from cryptography.hazmat.primitives.asymmetric import rsa

from watchword.base.chance import Chance
from watchword.jose.algorithms.table import (
    ContentEncryption,
    KeyManagement,
    Mode,
    key_management,
)
from watchword.jose.errors import InvalidKey, KeyMismatch
from watchword.jose.jwe import agreement, wrapping
from watchword.jose.jwe.operations import permit_any
from watchword.jose.jwe.wrapping import Members, Wrapped
from watchword.jose.jwk.asymmetric import AsymmetricKey

__all__ = ["Key"]


class Key(AsymmetricKey[KeyManagement]):
    """A public key, or a key pair, that conveys content encryption keys in one way.

    Made by `generate` and the `from_*` class methods, which check it once and for all. Immutable,
    and shareable between threads. No repr, pickle or copy shows a private part.
    """

    __slots__ = ()

    _USE: ClassVar[str] = "enc"

    def check_content(self, enc: ContentEncryption) -> None:
        """Take every content encryption."""

    def check_decrypts(self) -> None:
        """Refuse a key without its private half, or whose `key_ops` does not allow to decrypt."""
        if not self.is_private:
            raise InvalidKey("decryption needs a private key")
        permit_any(self._operations, self._row.private_operations, "decrypt")

    def wrap(self, cek: bytes, enc: ContentEncryption, members: Members, chance: Chance) -> Wrapped:
        """Convey a CEK to the holder of the private half.

        Raises:
            KeyMismatch: `key_ops` does not allow it.
        """
        del chance  # OpenSSL draws ephemeral keys and paddings itself
        permit_any(self._operations, self._row.public_operations, "encrypt")
        row = self._row
        if row.mode is Mode.ENCRYPTION:
            handle = cast("rsa.RSAPublicKey", self._material.public_handle)
            return wrapping.rsa_wrap(handle, row.hash_name, cek)
        secret, epk = agreement.send(self._material)
        if row.is_alone:
            agreed = wrapping.agreed_key(secret, enc.name, enc.cek_bytes, members)
            return Wrapped(agreed, members={"epk": epk})
        wrapping_key = wrapping.agreed_key(secret, row.name, row.wrap_bytes, members)
        wrapped = wrapping.aes_wrap(wrapping_key, cek)
        return Wrapped(cek, wrapped.encrypted_key, {"epk": epk})

    def unwrap(
        self, encrypted_key: bytes, enc: ContentEncryption, members: Members
    ) -> bytes | None:
        """Return the CEK, or None where this key does not open what it is given.

        Raises:
            MalformedToken: the encrypted key, epk, apu or apv has a form that no sender makes.
        """
        row = self._row
        if row.mode is Mode.ENCRYPTION:
            handle = cast("rsa.RSAPrivateKey", self._material.private_handle)
            return wrapping.rsa_unwrap(handle, row.hash_name, encrypted_key)
        wrapped_bytes = wrapping.aes_wrapped_bytes(enc.cek_bytes)
        wrapping.check_wrapped_length(encrypted_key, 0 if row.is_alone else wrapped_bytes)
        secret = agreement.receive(self._material, members)
        if secret is None:
            return None
        if row.is_alone:
            return wrapping.agreed_key(secret, enc.name, enc.cek_bytes, members)
        wrapping_key = wrapping.agreed_key(secret, row.name, row.wrap_bytes, members)
        return wrapping.aes_unwrap(wrapping_key, encrypted_key, enc.cek_bytes)

    @classmethod
    def _row_of(cls, alg: str | KeyManagement) -> KeyManagement:
        row = key_management(alg)
        if row.is_symmetric:
            raise KeyMismatch(f"{row.name} needs a shared secret: use jwe.Secret or jwe.Password")
        return row
