"""ECDH-ES: a secret that a fresh key of the sender and the recipient's key have in common.

Source: RFC 7518 section 4.6; RFC 8037 section 3.2; RFC 7748 section 6; tokens.md J-34.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec, x25519

from watchword.jose.errors import InvalidKey, KeyRefused, MalformedToken
from watchword.jose.jwe.wrapping import Members
from watchword.jose.jwk.material import Material

__all__ = ["receive", "send"]


def send(recipient: Material) -> tuple[bytes, Mapping[str, str]]:
    """Return a secret, and the public half (`epk`) by which the recipient finds it."""
    ephemeral = type(recipient).generate(recipient.crv)
    secret = _exchange(ephemeral.private_handle, recipient.public_handle)
    if secret is None:
        raise InvalidKey("no secret can be agreed on with this key")
    return secret, ephemeral.public_members()


def receive(recipient: Material, members: Members) -> bytes | None:
    """Return the secret that a header's `epk` leads to; None where everybody would know it.

    Raises:
        MalformedToken: the epk is absent, or no public key on the recipient's curve. It is found
            before anything is computed with it.
    """
    epk = members.get("epk")
    if not isinstance(epk, dict) or "d" in epk:
        raise MalformedToken("the header has no public key as epk", claim="epk")
    if (epk.get("kty"), epk.get("crv")) != (recipient.kty, recipient.crv):
        raise MalformedToken("the epk is not on the recipient's curve", claim="epk")
    with suppress(KeyRefused):
        sender = type(recipient).from_jwk(epk)
        return _exchange(recipient.private_handle, sender.public_handle)
    raise MalformedToken("the epk is no sound point of its curve", claim="epk")


def _exchange(private: object, public: object) -> bytes | None:
    """Return the shared secret; None where it is all zero (RFC 7748 section 6.1)."""
    try:
        if isinstance(private, ec.EllipticCurvePrivateKey):
            return private.exchange(ec.ECDH(), cast("ec.EllipticCurvePublicKey", public))
        # X448 has the same methods.
        return cast("x25519.X25519PrivateKey", private).exchange(
            cast("x25519.X25519PublicKey", public)
        )
    except ValueError:
        return None
