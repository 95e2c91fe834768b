"""What is checked and written before a content is encrypted, whatever the serialization.

What a reader would refuse is refused here, where somebody can act.

Source: RFC 7516 sections 4, 5.1 and 7; tokens.md J-28, J-36 to J-38.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from msgspec import json

from watchword.base import base64url
from watchword.base.limits import JWE_CIPHERTEXT_BYTES_MAX
from watchword.jose.errors import PolicyRefused, TokenError
from watchword.jose.header_members import decode, understood
from watchword.jose.jwe.header import check_critical, combine
from watchword.jose.jwe.recipient import RecipientKey, is_recipient_key
from watchword.jose.writable import check_members

__all__ = [
    "as_policy_refused",
    "check_data",
    "check_header",
    "check_key",
    "check_readable",
    "check_unprotected",
    "encode_protected",
    "key_members",
]

# What the library writes itself; a caller's header adds to it.
_OWN = frozenset(("alg", "enc", "kid", "zip", "epk", "iv", "tag", "p2s", "p2c"))


def check_data(data: object) -> bytes:
    """Return a content that is bytes and not too long."""
    if not isinstance(data, bytes):
        raise PolicyRefused("a content is bytes; encode text first")
    if len(data) >= JWE_CIPHERTEXT_BYTES_MAX:
        raise PolicyRefused(f"a content is shorter than {JWE_CIPHERTEXT_BYTES_MAX} bytes")
    return data


def check_key(key: object) -> None:
    """Refuse what is no key for encryption."""
    if not is_recipient_key(key):
        raise PolicyRefused(
            "encryption takes jwe.Key, jwe.Secret or jwe.Password; text is never a key, and a key "
            "for signatures does nothing else"
        )


def key_members(key: RecipientKey) -> dict[str, object]:
    """Return the header members that name a key: alg, and kid where it has one."""
    return {"alg": key.alg} if key.kid is None else {"alg": key.alg, "kid": key.kid}


def check_header(header: Mapping[str, object] | None) -> Mapping[str, object]:
    """Return a caller's header members, none of which is the library's own to write."""
    members = header or {}
    check_members(members)
    for name in members:
        if name in _OWN:
            raise PolicyRefused("this header member is written by the library", claim=name)
    return members


def check_unprotected(members: Mapping[str, object] | None) -> Mapping[str, object]:
    """Return a caller's unprotected members, which are as bounded as protected ones."""
    given = check_header(members)
    with as_policy_refused():
        decode(encode_protected(given))
    return given


def encode_protected(members: Mapping[str, object]) -> bytes:
    """Write a protected header that a reader accepts."""
    with suppress(TypeError, ValueError):
        return base64url.encode_bytes(json.encode(members))
    raise PolicyRefused("a header member holds what JSON cannot carry")


def check_readable(protected_b64u: bytes, *unprotected: Mapping[str, object]) -> None:
    """Read a header back as its reader will.

    Raises:
        PolicyRefused: the reader would refuse it.
    """
    with as_policy_refused():
        header = combine(decode(protected_b64u), *unprotected)
        # The reader's extensions are not known here; their names must be right all the same.
        check_critical(header, understood(header.protected))


@contextmanager
def as_policy_refused() -> Iterator[None]:
    """Turn what a reader would say of a token into what its writer did wrong."""
    try:
        yield
    except TokenError as error:
        hint, claim = error.hint, error.claim
    else:
        return
    raise PolicyRefused(hint, claim=claim)
