"""The compact serialization: split, verify, sign.

Source: RFC 7515 sections 5 and 7.1; RFC 7797 section 5.2; RFC 8725 sections 3.1 and 3.14;
tokens.md J-15 to J-20.
"""

import re
from collections.abc import Mapping

from watchword.base import base64url
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.base.records import dataclass
from watchword.jose.errors import MalformedToken, PolicyRefused, TokenTooLarge
from watchword.jose.jwk.keyset import VerificationKey
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.header import Header
from watchword.jose.jws.policy import Policy, check_signature, prepare_check
from watchword.jose.jws.signing import SigningKey, checked_payload, protect
from watchword.jose.segment import decode_signature

__all__ = ["Payload", "decode_payload", "sign", "split", "verify"]

# What may stand between two dots without encoding: printable ASCII but the dot (RFC 7797 5.2).
_PRINTABLE = re.compile(rb"[\x20-\x2d\x2f-\x7e]*")

_DOT = ord(".")


@dataclass(frozen=True, slots=True, repr=False)
class Payload:
    """A payload whose signature holds, and who signed it. What it means is not known here."""

    data: bytes
    header: Header
    key: VerificationKey

    def __repr__(self) -> str:
        return f"Payload(alg={self.header.alg!r}, {len(self.data)} bytes)"


def verify(token: str | bytes, policy: Policy) -> Payload:
    """Verify a compact JWS and return its payload.

    Raises:
        MalformedToken: not three canonical parts with a proper header.
        AlgorithmRefused: the header's algorithm is not accepted.
        CriticalHeader: an extension that is not understood.
        UnknownKey: not exactly one key fits.
        SignatureInvalid: the key did not make this signature.
        KeysUnavailable: the source has no keys to answer from.
    """
    header_b64u, part, signature_b64u = split(token)
    decode_signature(signature_b64u)  # before the algorithm: that of an SD-JWT may be another
    header = jws_header.read(header_b64u)
    encoded = policy.accept(header)
    data = decode_payload(part) if encoded else _printable(part)
    check_signature(header.alg, signature_b64u)
    key = policy.source.find(header.alg, header.kid)
    prepare_check(key, header, header_b64u)(part, signature_b64u)
    return Payload(data, header, key)


def sign(
    payload: bytes, key: SigningKey, header: Mapping[str, object] | None = None, *, b64: bool = True
) -> str:
    """Sign a payload and return the compact serialization.

    Args:
        payload: any bytes; with `b64=False` printable ASCII without a dot.
        key: a key pair or a secret; its `alg` and `kid` stand in the header.
        header: further protected members.
        b64: False leaves the payload as it is, between the dots (RFC 7797).

    Raises:
        PolicyRefused: what a verifier would refuse, or a text of more than 16 KiB.
        KeyMismatch: the key may not sign.
        InvalidKey: the key has no private half.
    """
    data = checked_payload(payload, TOKEN_BYTES_MAX)
    if not b64 and _PRINTABLE.fullmatch(data) is None:
        raise PolicyRefused("an unencoded payload is printable ASCII without a dot; or detach it")
    header_b64u = protect(key, header or {}, b64=b64)
    part = base64url.encode_bytes(data) if b64 else data
    text = b".".join((header_b64u, part, key.stamper(header_b64u)(part)))
    if len(text) > TOKEN_BYTES_MAX:
        raise PolicyRefused(f"the text would be longer than {TOKEN_BYTES_MAX} characters")
    return text.decode("ascii")


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
        data = token.encode() if token.isascii() else b""
    header_b64u, _, rest = data.partition(b".")
    payload_b64u, _, last = rest.partition(b".")
    # Written for speed: `split` takes twice as long, and so does looking for a byte string.
    if _DOT in last or not (header_b64u and last):
        raise _not_three_parts(data)
    return header_b64u, payload_b64u, last


def decode_payload(payload_b64u: bytes) -> bytes:
    """Return the payload's bytes."""
    try:
        return base64url.decode(payload_b64u)
    except base64url.MalformedBase64url:
        raise MalformedToken("the payload is not canonical base64url") from None


def _printable(part: bytes) -> bytes:
    if _PRINTABLE.fullmatch(part) is None:
        raise MalformedToken("an unencoded payload in the compact form is printable ASCII")
    return part


def _bounded(token: object, bytes_max: int) -> bytes:
    if not isinstance(token, bytes):
        raise MalformedToken("a token is text")
    if len(token) > bytes_max:
        raise _too_large(bytes_max)
    return token


def _too_large(bytes_max: int) -> TokenTooLarge:
    return TokenTooLarge(f"the token is longer than {bytes_max} characters")


def _not_three_parts(data: bytes) -> MalformedToken:
    if data.count(b".") == 2:  # a JWS may sign nothing; a JWT's payload is JSON
        return MalformedToken("the header or the signature is empty")
    from watchword.jose import other_form  # noqa: PLC0415 - import budget: refusals are rare

    return MalformedToken(other_form.hint(data, "a token is three parts of ASCII, joined by dots"))
