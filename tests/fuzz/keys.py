"""Fuzz targets of everything that reads a key."""

from tests.fuzz.target import Target
from tests.jose.forge import dump
from tests.jose.keys import key

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwk.disguise import disguise
from watchword.keys.foreign import read_key_set

__all__ = ["TARGETS"]


def jwk(data: bytes) -> None:
    """What is accepted writes the same key back."""
    read = jwt.Key.from_jwk(data)
    again = jwt.Key.from_jwk(read.to_jwk(private=read.is_private))
    assert again.thumbprint() == read.thumbprint()


def oct_jwk(data: bytes) -> None:
    """A shared secret as a JWK."""
    read = jwt.Secret.from_jwk(data)
    assert jwt.Secret.from_jwk(read.to_jwk(private=True)).alg == read.alg


def secret(data: bytes) -> None:
    """Whatever becomes a secret has the form of no key file."""
    jwt.Secret(data, alg="HS256")
    assert disguise(data) is None


def pem(data: bytes) -> None:
    """A PEM file: what is accepted is written back."""
    assert jwt.Key.from_pem(data, alg="ES256").to_pem()


def der(data: bytes) -> None:
    """A DER file."""
    assert jwt.Key.from_der(data, alg="ES256").to_pem()


def certificate(data: bytes) -> None:
    """A certificate."""
    assert jwt.Key.from_cert(data, alg="ES256").to_pem()


def ssh(data: bytes) -> None:
    """An OpenSSH line or file."""
    assert jwt.Key.from_ssh(data, alg="ES256").to_pem()


def local_jwks(data: bytes) -> None:
    """A key set of one's own."""
    assert jwt.KeySet.from_jwks(data, algorithms=["ES256"]).algorithms


def foreign_jwks(data: bytes) -> None:
    """A key set of somebody else: nothing private stays, nothing symmetric enters."""
    found = read_key_set(data, ("RS256", "ES256", "Ed25519"))
    assert not any(held.is_private for held in found.keys)


PAIRS = tuple(key(alg) for alg in ("ES256", "RS256", "Ed25519"))
JWKS = tuple(dump(pair.to_jwk(private=True)).encode() for pair in PAIRS)
SETS = tuple(dump({"keys": [pair.to_jwk() for pair in PAIRS[:count]]}).encode() for count in (1, 3))
PEMS = tuple(pair.to_pem().encode() for pair in PAIRS)
DERS = tuple(
    base64url.decode(
        "".join(b.decode().splitlines()[1:-1]).replace("+", "-").replace("/", "_").rstrip("=")
    )
    for b in PEMS
)
REFUSALS = (jwt.KeyRefused,)

TARGETS = {
    "jwk": Target(jwk, REFUSALS, JWKS),
    "oct_jwk": Target(oct_jwk, REFUSALS, (dump(key("HS256").to_jwk(private=True)).encode(),)),
    "secret": Target(secret, REFUSALS, (*PEMS, b"x" * 32, *DERS)),
    "pem": Target(pem, REFUSALS, PEMS),
    "der": Target(der, REFUSALS, DERS),
    "ssh": Target(ssh, REFUSALS, tuple(pair.to_ssh().encode() for pair in PAIRS)),
    "certificate": Target(certificate, REFUSALS, PEMS),
    "local_jwks": Target(local_jwks, REFUSALS, SETS),
    "foreign_jwks": Target(foreign_jwks, REFUSALS, SETS),
}
