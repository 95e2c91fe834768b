"""Passwords for encryption: a wrapping key is derived from one for each token (PBES2).

The sender of a token says how much work that is, so what is read is bounded before it is done.

Source: RFC 7518 section 4.8; RFC 8725 section 3.13; tokens.md J-36; security.md rule 16.
"""

from typing import ClassVar, TypeGuard

from watchword.base import base64url
from watchword.base.chance import Chance
from watchword.jose.algorithms.table import (
    ContentEncryption,
    KeyManagement,
    Mode,
    key_management,
)
from watchword.jose.errors import InvalidKey, KeyMismatch, MalformedToken, WeakKey
from watchword.jose.jwe import wrapping
from watchword.jose.jwe.operations import permit_any
from watchword.jose.jwe.wrapping import Members, Wrapped
from watchword.jose.jwk.symmetric import SymmetricKey

__all__ = ["Password"]

ITERATIONS_DEFAULT = 600_000  # OWASP's figure for PBKDF2 with SHA-256
ITERATIONS_MIN = 1_000  # RFC 7518 section 4.8.1.2
ITERATIONS_MAX = 1_200_000  # about half a second; security.md rule 16
SALT_BYTES = 16
SALT_BYTES_MIN = 8  # RFC 7518 section 4.8.1.1


class Password(SymmetricKey[KeyManagement]):
    """A password, from which each token derives a wrapping key of its own.

    A `Decrypter` derives nothing from a password unless it holds one of these.

    Args:
        text: the password; use `Secret` for what is random.
        alg: PBES2-HS256+A128KW, PBES2-HS384+A192KW or PBES2-HS512+A256KW.
        kid: the password's id, if it has one.
        iterations: of PBKDF2 when encrypting, 1,000 to 1,200,000. What is read may have others.
        operations: its `key_ops`; None is all.

    Raises:
        WeakKey: empty.
        InvalidKey: a key file in any wrapping, or `iterations` out of range.
    """

    __slots__ = ("_iterations",)

    _USE: ClassVar[str] = "enc"

    def __init__(
        self,
        text: str | bytes,
        *,
        alg: str | KeyManagement = "PBES2-HS256+A128KW",
        kid: str | None = None,
        iterations: int = ITERATIONS_DEFAULT,
        operations: frozenset[str] | None = None,
    ) -> None:
        super().__init__(text, alg=alg, kid=kid, operations=operations)
        if not _is_bearable(iterations):
            raise InvalidKey(f"iterations= is {ITERATIONS_MIN} to {ITERATIONS_MAX}")
        self._iterations = iterations

    def check_content(self, enc: ContentEncryption) -> None:
        """Take every content encryption."""

    def check_decrypts(self) -> None:
        """Refuse a password whose `key_ops` does not allow to decrypt."""
        permit_any(self._operations, self._row.private_operations, "decrypt")

    def wrap(self, cek: bytes, enc: ContentEncryption, members: Members, chance: Chance) -> Wrapped:
        """Convey a CEK to whoever knows the password.

        Raises:
            KeyMismatch: `key_ops` does not allow it.
        """
        del enc, members
        permit_any(self._operations, self._row.public_operations, "encrypt")
        salt = chance.token_bytes(SALT_BYTES)
        wrapped = wrapping.aes_wrap(self._derive(salt, self._iterations), cek)
        told = {"p2s": base64url.encode(salt), "p2c": self._iterations}
        return Wrapped(cek, wrapped.encrypted_key, told)

    def unwrap(
        self, encrypted_key: bytes, enc: ContentEncryption, members: Members
    ) -> bytes | None:
        """Return the CEK, or None where this password does not open what it is given.

        Raises:
            MalformedToken: the encrypted key, p2s or p2c has a form that no sender makes, or p2c
                asks for more work than it may. Nothing has been derived then.
        """
        wrapping.check_wrapped_length(encrypted_key, wrapping.aes_wrapped_bytes(enc.cek_bytes))
        salt, iterations = wrapping.octets(members, "p2s"), members.get("p2c")
        if len(salt) < SALT_BYTES_MIN:
            raise MalformedToken(f"p2s has at least {SALT_BYTES_MIN} bytes", claim="p2s")
        if not _is_bearable(iterations):
            hint = f"p2c is a whole number from {ITERATIONS_MIN} to {ITERATIONS_MAX}"
            raise MalformedToken(hint, claim="p2c")
        return wrapping.aes_unwrap(self._derive(salt, iterations), encrypted_key, enc.cek_bytes)

    def __repr__(self) -> str:
        return f"Password(alg={self.alg!r}, kid={self.kid!r}, ...)"

    @classmethod
    def _row_of(cls, alg: str | KeyManagement) -> KeyManagement:
        row = key_management(alg)
        if row.mode is not Mode.PASSWORD:
            raise KeyMismatch(f"{row.name} takes no password: use jwe.Secret or jwe.Key")
        return row

    def _check_length(self) -> None:
        if not self._secret:
            raise WeakKey("a password is not empty")

    def _derive(self, salt: bytes, iterations: int) -> bytes:
        """Derive the wrapping key; the algorithm's name is part of the salt."""
        salted = self.alg.encode("ascii") + b"\0" + salt
        row = self._row
        return wrapping.derived_key(self._secret, row.hash_name, salted, iterations, row.wrap_bytes)


def _is_bearable(iterations: object) -> TypeGuard[int]:
    """Return whether PBKDF2 may be asked for so much work; True and False are no numbers here."""
    return type(iterations) is int and ITERATIONS_MIN <= iterations <= ITERATIONS_MAX
