"""The algorithms that exist here, one row each: of signatures, and below them of encryption.

What has no row cannot be named, signed with or verified. Unsecured tokens have no row, and there
is no way to add one at run time.

Source: RFC 7518 section 3.1; RFC 8037 section 3.1; RFC 8812 section 3.2; RFC 9864 section 2.2;
RFC 9964 section 5.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from watchword.base.records import dataclass
from watchword.jose.errors import PolicyRefused

__all__ = [
    "ALGORITHMS",
    "CONTENT_ENCRYPTION",
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
    "KEY_MANAGEMENT",
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
    "ContentEncryption",
    "Ed448",
    "Ed25519",
    "EdDSA",
    "Family",
    "KeyManagement",
    "Mode",
    "algorithm",
    "content_encryption",
    "key_management",
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


class Mode(Enum):
    """How the content encryption key (CEK) of a JWE comes about; RFC 7516 section 2."""

    ENCRYPTION = "the CEK is encrypted to an RSA key"
    WRAPPING = "the CEK is wrapped by a shared AES key"
    GCM_WRAPPING = "the CEK is encrypted by a shared AES key"
    PASSWORD = "the CEK is wrapped by a key derived from a password"  # noqa: S105 - a description
    AGREEMENT = "an agreed key wraps the CEK, or is it"
    DIRECT = "the CEK is shared beforehand"


_WRAP, _DERIVE = frozenset({"wrapKey"}), frozenset({"deriveKey", "deriveBits"})
_UNWRAP = frozenset({"unwrapKey"})
# By mode, the "key_ops" of which a key needs one to encrypt, and to decrypt. Browsers give RSA keys
# either name (Web Cryptography API, RSA-OAEP).
_OPERATIONS: Mapping[Mode, tuple[frozenset[str], frozenset[str]]] = {
    Mode.ENCRYPTION: (_WRAP | {"encrypt"}, _UNWRAP | {"decrypt"}),
    Mode.WRAPPING: (_WRAP, _UNWRAP),
    Mode.GCM_WRAPPING: (_WRAP, _UNWRAP),
    Mode.PASSWORD: (_DERIVE, _DERIVE),
    Mode.AGREEMENT: (_DERIVE, _DERIVE),
    Mode.DIRECT: (frozenset({"encrypt"}), frozenset({"decrypt"})),
}


@dataclass(frozen=True, slots=True)
class KeyManagement:
    """One way to convey a content encryption key: a JWE's "alg"."""

    name: str
    mode: Mode
    key_types: tuple[str, ...]  # the JWK's "kty"
    curves: tuple[str, ...]  # the JWK's "crv", of which each key has one
    hash_name: str  # as hashlib writes it; empty where there is none to choose
    wrap_bytes: int  # of the AES key that wraps; 0 where none does
    standard: str

    @property
    def use(self) -> str:
        """The JWK's "use"."""
        return "enc"

    @property
    def is_symmetric(self) -> bool:
        """Whether sender and recipient hold the same secret."""
        return self.key_types == ("oct",)

    @property
    def is_alone(self) -> bool:
        """Whether it fixes the CEK, so that there is no encrypted key and no second recipient."""
        return not self.wrap_bytes and self.mode is not Mode.ENCRYPTION

    @property
    def public_operations(self) -> frozenset[str]:
        """The "key_ops" of which a key needs one to encrypt."""
        return _OPERATIONS[self.mode][0]

    @property
    def private_operations(self) -> frozenset[str]:
        """The "key_ops" of which a key needs one to decrypt."""
        return _OPERATIONS[self.mode][1]


@dataclass(frozen=True, slots=True)
class ContentEncryption:
    """One way to encrypt a content: a JWE's "enc"."""

    name: str
    hash_name: str  # of the HMAC beside AES-CBC; empty: AES-GCM
    cek_bytes: int
    iv_bytes: int
    tag_bytes: int
    standard: str


def _agreement(name: str, wrap_bytes: int) -> KeyManagement:
    curves = ("P-256", "P-384", "P-521", "X25519", "X448")
    return KeyManagement(
        name, Mode.AGREEMENT, ("EC", "OKP"), curves, "", wrap_bytes, "RFC 7518 4.6, RFC 8037 3.2"
    )


