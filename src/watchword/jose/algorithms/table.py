"""The algorithms that exist here, one row each.

What has no row cannot be named, signed with or verified. Unsecured tokens have no row, and there
is no way to add one at run time.

Source: RFC 7518 section 3.1; RFC 8037 section 3.1; RFC 8812 section 3.2; RFC 9864 section 2.2;
RFC 9964 section 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from watchword.jose.errors import PolicyRefused

__all__ = [
    "ALGORITHMS",
    "ECDSA",
    "EDDSA",
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "HMAC",
    "HS256",
    "HS384",
    "HS512",
    "ML_DSA",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
    "RSA",
    "RSA_PSS",
    "Algorithm",
    "Ed448",
    "Ed25519",
    "EdDSA",
    "Family",
    "algorithm",
]


class Family(Enum):
    """The kind of signature, which decides what a key for it looks like."""

    HMAC = "HMAC"
    RSA = "RSASSA-PKCS1-v1_5"
    RSA_PSS = "RSASSA-PSS"
    ECDSA = "ECDSA"
    EDDSA = "EdDSA"
    ML_DSA = "ML-DSA"


HMAC, RSA, RSA_PSS, ECDSA, EDDSA, ML_DSA = Family


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One row: a name and everything that it fixes."""

    name: str
    family: Family
    key_type: str  # the JWK's "kty"
    hash_name: str  # as hashlib writes it; empty where the scheme brings its own
    curves: tuple[str, ...]  # the JWK's "crv"; of AKP the parameter set; empty where there is none
    key_bytes_min: int  # of the secret, the modulus, the curve's coordinate, or the AKP public key
    signature_bytes: int  # 0: it depends on the key
    standard: str

    @property
    def key_types(self) -> tuple[str, ...]:
        """The one `kty` of its keys."""
        return (self.key_type,)

    @property
    def use(self) -> str:
        """The `use` of its keys."""
        return "sig"

    @property
    def public_operations(self) -> frozenset[str]:
        """The `key_ops` of a public half."""
        return frozenset({"verify"})

    @property
    def private_operations(self) -> frozenset[str]:
        """The `key_ops` that only a private half or a shared secret has."""
        return frozenset({"sign"})

    @property
    def is_symmetric(self) -> bool:
        """Whether signer and verifier hold the same secret."""
        return self.family is Family.HMAC


HS256 = Algorithm("HS256", HMAC, "oct", "sha256", (), 32, 32, "RFC 7518 3.2")
HS384 = Algorithm("HS384", HMAC, "oct", "sha384", (), 48, 48, "RFC 7518 3.2")
HS512 = Algorithm("HS512", HMAC, "oct", "sha512", (), 64, 64, "RFC 7518 3.2")
RS256 = Algorithm("RS256", RSA, "RSA", "sha256", (), 256, 0, "RFC 7518 3.3")
RS384 = Algorithm("RS384", RSA, "RSA", "sha384", (), 256, 0, "RFC 7518 3.3")
RS512 = Algorithm("RS512", RSA, "RSA", "sha512", (), 256, 0, "RFC 7518 3.3")
PS256 = Algorithm("PS256", RSA_PSS, "RSA", "sha256", (), 256, 0, "RFC 7518 3.5")
PS384 = Algorithm("PS384", RSA_PSS, "RSA", "sha384", (), 256, 0, "RFC 7518 3.5")
PS512 = Algorithm("PS512", RSA_PSS, "RSA", "sha512", (), 256, 0, "RFC 7518 3.5")
ES256 = Algorithm("ES256", ECDSA, "EC", "sha256", ("P-256",), 32, 64, "RFC 7518 3.4")
ES384 = Algorithm("ES384", ECDSA, "EC", "sha384", ("P-384",), 48, 96, "RFC 7518 3.4")
ES512 = Algorithm("ES512", ECDSA, "EC", "sha512", ("P-521",), 66, 132, "RFC 7518 3.4")
ES256K = Algorithm("ES256K", ECDSA, "EC", "sha256", ("secp256k1",), 32, 64, "RFC 8812 3.2")
Ed25519 = Algorithm("Ed25519", EDDSA, "OKP", "", ("Ed25519",), 32, 64, "RFC 9864 2.2")
Ed448 = Algorithm("Ed448", EDDSA, "OKP", "", ("Ed448",), 57, 114, "RFC 9864 2.2")
# The older name of both schemes, for keys that were made under it.
EdDSA = Algorithm("EdDSA", EDDSA, "OKP", "", ("Ed25519", "Ed448"), 32, 0, "RFC 8037 3.1")
ML_DSA_44 = Algorithm("ML-DSA-44", ML_DSA, "AKP", "", ("ML-DSA-44",), 1312, 2420, "RFC 9964 5")
ML_DSA_65 = Algorithm("ML-DSA-65", ML_DSA, "AKP", "", ("ML-DSA-65",), 1952, 3309, "RFC 9964 5")
ML_DSA_87 = Algorithm("ML-DSA-87", ML_DSA, "AKP", "", ("ML-DSA-87",), 2592, 4627, "RFC 9964 5")

ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        row.name: row
        for row in (
            *(HS256, HS384, HS512),
            *(RS256, RS384, RS512),
            *(PS256, PS384, PS512),
            *(ES256, ES384, ES512, ES256K),
            *(Ed25519, Ed448, EdDSA),
            *(ML_DSA_44, ML_DSA_65, ML_DSA_87),
        )
    }
)


def algorithm(name: "str | Algorithm") -> Algorithm:
    """Return the row of an algorithm's exact name.

    Raises:
        PolicyRefused: the table has no such row.
    """
    if isinstance(name, Algorithm):
        return name
    row = ALGORITHMS.get(name)
    if row is None:
        raise PolicyRefused(f"name one of these algorithms: {', '.join(ALGORITHMS)}", claim="alg")
    return row
