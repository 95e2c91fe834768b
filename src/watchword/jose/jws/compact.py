"""The compact serialization: split, verify, sign.

Source: RFC 7515 sections 5 and 7.1; RFC 8725 sections 3.1 and 3.14; tokens.md J-15 to J-20.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from msgspec import json

from watchword.base import base64url
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.algorithms.hmac import Check, Stamp
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import (
    AlgorithmRefused,
    KeyMismatch,
    MalformedToken,
    TokenTooLarge,
    UnknownKey,
)
from watchword.jose.jwk.keyset import KeySource, VerificationKey
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import CritHandlers, Header

__all__ = [
    "Payload",
    "SigningKey",
    "decode_payload",
    "encode_header",
    "prepare_check",
    "refuse_algorithm",
    "sign",
    "split",
    "verify",
]


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


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload whose signature holds, and who signed it."""

    data: bytes
    header: Header
    key: VerificationKey


def verify(
    token: str | bytes,
    keys: KeySource,
    *,
    algorithms: frozenset[str],
    crit: CritHandlers,
) -> Payload:
    """Verify a compact JWS and return its payload.

    Raises:
        MalformedToken: not three canonical parts with a proper header.
        AlgorithmRefused: the header's algorithm is not among `algorithms`.
        CriticalHeader: an extension that is not understood.
        UnknownKey: not exactly one key fits.
        SignatureInvalid: the key did not make this signature.
        KeysUnavailable: `keys` has none to answer from.
    """
    header_b64u, payload_b64u, signature_b64u = split(token)
    header = jws_header.read(header_b64u)
    if header.alg not in algorithms:
        raise refuse_algorithm(header.alg, algorithms)
    jws_header.check_critical(header, crit)
    key = keys.find(header.alg, header.kid)
    prepare_check(key, header, header_b64u)(payload_b64u, signature_b64u)
    return Payload(decode_payload(payload_b64u), header, key)


def sign(payload: bytes, key: SigningKey, members: Mapping[str, object]) -> str:
    """Sign a payload under a header of `members`, to which `alg` and `kid` are added."""
    header_b64u = encode_header(key, members)
    payload_b64u = base64url.encode_bytes(payload)
    signature_b64u = key.stamper(header_b64u)(payload_b64u)
    return b".".join((header_b64u, payload_b64u, signature_b64u)).decode("ascii")


def split(token: str | bytes, bytes_max: int = TOKEN_BYTES_MAX) -> tuple[bytes, bytes, bytes]:
    """Split a token into its encoded header, payload and signature.

    Args:
        token: compact serialization.
        bytes_max: the longest accepted text; more than the default for what no header carries.

    Raises:
        MalformedToken: not text, not ASCII, not three parts.
        TokenTooLarge: longer than a token may be; found before anything is looked at.
    """
    if not isinstance(token, str):
        data = _bounded(token, bytes_max)
    elif len(token) > bytes_max:
        raise _too_large(bytes_max)
    else:
        try:
            data = token.encode("ascii")
        except UnicodeEncodeError:
            data = b""
    try:
        header_b64u, payload_b64u, signature_b64u = data.split(b".", 5)
    except ValueError:
        raise _not_three_parts(data.count(b".") + 1) from None
    if not (header_b64u and signature_b64u):  # a JWS may sign nothing; a JWT's payload is JSON
        raise MalformedToken("the header or the signature is empty")
    return header_b64u, payload_b64u, signature_b64u


def prepare_check(key: VerificationKey, header: Header, header_b64u: bytes) -> Check:
    """Return the signature check of one key under one header.

    The key's algorithm is compared again here, at the operation, whatever chose the key.
    """
    if key.alg != header.alg:
        raise UnknownKey("the key is bound to another algorithm than the token's", claim="kid")
    try:
        return key.checker(header_b64u)
    except KeyMismatch:
        raise UnknownKey("the key may not be used to verify", claim="kid") from None


def decode_payload(payload_b64u: bytes) -> bytes:
    """Return the payload's bytes."""
    try:
        return base64url.decode(payload_b64u)
    except base64url.MalformedBase64url:
        raise MalformedToken("the payload is not canonical base64url") from None


def encode_header(key: SigningKey, members: Mapping[str, object]) -> bytes:
    """Write the protected header of one key: alg, kid, then `members`."""
    header: dict[str, object] = {"alg": key.alg}
    if key.kid is not None:
        header["kid"] = key.kid
    return base64url.encode_bytes(json.encode(header | dict(members)))


def refuse_algorithm(alg: str, accepted: frozenset[str]) -> AlgorithmRefused:
    """Return the refusal, which names the token's algorithm only where it is a registered one."""
    named = alg if alg in ALGORITHMS else "an algorithm that does not exist here"
    return AlgorithmRefused(
        f"the token says {named}; accepted is {', '.join(sorted(accepted))}",
        claim="alg",
        expected=accepted,
        got=alg,
    )


def _bounded(token: object, bytes_max: int) -> bytes:
    if not isinstance(token, bytes):
        raise MalformedToken("a token is text")
    if len(token) > bytes_max:
        raise _too_large(bytes_max)
    return token


def _too_large(bytes_max: int) -> TokenTooLarge:
    return TokenTooLarge(f"the token is longer than {bytes_max} characters")


def _not_three_parts(count: int) -> MalformedToken:
    if count == 5:
        return MalformedToken("this has the five parts of an encrypted token (JWE)")
    return MalformedToken("a token is three parts of ASCII, joined by dots")
