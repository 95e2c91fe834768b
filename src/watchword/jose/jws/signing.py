"""What every form of signing needs: a key that signs, and a protected header to sign under.

Source: RFC 7515 sections 4.1 and 5.1; RFC 7797 sections 3 and 6; tokens.md J-28.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from watchword.base import base64url
from watchword.jose.algorithms.hmac import Stamp
from watchword.jose.errors import PolicyRefused, TokenError
from watchword.jose.header_members import understood
from watchword.jose.jws import header as jws_header
from watchword.jose.writable import check_members

__all__ = ["SigningKey", "checked_payload", "encode_header", "no_key", "protect"]

_encode = msgspec.json.Encoder().encode


class SigningKey(Protocol):
    """What signing asks of a key. `Key` and `HmacKey` are such."""

    @property
    def alg(self) -> str:
        """The key's one algorithm."""
        ...

    @property
    def kid(self) -> str | None:
        """The key's id."""
        ...

    def stamper(self, header_b64u: bytes) -> Stamp:
        """Return the function that signs payloads under one header."""
        ...


def encode_header(key: SigningKey, members: Mapping[str, object]) -> bytes:
    """Write the protected header of one key: alg, kid, then `members`."""
    header: dict[str, object] = {"alg": key.alg}
    if key.kid is not None:
        header["kid"] = key.kid
    return base64url.encode_bytes(_encode(header | dict(members)))


def protect(key: SigningKey, members: Mapping[str, object], *, b64: bool) -> bytes:
    """Write the protected header of a JWS and read it back as a verifier will.

    Args:
        key: gives `alg` and, where it has one, `kid`.
        members: what the header says besides.
        b64: False adds the mark of a payload that is not encoded, and makes it critical.

    Raises:
        PolicyRefused: text as a key, a member that is the key's or this function's, or a header
            that a verifier would refuse.
    """
    if isinstance(key, str | bytes) or not hasattr(key, "stamper"):
        raise no_key(key, "jwt.Secret(...) or jwt.Key.from_*(...)")
    check_members(members)
    for name in ("alg", "b64") if key.kid is None else ("alg", "kid", "b64"):
        if name in members:
            raise PolicyRefused("the key gives alg and kid, the argument b64=", claim=name)
    written = dict(members) if b64 else _unencoded(members)
    try:
        header_b64u = encode_header(key, written)
        jws_header.is_encoded(jws_header.read(header_b64u), understood(written))
    except (TypeError, ValueError, TokenError) as error:
        fault = str(error) if isinstance(error, TokenError) else "a value that JSON cannot carry"
    else:
        return header_b64u
    raise PolicyRefused(f"a verifier would refuse this header: {fault}")


def no_key(given: object, written: str) -> PolicyRefused:
    """Return the refusal of what was given in place of a key for signatures.

    Args:
        given: text, a key for encryption, or anything else.
        written: how such a key is written instead.
    """
    if hasattr(given, "alg"):
        return PolicyRefused(f"this key is for encryption, and signatures need another: {written}")
    return PolicyRefused(f"text is never a key: write {written}")


def checked_payload(payload: bytes, bytes_max: int) -> bytes:
    """Return a payload that may be signed.

    Raises:
        PolicyRefused: not bytes, or longer than `bytes_max`.
    """
    if not isinstance(payload, bytes):
        raise PolicyRefused("a payload is bytes; write text.encode()")
    if len(payload) > bytes_max:
        raise PolicyRefused(f"the payload is longer than {bytes_max} bytes")
    return payload


def _unencoded(members: Mapping[str, object]) -> dict[str, object]:
    critical = members.get("crit", [])
    if not isinstance(critical, list):
        raise PolicyRefused("crit is a list", claim="crit")
    return dict(members) | {"b64": False, "crit": [*critical, "b64"]}