def _password(name: str, hash_name: str, wrap_bytes: int) -> KeyManagement:
    return KeyManagement(name, Mode.PASSWORD, ("oct",), (), hash_name, wrap_bytes, "RFC 7518 4.8")


# The older scheme for RSA, with the padding of PKCS #1 v1.5, has no row: tokens.md J-10.
KEY_MANAGEMENT: Mapping[str, KeyManagement] = MappingProxyType(
    {
        row.name: row
        for row in (
            KeyManagement("RSA-OAEP", Mode.ENCRYPTION, ("RSA",), (), "sha1", 0, "RFC 7518 4.3"),
            KeyManagement(
                "RSA-OAEP-256", Mode.ENCRYPTION, ("RSA",), (), "sha256", 0, "RFC 7518 4.3"
            ),
            KeyManagement("RSA-OAEP-384", Mode.ENCRYPTION, ("RSA",), (), "sha384", 0, "WebCrypto"),
            KeyManagement("RSA-OAEP-512", Mode.ENCRYPTION, ("RSA",), (), "sha512", 0, "WebCrypto"),
            KeyManagement("A128KW", Mode.WRAPPING, ("oct",), (), "", 16, "RFC 7518 4.4"),
            KeyManagement("A192KW", Mode.WRAPPING, ("oct",), (), "", 24, "RFC 7518 4.4"),
            KeyManagement("A256KW", Mode.WRAPPING, ("oct",), (), "", 32, "RFC 7518 4.4"),
            KeyManagement("A128GCMKW", Mode.GCM_WRAPPING, ("oct",), (), "", 16, "RFC 7518 4.7"),
            KeyManagement("A192GCMKW", Mode.GCM_WRAPPING, ("oct",), (), "", 24, "RFC 7518 4.7"),
            KeyManagement("A256GCMKW", Mode.GCM_WRAPPING, ("oct",), (), "", 32, "RFC 7518 4.7"),
            KeyManagement("dir", Mode.DIRECT, ("oct",), (), "", 0, "RFC 7518 4.5"),
            _agreement("ECDH-ES", 0),
            _agreement("ECDH-ES+A128KW", 16),
            _agreement("ECDH-ES+A192KW", 24),
            _agreement("ECDH-ES+A256KW", 32),
            _password("PBES2-HS256+A128KW", "sha256", 16),
            _password("PBES2-HS384+A192KW", "sha384", 24),
            _password("PBES2-HS512+A256KW", "sha512", 32),
        )
    }
)

CONTENT_ENCRYPTION: Mapping[str, ContentEncryption] = MappingProxyType(
    {
        row.name: row
        for row in (
            ContentEncryption("A128GCM", "", 16, 12, 16, "RFC 7518 5.3"),
            ContentEncryption("A192GCM", "", 24, 12, 16, "RFC 7518 5.3"),
            ContentEncryption("A256GCM", "", 32, 12, 16, "RFC 7518 5.3"),
            ContentEncryption("A128CBC-HS256", "sha256", 32, 16, 16, "RFC 7518 5.2.3"),
            ContentEncryption("A192CBC-HS384", "sha384", 48, 16, 24, "RFC 7518 5.2.4"),
            ContentEncryption("A256CBC-HS512", "sha512", 64, 16, 32, "RFC 7518 5.2.5"),
        )
    }
)


def key_management(name: "str | KeyManagement") -> KeyManagement:
    """Return the row of a key management algorithm's exact name.

    Raises:
        PolicyRefused: the table has no such row.
    """
    if isinstance(name, KeyManagement):
        return name
    row = KEY_MANAGEMENT.get(name)
    if row is None:
        raise PolicyRefused(f"name one of these: {', '.join(KEY_MANAGEMENT)}", claim="alg")
    return row


def content_encryption(name: str) -> ContentEncryption:
    """Return the row of a content encryption algorithm's exact name.

    Raises:
        PolicyRefused: the table has no such row.
    """
    row = CONTENT_ENCRYPTION.get(name)
    if row is None:
        raise PolicyRefused(f"name one of these: {', '.join(CONTENT_ENCRYPTION)}", claim="enc")
    return row
