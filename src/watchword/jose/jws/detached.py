"""The compact serialization without its payload, which travels beside it.

Source: RFC 7515 appendix F; RFC 7797 sections 3 to 5.
"""

from collections.abc import Mapping

from watchword.base import base64url
from watchword.base.limits import JWS_DETACHED_BYTES_MAX
from watchword.jose.errors import MalformedToken, TokenTooLarge
from watchword.jose.jws import compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.compact import Payload
from watchword.jose.jws.policy import Policy, check_signature, prepare_check
from watchword.jose.jws.signing import SigningKey, checked_payload, protect

__all__ = ["checked_content", "sign", "verify"]


def sign(
    payload: bytes, key: SigningKey, header: Mapping[str, object] | None = None, *, b64: bool = True
) -> str:
    """Sign a payload and return the compact serialization with nothing between the dots.

    Args:
        payload: any bytes, at most 16 MiB.
        key: a key pair or a secret; its `alg` and `kid` stand in the header.
        header: further protected members.
        b64: False signs the bytes as they are, which saves encoding them (RFC 7797).

    Raises:
        PolicyRefused: what a verifier would refuse.
        KeyMismatch: the key may not sign.
        InvalidKey: the key has no private half.
    """
    data = checked_payload(payload, JWS_DETACHED_BYTES_MAX)
    header_b64u = protect(key, header or {}, b64=b64)
    part = base64url.encode_bytes(data) if b64 else data
    return f"{header_b64u.decode()}..{key.stamper(header_b64u)(part).decode()}"


def verify(text: str | bytes, payload: bytes, policy: Policy) -> Payload:
    """Verify a payload by the signature that came beside it.

    Raises:
        TokenError: as `compact.verify`; also where the text has a payload of its own.
        KeysUnavailable: the source has no keys to answer from.
    """
    header_b64u, within, signature_b64u = compact.split(text)
    if within:
        raise MalformedToken("the text has a payload of its own; use verify")
    data = checked_content(payload)
    header = jws_header.read(header_b64u)
    encoded = policy.accept(header)
    check_signature(header.alg, signature_b64u)
    key = policy.source.find(header.alg, header.kid)
    part = base64url.encode_bytes(data) if encoded else data
    prepare_check(key, header, header_b64u)(part, signature_b64u)
    return Payload(data, header, key)


def checked_content(payload: bytes) -> bytes:
    """Return a payload that came beside its signature.

    Raises:
        MalformedToken: not bytes.
        TokenTooLarge: more than 16 MiB.
    """
    if not isinstance(payload, bytes):
        raise MalformedToken("a detached payload is bytes")
    if len(payload) > JWS_DETACHED_BYTES_MAX:
        raise TokenTooLarge(f"the payload is longer than {JWS_DETACHED_BYTES_MAX} bytes")
    return payload
