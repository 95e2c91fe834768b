"""Key pairs bound to one algorithm for life, whatever the algorithm is for.

`jwk.key.Key` signs and verifies on this base. It owns how keys come in, what is known about them,
and how they leave; it computes nothing with them.

Source: RFC 7517 section 4; RFC 8725 section 3.1; tokens.md J-1 to J-9.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Generic, Never, Self

from watchword.jose.errors import InvalidKey, KeyMismatch
from watchword.jose.jwk import binding
from watchword.jose.jwk.binding import Row, RowT, Shared
from watchword.jose.jwk.kinds import material_type
from watchword.jose.jwk.material import Material
from watchword.jose.jwk.thumbprint import thumbprint, thumbprint_uri

__all__ = ["AsymmetricKey"]


class AsymmetricKey(ABC, Generic[RowT]):
    """A public key, or a key pair, for one algorithm.

    Made by `generate` and the `from_*` class methods, which check it once and for all. Immutable,
    and shareable between threads. No repr, pickle or copy shows a private part.
    """

    __slots__ = ("_kid", "_material", "_operations", "_row")

    _USE: ClassVar[str]  # the `use` of the class's rows: sig or enc

    def __init__(self, material: Material, shared: Shared[RowT]) -> None:
        self._material = material
        self._row = shared.algorithm
        self._operations = shared.operations
        self._kid = shared.kid

    @classmethod
    @abstractmethod
    def _row_of(cls, alg: str | RowT) -> RowT:
        """Return the row of an algorithm of this class's kind.

        Raises:
            PolicyRefused: no algorithm of this use.
            KeyMismatch: one for shared secrets.
        """

    @classmethod
    def generate(
        cls,
        alg: str | RowT,
        *,
        kid: str | None = "auto",
        crv: str | None = None,
        bits: int | None = None,
    ) -> Self:
        """Make a key pair.

        Args:
            alg: the one algorithm that the key will ever do, such as "ES256".
            kid: the key's id; "auto" takes the RFC 7638 thumbprint, None gives it none.
            crv: the curve, where the algorithm leaves a choice.
            bits: the size of an RSA modulus; 2,048 unless told otherwise.
        """
        row = cls._row_of(alg)
        curve = next(iter(row.curves), "") if crv is None else crv
        if row.curves and curve not in row.curves:
            raise InvalidKey(f"{row.name} needs the curve {' or '.join(row.curves)}", claim="crv")
        return cls._made(material_type(_key_type(row, curve)).generate(curve, bits), row, kid)

    @classmethod
    def from_pem(
        cls,
        data: str | bytes,
        *,
        alg: str | RowT,
        kid: str | None = None,
        password: str | bytes | None = None,
    ) -> Self:
        """Read a PEM file: a public key, or a private key with its password if encrypted.

        Args:
            data: SubjectPublicKeyInfo, PKCS #8, or the older PKCS #1 and SEC 1.
            alg: the one algorithm that the key will ever do.
            kid: the key's id; "auto" takes the RFC 7638 thumbprint.
            password: of an encrypted private key.

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
        alg: str | RowT,
        kid: str | None = None,
        password: str | bytes | None = None,
    ) -> Self:
        """Read a DER file: as `from_pem`."""
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        return cls.from_handle(pem.from_der(data, password), alg=alg, kid=kid)

    @classmethod
    def from_ssh(
        cls,
        data: str | bytes,
        *,
        alg: str | RowT,
        kid: str | None = None,
        password: str | bytes | None = None,
    ) -> Self:
        """Read an OpenSSH public key line, or an OpenSSH private key file: as `from_pem`."""
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        return cls.from_handle(pem.from_ssh(data, password), alg=alg, kid=kid)

    @classmethod
    def from_cert(cls, data: str | bytes, *, alg: str | RowT, kid: str | None = None) -> Self:
        """Take the public key of an X.509 certificate, PEM or DER.

        Neither its dates nor its chain are judged: who gives the certificate vouches for it.
        """
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        return cls.from_handle(pem.from_certificate(data), alg=alg, kid=kid)

    @classmethod
    def from_handle(cls, handle: object, *, alg: str | RowT, kid: str | None = None) -> Self:
        """Take a key object of cryptography, public or private."""
        row = cls._row_of(alg)
        for kty in row.key_types:
            material = material_type(kty).from_handle(handle)
            if material is not None and material.crv in (row.curves or ("",)):
                return cls._made(material, row, kid)
        needed = " or ".join(row.curves or row.key_types)
        raise InvalidKey(f"{row.name} needs a key of type {needed}", got=type(handle).__name__)

    @classmethod
    def from_jwk(
        cls, jwk: Mapping[str, object] | str | bytes, *, alg: str | RowT | None = None
    ) -> Self:
        """Read a JWK, public or private.

        Args:
            jwk: its members, or its JSON.
            alg: needed where the JWK has no `alg`; refused where it names another.
        """
        members = binding.read_key(jwk)
        if members.get("kty") == "oct":
            raise KeyMismatch("this JWK is a shared secret; read it with Secret.from_jwk")
        shared = binding.shared(members, binding.row_for(members, alg, cls._row_of, cls._USE))
        return cls(material_type(str(members["kty"])).from_jwk(members), shared)

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

    @property
    def is_private(self) -> bool:
        """Whether the private half is held."""
        return self._material.private_handle is not None

    def public(self) -> Self:
        """Return the public half alone: what others may have."""
        shared = Shared(self._row, self._kid, self._public_operations())
        return type(self)(self._material.public(), shared)

    def to_jwk(self, *, private: bool = False) -> dict[str, object]:
        """Return the key as the members of a JWK.

        Args:
            private: write the private half too; refused where there is none.
        """
        members: dict[str, object] = dict(self._material.public_members())
        if private:
            self._private_handle()
            members |= self._material.private_members()
        operations = self._operations if private else self._public_operations()
        members |= {"alg": self.alg} | binding.purpose(operations, self._row)
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
        handle = self._released(password=password, unprotected=unprotected)
        return pem.private_pem(handle, password)

    def to_der(
        self,
        *,
        private: bool = False,
        password: str | bytes | None = None,
        unprotected: bool = False,
    ) -> bytes:
        """Return the key as DER: as `to_pem`."""
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        if not private:
            return pem.public_der(self._material.public_handle)
        handle = self._released(password=password, unprotected=unprotected)
        return pem.private_der(handle, password)

    def to_ssh(
        self,
        *,
        private: bool = False,
        password: str | bytes | None = None,
        unprotected: bool = False,
    ) -> str:
        """Return the public half as the one line that OpenSSH writes, or its private file.

        Args:
            private: write the private half.
            password: encrypts the private half; needs bcrypt.
            unprotected: write the private half in the clear, in the absence of a password.

        Raises:
            InvalidKey: OpenSSH has no form for keys of this type.
        """
        from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

        if not private:
            return pem.public_ssh(self._material.public_handle)
        handle = self._released(password=password, unprotected=unprotected)
        return pem.private_ssh(handle, password)

    def to_handle(self, *, private: bool = False) -> object:
        """Return the key object of cryptography.

        Args:
            private: return the private half; refused where there is none.
        """
        return self._private_handle() if private else self._material.public_handle

    def thumbprint(self) -> str:
        """Return the RFC 7638 thumbprint, SHA-256, as base64url."""
        return thumbprint(self._material.public_members())

    def thumbprint_uri(self) -> str:
        """Return the RFC 9278 thumbprint URI."""
        return thumbprint_uri(self._material.public_members())

    def __repr__(self) -> str:
        half = "private" if self.is_private else "public"
        return f"{type(self).__name__}(alg={self.alg!r}, kid={self._kid!r}, {half})"

    def __reduce__(self) -> Never:
        name = type(self).__name__
        raise TypeError(f"a {name} cannot be pickled or copied; write it with to_jwk or to_pem")

    def _public_operations(self) -> frozenset[str] | None:
        return None if self._operations is None else self._row.public_operations

    def _permit(self, operation: str) -> None:
        binding.permit(self._operations, operation)

    def _released(self, *, password: str | bytes | None, unprotected: bool) -> object:
        """Return the private half, for a file that is encrypted or openly is not."""
        handle = self._private_handle()
        if not password and not unprotected:
            raise InvalidKey("a private key is written with a password=, or unprotected=True")
        return handle

    def _private_handle(self) -> object:
        handle = self._material.private_handle
        if handle is None:
            raise InvalidKey("this key has no private half")
        return handle

    @classmethod
    def _made(cls, material: Material, row: RowT, kid: str | None) -> Self:
        named = thumbprint(material.public_members()) if kid == "auto" else kid
        return cls(material, Shared(row, binding.checked_kid(named), None))


def _key_type(row: Row, crv: str) -> str:
    """Return the one type that keys on a curve have; an algorithm may take two (RFC 8037)."""
    if len(row.key_types) == 1:
        return row.key_types[0]
    return "EC" if crv.startswith("P-") else "OKP"
