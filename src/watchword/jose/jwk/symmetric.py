"""Shared secrets bound to one algorithm for life, whatever the algorithm is for.

`jwk.secret.HmacKey` makes MACs on this base. It owns what such a secret may not be, how it is read
and shown, and that it is never published; it computes nothing.

Source: RFC 7518 section 6.4; RFC 8725 sections 3.1 and 3.5; tokens.md J-3, J-9.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Generic, Never, Self

from watchword.base import base64url
from watchword.base.limits import SECRET_BYTES_MAX
from watchword.jose.errors import InvalidKey, KeyMismatch
from watchword.jose.jwk import binding
from watchword.jose.jwk.binding import RowT
from watchword.jose.jwk.disguise import disguise
from watchword.jose.jwk.material import member_bytes
from watchword.jose.jwk.thumbprint import thumbprint, thumbprint_uri

__all__ = ["SymmetricKey", "oct_members"]


class SymmetricKey(ABC, Generic[RowT]):
    """A secret that both sides share, for one algorithm.

    Args:
        secret: text or bytes, of the length that the algorithm asks for.
        alg: the one algorithm that it will ever do.
        kid: the key's id, if it has one.
        operations: its `key_ops`; None is no restriction.

    Raises:
        WeakKey: too short.
        InvalidKey: a public or private key, certificate, JWK or other JSON in any wrapping; or
            more than 64 KiB.
    """

    __slots__ = ("_kid", "_operations", "_row", "_secret")

    _USE: ClassVar[str]  # the `use` of the class's rows: sig or enc

    def __init__(
        self,
        secret: str | bytes,
        *,
        alg: str | RowT,
        kid: str | None = None,
        operations: frozenset[str] | None = None,
    ) -> None:
        if not isinstance(secret, str | bytes):
            raise InvalidKey("a secret is text or bytes")
        self._row = self._row_of(alg)
        self._kid = binding.checked_kid(kid)
        self._operations = operations
        self._secret = (
            secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
        )
        if len(self._secret) > SECRET_BYTES_MAX:
            raise InvalidKey(f"a secret has at most {SECRET_BYTES_MAX} bytes")
        form = disguise(self._secret)
        if form:
            raise InvalidKey(f"this is {form}, not a shared secret; read it with Key.from_*")
        self._check_length()

    @classmethod
    @abstractmethod
    def _row_of(cls, alg: str | RowT) -> RowT:
        """Return the row of an algorithm of this class's kind.

        Raises:
            PolicyRefused: no algorithm of this use.
            KeyMismatch: one for key pairs.
        """

    @abstractmethod
    def _check_length(self) -> None:
        """Refuse a secret whose length does not fit. Raises WeakKey or InvalidKey."""

    @classmethod
    def from_jwk(
        cls, jwk: Mapping[str, object] | str | bytes, *, alg: str | RowT | None = None
    ) -> Self:
        """Read a JWK of kty oct.

        Args:
            jwk: its members, or its JSON.
            alg: needed where the JWK has no `alg`; refused where it names another.
        """
        members = binding.read_key(jwk)
        if members.get("kty") != "oct":
            raise KeyMismatch("this JWK is no shared secret; read it with Key.from_jwk")
        shared = binding.shared(members, binding.row_for(members, alg, cls._row_of, cls._USE))
        secret = member_bytes(members, "k")
        return cls(secret, alg=shared.algorithm, kid=shared.kid, operations=shared.operations)

    @property
    def alg(self) -> str:
        """The name of the key's one algorithm."""
        return self._row.name

    @property
    def algorithm(self) -> RowT:
        """The row of the key's one algorithm."""
        return self._row

    @property
    def kid(self) -> str | None:
        """The key's id."""
        return self._kid

    def to_jwk(self, *, private: bool = False) -> dict[str, object]:
        """Return the secret as the members of a JWK; there is no public half to write.

        Args:
            private: must be True, since the whole key is secret.
        """
        if not private:
            raise InvalidKey("a shared secret has no public half; to_jwk(private=True) shows it")
        members: dict[str, object] = {**self._members(), "alg": self.alg}
        members |= binding.purpose(self._operations, self._row)
        if self._kid is not None:
            members["kid"] = self._kid
        return members

    def thumbprint(self) -> str:
        """Return the RFC 7638 thumbprint, SHA-256, as base64url.

        RFC 7638 section 7: whoever knows the thumbprint of a guessable secret can guess it. That is
        one more reason for `generate`.
        """
        return thumbprint(self._members())

    def thumbprint_uri(self) -> str:
        """Return the RFC 9278 thumbprint URI."""
        return thumbprint_uri(self._members())

    def __repr__(self) -> str:
        return f"Secret(alg={self.alg!r}, kid={self._kid!r}, ...)"

    def __reduce__(self) -> Never:
        raise TypeError("a Secret cannot be pickled or copied; write it with to_jwk(private=True)")

    def _permit(self, operation: str) -> None:
        binding.permit(self._operations, operation)

    def _members(self) -> dict[str, str]:
        return oct_members(self._secret)


def oct_members(secret: bytes) -> dict[str, str]:
    """Return the JWK members that a secret is made of (RFC 7518 section 6.4)."""
    return {"kty": "oct", "k": base64url.encode(secret)}
