"""PyJWT beside the door: one call on both, and what may differ.

A difference is a row of the table in docs/how-to/from-pyjwt.md, by the words in its first column.
"""

import functools
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import jwt as peer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

import watchword.pyjwt as door

NOW = int(time.time())
SECRET = "a secret of more than thirty-two bytes"
CURVES = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
Call = Callable[[ModuleType], object]


@dataclass(frozen=True)
class Outcome:
    """What a call did: returned something, or raised."""

    value: object = None
    error: Exception | None = None

    def __str__(self) -> str:
        return repr(self.value if self.error is None else self.error)


def run(module: ModuleType, call: Call) -> Outcome:
    """Call one of the two, whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Outcome(call(module))
        except Exception as error:  # noqa: BLE001 - the class is what is compared
            return Outcome(error=error)


def same(theirs: Outcome, ours: Outcome) -> bool:
    """Return whether code written for PyJWT sees no difference."""
    if theirs.error is None or ours.error is None:
        return theirs.error is ours.error and theirs.value == ours.value
    return type(theirs.error).__name__ in {kind.__name__ for kind in type(ours.error).__mro__}


def both(call: Call) -> tuple[Outcome, Outcome]:
    return run(peer, call), run(door, call)


def token(claims: object, headers: dict[str, Any] | None = None) -> str:
    """Sign claims with PyJWT, whatever they are."""
    text = claims if isinstance(claims, bytes) else peer.PyJWT()._encode_payload(claims)
    return peer.PyJWS().encode(text, SECRET, "HS256", headers)


@functools.cache
def handle(kind: str) -> Any:
    """Return a private key object, made once."""
    match kind:
        case "RSA":
            return rsa.generate_private_key(65537, 2048)
        case "RSA-1024":
            return rsa.generate_private_key(65537, 1024)  # refused
        case "Ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "Ed448":
            return ed448.Ed448PrivateKey.generate()
        case _:
            return ec.generate_private_key(CURVES[kind])


def private_pem(kind: str) -> str:
    return (
        handle(kind)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def public_pem(kind: str) -> str:
    return (
        handle(kind)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def ssh_line(kind: str) -> str:
    return (
        handle(kind)
        .public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        .decode()
    )


KINDS = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "ES256K": "secp256k1",
    "EdDSA": "Ed25519",
}
