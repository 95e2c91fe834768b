"""Algorithm key pairs: ML-DSA-44, ML-DSA-65 and ML-DSA-87.

The type's keys are bound to an algorithm by their own form: `alg` is a member of the key, and of
its thumbprint.

Source: RFC 9964 sections 3, 4, 5 and 7.4; FIPS 204.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mldsa

from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.jose.errors import InvalidKey
from watchword.jose.jwk.material import member_of, not_offered, refuse_bits

__all__ = ["AKPMaterial"]

SEED_BYTES = 32  # RFC 9964 section 4: the one form of a private key

PublicHandle = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
PrivateHandle = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey


@dataclass(frozen=True, slots=True)
class _Set:
    """One parameter set of FIPS 204."""

    public_type: type[PublicHandle]
    private_type: type[PrivateHandle]
    public_bytes: int


_SETS: Mapping[str, _Set] = {
    "ML-DSA-44": _Set(mldsa.MLDSA44PublicKey, mldsa.MLDSA44PrivateKey, 1312),
    "ML-DSA-65": _Set(mldsa.MLDSA65PublicKey, mldsa.MLDSA65PrivateKey, 1952),
    "ML-DSA-87": _Set(mldsa.MLDSA87PublicKey, mldsa.MLDSA87PrivateKey, 2592),
}


@dataclass(frozen=True, slots=True)
class AKPMaterial:
    """A key of one parameter set."""

    public_handle: PublicHandle
    private_handle: PrivateHandle | None

    kty: ClassVar[str] = "AKP"

    @classmethod
    def generate(cls, crv: str, bits: int | None = None) -> Self:
        """Make a key of a parameter set."""
        refuse_bits(bits)
        parameters = _parameters(crv)
        try:
            handle = parameters.private_type.generate()
        except UnsupportedAlgorithm:
            raise not_offered(crv, "alg") from None
        return cls(handle.public_key(), handle)

    @classmethod
    def from_handle(cls, handle: object) -> Self | None:
        """Take a key object of cryptography."""
        private = handle if isinstance(handle, PrivateHandle) else None
        public = handle.public_key() if isinstance(handle, PrivateHandle) else handle
        return cls(public, private) if isinstance(public, PublicHandle) else None

    @classmethod
    def from_jwk(cls, members: Mapping[str, object]) -> Self:
        """Read a JWK's members."""
        alg = members.get("alg")
        parameters = _parameters(alg)
        data = member_of(members, "pub", parameters.public_bytes)
        seed = member_of(members, "priv", SEED_BYTES) if "priv" in members else None
        try:
            public = parameters.public_type.from_public_bytes(data)
            private = None if seed is None else parameters.private_type.from_seed_bytes(seed)
        except UnsupportedAlgorithm:
            raise not_offered(alg, "alg") from None
        if private is not None and private.public_key().public_bytes_raw() != data:
            raise InvalidKey("the private and public halves of the AKP key do not agree")
        return cls(public, private)

    @property
    def crv(self) -> str:
        """The parameter set, which the JWK calls `alg`."""
        return next(
            name
            for name, parameters in _SETS.items()
            if isinstance(self.public_handle, parameters.public_type)
        )

    def public(self) -> Self:
        """Return the public half alone."""
        return type(self)(self.public_handle, None)

    def public_members(self) -> dict[str, str]:
        """Return the JWK members of the public half."""
        public = base64url.encode(self.public_handle.public_bytes_raw())
        return {"kty": "AKP", "alg": self.crv, "pub": public}

    def private_members(self) -> dict[str, str]:
        """Return the JWK members of the private half."""
        if self.private_handle is None:
            return {}
        return {"priv": base64url.encode(self.private_handle.private_bytes_raw())}


def _parameters(alg: object) -> _Set:
    parameters = _SETS.get(alg) if isinstance(alg, str) else None
    if parameters is None:
        raise InvalidKey(f"the alg of an AKP key is one of {', '.join(_SETS)}", claim="alg")
    return parameters
