"""Signing and proving compact tokens for callers who name keys and algorithms at each call.

Source: RFC 7515 sections 5 and 7.1; RFC 7797 sections 3 and 6; tokens.md P-1 to P-4, J-15 to J-21.
"""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from watchword.base import base64url
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.base.records import dataclass
from watchword.jose import segment
from watchword.jose.errors import PolicyRefused
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import Header
from watchword.jose.jws.policy import prepare_check, refuse_algorithm
from watchword.jose.pyjwt.exceptions import AlgorithmAbsent, InvalidTokenError
from watchword.jose.pyjwt.keys import bound_key
from watchword.jose.pyjwt.reading import AnyKey

__all__ = [
    "UNSET",
    "HeaderForm",
    "Parts",
    "Unset",
    "algorithm_name",
    "dumps",
    "prove",
    "read_parts",
    "sign",
    "signature_of",
    "write_header",
]


class Unset(Enum):
    """An argument that is left out, where None means something."""

    UNSET = "unset"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Parts:
    """A token whose form is right; nothing else about it is known."""

    header: Header
    header_b64u: bytes
    payload_b64u: bytes
    signature_b64u: bytes


@dataclass(frozen=True, slots=True)
class HeaderForm:
    """How a header is written.

    Args:
        typ: the `typ` that `headers` may replace; empty for none.
        json_encoder: the caller's own encoder.
        is_sorted: whether members stand in alphabetical order.
        is_unencoded: whether the payload is signed as it is (RFC 7797).
    """

    typ: str
    json_encoder: type[json.JSONEncoder] | None
    is_sorted: bool
    is_unencoded: bool = False


def algorithm_name(
    key: object, algorithm: str | Unset | None, headers: Mapping[str, object] | None
) -> str:
    """Return the algorithm that a call of `encode` means.

    Raises:
        PolicyRefused: `headers` names another algorithm than the argument.
        AlgorithmAbsent: None is given, which asks for an unsecured token.
    """
    in_header = headers.get("alg") if headers else None
    asked = algorithm if isinstance(algorithm, str) else None
    if not isinstance(in_header, str | None) or (in_header and asked and in_header != asked):
        raise PolicyRefused('headers["alg"] and algorithm= differ; write algorithm= only')
    named = asked or in_header
    bound = bound_key(key)
    if named:
        return named
    if bound is not None:
        return bound.alg
    if algorithm is None:
        raise AlgorithmAbsent(
            'unsecured tokens do not exist here; name an algorithm, such as "HS256"', claim="alg"
        )
    return "HS256"


def write_header(alg: str, headers: Mapping[str, Any] | None, form: HeaderForm) -> bytes:
    """Write a header that a reader will accept, as base64url.

    Raises:
        InvalidTokenError: `crit` is no list.
        MalformedToken: a member of a wrong type, or too many or too large ones.
    """
    header: dict[str, Any] = {"typ": form.typ, "alg": alg} | dict(headers or {}) | {"alg": alg}
    if not header["typ"]:
        del header["typ"]
    if form.is_unencoded:
        critical = header.get("crit", [])
        if not isinstance(critical, list):
            raise InvalidTokenError("crit is a list", claim="crit")
        header["b64"] = False
        header["crit"] = critical if "b64" in critical else [*critical, "b64"]
    else:
        header.pop("b64", None)
    text = dumps(header, form.json_encoder, is_sorted=form.is_sorted)
    header_b64u = base64url.encode_bytes(text)
    jws_header.read(header_b64u)
    return header_b64u


def dumps(
    value: object, json_encoder: type[json.JSONEncoder] | None, *, is_sorted: bool = False
) -> bytes:
    """Write JSON as PyJWT does."""
    return json.dumps(value, separators=(",", ":"), cls=json_encoder, sort_keys=is_sorted).encode(
        "utf-8"
    )


def sign(header_b64u: bytes, payload: bytes, key: AnyKey, *, is_unencoded: bool = False) -> str:
    """Sign a payload; one that is signed as it is, is left out of the token.

    Raises:
        PolicyRefused: the token would be too long.
        KeyRefused: the key may not sign.
    """
    stamp = key.stamper(header_b64u)
    if is_unencoded:
        return (b"%b..%b" % (header_b64u, stamp(payload))).decode("ascii")
    payload_b64u = base64url.encode_bytes(payload)
    token = b"%b.%b.%b" % (header_b64u, payload_b64u, stamp(payload_b64u))
    if len(token) > TOKEN_BYTES_MAX:
        raise PolicyRefused(f"the token would be longer than {TOKEN_BYTES_MAX} characters")
    return token.decode("ascii")


def read_parts(token: str | bytes) -> Parts:
    """Split a token and read its header.

    Raises:
        MalformedToken: not three parts, or no proper header.
    """
    header_b64u, payload_b64u, signature_b64u = compact.split(token)
    return Parts(jws_header.read(header_b64u), header_b64u, payload_b64u, signature_b64u)


def signature_of(parts: Parts) -> bytes:
    """Return the signature's bytes.

    Raises:
        MalformedToken: not canonical base64url.
    """
    return segment.decode_signature(parts.signature_b64u)


def prove(parts: Parts, signed: bytes, key: AnyKey, accepted: tuple[str, ...]) -> None:
    """Check algorithm and signature.

    Args:
        parts: the token.
        signed: what the signature covers after the header.
        key: bound to one algorithm.
        accepted: the algorithms that the caller lists.

    Raises:
        AlgorithmRefused: the header names another algorithm.
        UnknownKey: the key is bound to another algorithm, or may not verify.
        SignatureInvalid: the key did not make this signature.
    """
    if parts.header.alg not in accepted:
        raise refuse_algorithm(parts.header.alg, frozenset(accepted))
    prepare_check(key, parts.header, parts.header_b64u)(signed, parts.signature_b64u)
