"""Asymmetric keys, bound to one algorithm for life.

Source: RFC 7517 section 4; RFC 8725 section 3.1; tokens.md J-1 to J-9.
"""

from collections.abc import Mapping
from typing import Never, Self

from watchword.base import base64url
from watchword.jose import segment
from watchword.jose.algorithms.hmac import Check, Stamp
from watchword.jose.algorithms.material import Material
from watchword.jose.algorithms.table import Algorithm, algorithm
from watchword.jose.errors import InvalidKey, KeyMismatch, MalformedToken
from watchword.jose.jwk import members as jwk_members
from watchword.jose.jwk.members import Operation, Shared
from watchword.jose.jwk.thumbprint import thumbprint, thumbprint_uri

__all__ = ["Key"]


class Key:
    """A public key, or a key pair, for one asymmetric algorithm.

    Made by `generate` and the `from_*` class methods, which check it once and for all. Immutable,
    and shareable between threads. No repr, pickle or copy shows a private part.
    """

    __slots__ = ("_kid", "_material", "_operations", "_row")

    def __init__(self, material: Material, shared: Shared) -> None:
        self._material = material
        self._row = shared.algorithm
        self._operations = shared.operations
        self._kid = shared.kid

    @classmethod
    def generate(cls, alg: str | Algorithm, *, kid: str | None = "auto") -> Self:
        """Make a key pair.

        Args:
            alg: the one algorithm that the key will ever do, such as "ES256".
            kid: the key's id; "auto" takes the RFC 7638 thumbprint, None gives it none.
        """
        row = _asymmetric(alg)
        return cls._made(_material_type(row).generate(row), row, kid)

    @classmethod
    def from_pem(
        cls,
        data: str | bytes,
        *,
        alg: str | Algorithm,
        kid: str | None = None,
        password: str | bytes | None = None,
    ) -> Self:
        """Read a PEM file: a public key, or a private key with its password if encrypted.

        Raises:
            InvalidKey: unreadable, or of another type than `alg` needs.
            WeakKey: too short, or known to be breakable.
        """
        # Reading files costs twice the import time of computing with keys.
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        return cls.from_handle(pem.from_pem(data, password), alg=alg, kid=kid)

    @classmethod
    def from_der(
        cls,
        data: bytes,
        *,
        alg: str | Algorithm,
        kid: str | None = None,
        password: str | bytes | None = None,
    ) -> Self:
        """Read a DER file: as `from_pem`."""
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        return cls.from_handle(pem.from_der(data, password), alg=alg, kid=kid)

    @classmethod
    def from_cert(cls, data: str | bytes, *, alg: str | Algorithm, kid: str | None = None) -> Self:
        """Take the public key of an X.509 certificate, PEM or DER.

        Neither its dates nor its chain are judged: who gives the certificate vouches for it.
        """
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        return cls.from_handle(pem.from_certificate(data), alg=alg, kid=kid)

    @classmethod
    def from_handle(cls, handle: object, *, alg: str | Algorithm, kid: str | None = None) -> Self:
        """Take a key object of cryptography, public or private."""
        row = _asymmetric(alg)
        return cls._made(_material_type(row).from_handle(handle, row), row, kid)

    @classmethod
    def from_jwk(
        cls, jwk: Mapping[str, object] | str | bytes, *, alg: str | Algorithm | None = None
    ) -> Self:
        """Read a JWK, public or private.

        Args:
            jwk: its members, or its JSON.
            alg: needed where the JWK has no `alg`; refused where it names another.
        """
        members = jwk_members.read(jwk)
        if members.get("kty") == "oct":
            raise KeyMismatch("this JWK is a shared secret; read it with Secret.from_jwk")
        shared = jwk_members.shared(members, alg)
        row = shared.algorithm
        return cls(_material_type(row).from_jwk(members, row), shared)

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

    @property
    def is_private(self) -> bool:
        """Whether the private half is held."""
        return self._material.private_handle is not None

    def public(self) -> Self:
        """Return the public half alone: what others may have."""
        operations = None if self._operations is None else frozenset({"verify"})
        return type(self)(self._material.public(), Shared(self._row, self._kid, operations))

    def to_jwk(self, *, private: bool = False) -> dict[str, object]:
        """Return the key as the members of a JWK.

        Args:
            private: write the private half too; refused where there is none.
        """
        members: dict[str, object] = dict(self._material.public_members())
        if private:
            members |= self._private_members()
        members |= {"alg": self.alg, "use": "sig"}
        if self._kid is not None:
            members["kid"] = self._kid
        return members

    def to_pem(
        self,
        *,
        private: bool = False,
        password: str | bytes | None = None,
        unprotected: bool = False,
    ) -> str:
        """Return the key as PEM: SubjectPublicKeyInfo, or PKCS #8 for the private half.

        Args:
            private: write the private half.
            password: encrypts the private half.
            unprotected: write the private half in the clear, in the absence of a password.
        """
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        if not private:
            return pem.public_pem(self._material.public_handle)
        self._private_members()
        if not password and not unprotected:
            raise InvalidKey("a private key is written with a password=, or unprotected=True")
        return pem.private_pem(self._material.private_handle, password)

    def to_handle(self, *, private: bool = False) -> object:
        """Return the key object of cryptography.

        Args:
            private: return the private half; refused where there is none.
        """
        if not private:
            return self._material.public_handle
        self._private_members()
        return self._material.private_handle

    def thumbprint(self) -> str:
        """Return the RFC 7638 thumbprint, SHA-256, as base64url."""
        return thumbprint(self._material.public_members())

    def thumbprint_uri(self) -> str:
        """Return the RFC 9278 thumbprint URI."""
        return thumbprint_uri(self._material.public_members())

    def stamper(self, header_b64u: bytes) -> Stamp:
        """Return the function that signs payloads under one header.

        Raises:
            KeyMismatch: the key's `key_ops` does not allow signing.
            InvalidKey: no private half.
        """
        self._permit("sign")
        sign = self._material.signer(self._row)
        prefix = header_b64u + b"."

        def stamp(payload_b64u: bytes) -> bytes:
            return base64url.encode_bytes(sign(prefix + payload_b64u))

        return stamp

    def checker(self, header_b64u: bytes) -> Check:
        """Return the function that verifies payloads under one header.

        Raises:
            KeyMismatch: the key's `key_ops` does not allow verifying.
        """
        self._permit("verify")
        verify = self._material.verifier(self._row)
        prefix = header_b64u + b"."

        def check(payload_b64u: bytes, signature_b64u: bytes) -> None:
            try:
                signature = segment.decode(signature_b64u)
            except base64url.MalformedBase64url:
                raise MalformedToken("the signature is not canonical base64url") from None
            verify(prefix + payload_b64u, signature)

        return check

    def __repr__(self) -> str:
        half = "private" if self.is_private else "public"
        return f"Key(alg={self.alg!r}, kid={self._kid!r}, {half})"

    def __reduce__(self) -> Never:
        raise TypeError("a Key cannot be pickled or copied; write it with to_jwk or to_pem")

    def _permit(self, operation: Operation) -> None:
        if self._operations is not None and operation not in self._operations:
            raise KeyMismatch(f"the key's key_ops does not allow to {operation}", claim="key_ops")

    def _private_members(self) -> dict[str, str]:
        members = self._material.private_members()
        if not members:
            raise InvalidKey("this key has no private half")
        return members

    @classmethod
    def _made(cls, material: Material, row: Algorithm, kid: str | None) -> Self:
        named = thumbprint(material.public_members()) if kid == "auto" else kid
        return cls(material, Shared(row, jwk_members.checked_kid(named), None))


def _asymmetric(alg: str | Algorithm) -> Algorithm:
    row = algorithm(alg)
    if row.is_symmetric:
        raise KeyMismatch(f"{row.name} needs a shared secret: use Secret instead of Key")
    return row


def _material_type(row: Algorithm) -> type[Material]:
    """Import the family's file: cryptography is loaded for the first key that needs it.

    The row is asymmetric; the table's third and last key type is OKP.
    """
    match row.key_type:
        case "RSA":
            from watchword.jose.algorithms.rsa import RSAMaterial  # noqa: PLC0415 - import budget

            return RSAMaterial
        case "EC":
            from watchword.jose.algorithms.ecdsa import ECMaterial  # noqa: PLC0415 - import budget

            return ECMaterial
        case _:
            from watchword.jose.algorithms.eddsa import OKPMaterial  # noqa: PLC0415 - import budget

            return OKPMaterial
