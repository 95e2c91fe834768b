"""Shared secrets for encryption: keys that wrap, and keys that encrypt directly.

Each does one algorithm for life. A direct secret does one content encryption, and its JWK bears
that one's name, as the one of RFC 7520 section 5.6 does.

Source: RFC 7518 sections 4.4, 4.5, 4.7 and 6.4; tokens.md J-3, J-32, J-33.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from watchword.base.chance import SYSTEM, Chance
from watchword.jose.algorithms.table import (
    CONTENT_ENCRYPTION,
    ContentEncryption,
    KeyManagement,
    Mode,
    content_encryption,
    key_management,
)
from watchword.jose.errors import InvalidKey, KeyMismatch, WeakKey
from watchword.jose.jwe import wrapping
from watchword.jose.jwe.operations import permit_any
from watchword.jose.jwe.wrapping import Members, Wrapped
from watchword.jose.jwk import binding
from watchword.jose.jwk.material import member_bytes
from watchword.jose.jwk.symmetric import SymmetricKey

__all__ = ["Secret"]


class Secret(SymmetricKey[KeyManagement]):
    """A secret that wraps content encryption keys, or is one.

    Args:
        secret: exactly as many bytes as the algorithm takes.
        alg: A128KW, A192KW, A256KW, A128GCMKW, A192GCMKW, A256GCMKW, or dir.
        enc: with dir, the one content encryption that the secret is the key of.
        kid: the key's id, if it has one.
        operations: its `key_ops`; None is no restriction.

    Raises:
        WeakKey: too short.
        InvalidKey: too long, or a key file in any wrapping.
    """

    __slots__ = ("_enc",)

    _USE: ClassVar[str] = "enc"

    def __init__(
        self,
        secret: str | bytes,
        *,
        alg: str | KeyManagement,
        enc: str | None = None,
        kid: str | None = None,
        operations: frozenset[str] | None = None,
    ) -> None:
        self._enc = _direct_content(self._row_of(alg), enc)
        super().__init__(secret, alg=alg, kid=kid, operations=operations)

    @classmethod
    def generate(
        cls,
        alg: str | KeyManagement,
        *,
        enc: str | None = None,
        kid: str | None = None,
        chance: Chance = SYSTEM,
    ) -> Self:
        """Make a random secret of the algorithm's length."""
        row = cls._row_of(alg)
        size = _secret_bytes(row, _direct_content(row, enc))
        return cls(chance.token_bytes(size), alg=row, enc=enc, kid=kid)

    @classmethod
    def from_jwk(
        cls,
        jwk: Mapping[str, object] | str | bytes,
        *,
        alg: str | KeyManagement | None = None,
        enc: str | None = None,
    ) -> Self:
        """Read a JWK of kty oct.

        Args:
            jwk: its members, or its JSON.
            alg: needed where the JWK has no `alg`; refused where it names another.
            enc: needed with dir where the JWK's `alg` does not name the content encryption.
        """
        members = dict(binding.read(jwk))
        named = members.get("alg")
        if isinstance(named, str) and named in CONTENT_ENCRYPTION:
            if enc not in (None, named):
                raise KeyMismatch(f"the JWK is made for another enc than {enc}", claim="alg")
            members["alg"], enc = "dir", named
        shared = binding.shared(members, binding.row_for(members, alg, cls._row_of, cls._USE))
        return cls(
            member_bytes(members, "k"),
            alg=shared.algorithm,
            enc=enc,
            kid=shared.kid,
            operations=shared.operations,
        )

    @property
    def enc(self) -> str | None:
        """With dir, the name of the one content encryption that the secret is the key of."""
        return None if self._enc is None else self._enc.name

    def to_jwk(self, *, private: bool = False) -> dict[str, object]:
        """Return the secret as the members of a JWK; the `alg` of a direct one is its `enc`.

        Args:
            private: must be True, since the whole key is secret.
        """
        return super().to_jwk(private=private) | {"alg": self.enc or self.alg}

    def check_content(self, enc: ContentEncryption) -> None:
        """Refuse another content encryption than a direct secret's own.

        Raises:
            KeyMismatch: it is another.
        """
        if self._enc not in (None, enc):
            raise KeyMismatch(f"this secret encrypts by {self.enc} and nothing else", claim="enc")

    def check_decrypts(self) -> None:
        """Refuse a secret whose `key_ops` does not allow to decrypt."""
        permit_any(self._operations, self._row.private_operations, "decrypt")

    def wrap(self, cek: bytes, enc: ContentEncryption, members: Members, chance: Chance) -> Wrapped:
        """Convey a CEK to the holder of this secret; a direct secret is the CEK.

        Raises:
            KeyMismatch: `key_ops` does not allow it, or the secret is for another `enc`.
        """
        del members
        permit_any(self._operations, self._row.public_operations, "encrypt")
        self.check_content(enc)
        if self._row.mode is Mode.DIRECT:
            return Wrapped(self._secret)
        if self._row.mode is Mode.GCM_WRAPPING:
            return wrapping.gcm_wrap(self._secret, cek, chance)
        return wrapping.aes_wrap(self._secret, cek)

    def unwrap(
        self, encrypted_key: bytes, enc: ContentEncryption, members: Members
    ) -> bytes | None:
        """Return the CEK, or None where this secret does not open what it is given.

        Raises:
            MalformedToken: the encrypted key, iv or tag has a form that no sender makes.
        """
        if self._row.mode is Mode.DIRECT:
            wrapping.check_wrapped_length(encrypted_key, 0)
            return self._secret
        if self._row.mode is Mode.GCM_WRAPPING:
            return wrapping.gcm_unwrap(self._secret, encrypted_key, members, enc.cek_bytes)
        return wrapping.aes_unwrap(self._secret, encrypted_key, enc.cek_bytes)

    @classmethod
    def _row_of(cls, alg: str | KeyManagement) -> KeyManagement:
        row = key_management(alg)
        if row.mode is Mode.PASSWORD:
            raise KeyMismatch(f"{row.name} takes a password: use jwe.Password")
        if not row.is_symmetric:
            raise KeyMismatch(f"{row.name} needs a key pair: use jwe.Key")
        return row

    def _check_length(self) -> None:
        needed, given = _secret_bytes(self._row, self._enc), len(self._secret)
        hint = f"a secret for {self.enc or self.alg} has exactly {needed} bytes, this one {given}"
        if given < needed:
            raise WeakKey(hint)
        if given > needed:
            raise InvalidKey(hint)


def _direct_content(row: KeyManagement, enc: str | None) -> ContentEncryption | None:
    if (row.mode is Mode.DIRECT) != (enc is not None):
        raise KeyMismatch("a dir secret, and no other, is bound to one enc=", claim="enc")
    return None if enc is None else content_encryption(enc)


def _secret_bytes(row: KeyManagement, enc: ContentEncryption | None) -> int:
    return row.wrap_bytes if enc is None else enc.cek_bytes
