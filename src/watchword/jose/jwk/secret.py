"""Shared secrets for HMAC, bound to one algorithm for life.

Source: RFC 7518 sections 3.2 and 6.4; RFC 8725 sections 3.1 and 3.5; tokens.md J-3, J-4.
"""

from collections.abc import Mapping
from typing import Never, Self

from watchword.base import base64url
from watchword.base.chance import SYSTEM, Chance
from watchword.jose.algorithms import hmac
from watchword.jose.algorithms.hmac import Check, Stamp
from watchword.jose.algorithms.material import member_bytes
from watchword.jose.algorithms.table import Algorithm, algorithm
from watchword.jose.errors import InvalidKey, KeyMismatch, WeakKey
from watchword.jose.jwk import members as jwk_members
from watchword.jose.jwk.disguise import disguise
from watchword.jose.jwk.members import Operation

__all__ = ["HmacKey"]


class HmacKey:
    """A secret that signer and verifier share. The door's name for it is `Secret`.

    Args:
        secret: text or bytes, at least as long as the hash (32, 48 or 64 bytes).
        alg: the one algorithm that it will ever do: HS256, HS384 or HS512.
        kid: the key's id, if it has one.
        operations: what it may be used for, "sign" or "verify"; None is both.

    Raises:
        WeakKey: too short.
        InvalidKey: a public or private key, certificate, JWK or other JSON in any wrapping.
    """

    __slots__ = ("_kid", "_operations", "_row", "_secret")

    def __init__(
        self,
        secret: str | bytes,
        *,
        alg: str | Algorithm,
        kid: str | None = None,
        operations: frozenset[str] | None = None,
    ) -> None:
        if not isinstance(secret, str | bytes):
            raise InvalidKey("a secret is text or bytes")
        self._row = _symmetric(alg)
        self._kid = jwk_members.checked_kid(kid)
        self._operations = operations
        self._secret = (
            secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
        )
        form = disguise(self._secret)
        if form:
            raise InvalidKey(f"this is {form}, not a shared secret; read it with Key.from_*")
        self._refuse_short()

    @classmethod
    def generate(
        cls, alg: str | Algorithm, *, kid: str | None = None, chance: Chance = SYSTEM
    ) -> Self:
        """Make a random secret of the hash's length."""
        row = _symmetric(alg)
        return cls(chance.token_bytes(row.key_bytes_min), alg=row, kid=kid)

    @classmethod
    def from_jwk(
        cls, jwk: Mapping[str, object] | str | bytes, *, alg: str | Algorithm | None = None
    ) -> Self:
        """Read a JWK of kty oct.

        Args:
            jwk: its members, or its JSON.
            alg: needed where the JWK has no `alg`; refused where it names another.
        """
        members = jwk_members.read(jwk)
        if members.get("kty") != "oct":
            raise KeyMismatch("this JWK is no shared secret; read it with Key.from_jwk")
        shared = jwk_members.shared(members, alg)
        secret = member_bytes(members, "k")
        return cls(secret, alg=shared.algorithm, kid=shared.kid, operations=shared.operations)

    @property
    def alg(self) -> str:
        """The name of the key's one algorithm."""
        return self._row.name

    @property
    def algorithm(self) -> Algorithm:
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
        members: dict[str, object] = {"kty": "oct", "k": base64url.encode(self._secret)}
        members |= {"alg": self.alg, "use": "sig"}
        if self._kid is not None:
            members["kid"] = self._kid
        return members

    def stamper(self, header_b64u: bytes) -> Stamp:
        """Return the function that signs payloads under one header."""
        self._permit("sign")
        return hmac.stamper(self._secret, self._row, header_b64u)

    def checker(self, header_b64u: bytes) -> Check:
        """Return the function that verifies payloads under one header."""
        self._permit("verify")
        return hmac.checker(self._secret, self._row, header_b64u)

    def __repr__(self) -> str:
        return f"Secret(alg={self.alg!r}, kid={self._kid!r}, ...)"

    def __reduce__(self) -> Never:
        raise TypeError("a Secret cannot be pickled or copied; write it with to_jwk(private=True)")

    def _refuse_short(self) -> None:
        least, name = self._row.key_bytes_min, self._row.name
        if len(self._secret) < least:
            raise WeakKey(
                f"a secret for {name} has at least {least} bytes, this one {len(self._secret)}; "
                f'make one with jwt.Secret.generate("{name}")'
            )

    def _permit(self, operation: Operation) -> None:
        if self._operations is not None and operation not in self._operations:
            raise KeyMismatch(f"the key's key_ops does not allow to {operation}", claim="key_ops")


def _symmetric(alg: str | Algorithm) -> Algorithm:
    row = algorithm(alg)
    if not row.is_symmetric:
        raise KeyMismatch(f"{row.name} needs a key pair: use Key instead of Secret")
    return row
