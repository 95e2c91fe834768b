"""Shared secrets for HMAC.

Source: RFC 7518 section 3.2; RFC 8725 section 3.5; tokens.md J-4.
"""

from typing import ClassVar, Literal, Self

from watchword.base.chance import SYSTEM, Chance
from watchword.jose.algorithms import hmac
from watchword.jose.algorithms.hmac import Check, Stamp
from watchword.jose.algorithms.table import Algorithm, algorithm
from watchword.jose.errors import KeyMismatch, PolicyRefused, WeakKey
from watchword.jose.jwk.symmetric import SymmetricKey, oct_members
from watchword.jose.jwk.thumbprint import thumbprint

__all__ = ["HmacKey"]

WEAK_BYTES_MIN = 16  # 128 bits where it was random; fewer can be searched


class HmacKey(SymmetricKey[Algorithm]):
    """A secret that signer and verifier share. The door's name for it is `Secret`.

    Args:
        secret: text or bytes, at least as long as the hash (32, 48 or 64 bytes).
        alg: the one algorithm that it will ever do: HS256, HS384 or HS512.
        kid: the key's id, if it has one.
        operations: what it may be used for, "sign" or "verify"; None is both.
        weak_keys: "verify-only" takes a secret of 16 bytes or more that somebody else chose too
            short for its hash; gives up the strength of what it verifies, and never signs.

    Raises:
        WeakKey: too short.
        InvalidKey: a public or private key, certificate, JWK or other JSON in any wrapping.
    """

    __slots__ = ("_least", "prepared")

    _USE: ClassVar[str] = "sig"

    prepared: dict[tuple[object, ...], object]
    """What `jwt.verify` has prepared for this secret; kept here, it goes when the secret goes."""

    def __init__(
        self,
        secret: str | bytes,
        *,
        alg: str | Algorithm,
        kid: str | None = None,
        operations: frozenset[str] | None = None,
        weak_keys: Literal["verify-only"] | None = None,
    ) -> None:
        if weak_keys not in {None, "verify-only"}:
            raise PolicyRefused('weak_keys= is "verify-only", or left out')
        self._least = None if weak_keys is None else WEAK_BYTES_MIN
        super().__init__(secret, alg=alg, kid=kid, operations=operations)
        self.prepared = {}

    @property
    def is_weak(self) -> bool:
        """Whether it is shorter than its hash, and so verifies only."""
        return len(self._secret) < self._row.key_bytes_min

    @classmethod
    def generate(
        cls, alg: str | Algorithm, *, kid: str | None = None, chance: Chance = SYSTEM
    ) -> Self:
        """Make a random secret of the hash's length.

        Args:
            alg: the one algorithm that it will ever do.
            kid: the key's id; "auto" takes the RFC 7638 thumbprint, which tells nothing of a secret
                that nobody can guess.
            chance: where the bytes come from.
        """
        row = cls._row_of(alg)
        secret = chance.token_bytes(row.key_bytes_min)
        named = thumbprint(oct_members(secret)) if kid == "auto" else kid
        return cls(secret, alg=row, kid=named)

    def stamper(self, header_b64u: bytes) -> Stamp:
        """Return the function that signs payloads under one header."""
        self._permit("sign")
        if self.is_weak:
            raise WeakKey('a secret taken with weak_keys="verify-only" never signs')
        return hmac.stamper(self._secret, self._row, header_b64u)

    def checker(self, header_b64u: bytes) -> Check:
        """Return the function that verifies payloads under one header."""
        self._permit("verify")
        return hmac.checker(self._secret, self._row, header_b64u)

    @classmethod
    def _row_of(cls, alg: str | Algorithm) -> Algorithm:
        row = algorithm(alg)
        if not row.is_symmetric:
            raise KeyMismatch(f"{row.name} needs a key pair: use Key instead of Secret")
        return row

    def _check_length(self) -> None:
        least, name = self._least or self._row.key_bytes_min, self._row.name
        if len(self._secret) < least:
            raise WeakKey(
                f"a secret for {name} has at least {least} bytes, this one {len(self._secret)}; "
                f'make one with jwt.Secret.generate("{name}")'
            )
