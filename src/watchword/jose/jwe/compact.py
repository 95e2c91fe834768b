"""The compact serialization: five parts for one recipient, all of it protected.

Source: RFC 7516 sections 5 and 7.1; tokens.md J-15, J-17, J-29, J-33.
"""

from collections.abc import Mapping
from typing import Literal

from watchword.base import base64url
from watchword.base.chance import SYSTEM, Chance
from watchword.base.limits import JWE_BYTES_MAX
from watchword.jose import header_members, other_form
from watchword.jose.algorithms.table import content_encryption
from watchword.jose.errors import MalformedToken, PolicyRefused, TokenTooLarge
from watchword.jose.jwe import content, opening, sealing
from watchword.jose.jwe import header as jwe_header
from watchword.jose.jwe.compression import DEFLATE, deflate
from watchword.jose.jwe.content import Box
from watchword.jose.jwe.opening import Decrypted, Policy
from watchword.jose.jwe.recipient import RecipientKey

__all__ = ["decrypt", "encrypt"]


def encrypt(
    data: bytes,
    key: RecipientKey,
    *,
    enc: str,
    header: Mapping[str, object] | None = None,
    unsafe_zip: Literal["DEF"] | None = None,
    chance: Chance = SYSTEM,
) -> str:
    """Encrypt a content to one key.

    Args:
        data: the content, less than 256 KiB.
        key: a `jwe.Key`, `jwe.Secret` or `jwe.Password`; its algorithm is the header's `alg`.
        enc: the content encryption, such as "A256GCM".
        header: further members of the protected header, such as `cty`, or `apu` and `apv`, which
            are base64url.
        unsafe_zip: "DEF" compresses the content, so that the token's length tells about it: for
            peers that cannot do without.
        chance: the source of what is random.

    Raises:
        PolicyRefused: an argument that no reader would accept.
        KeyMismatch: the key may not encrypt, or not with this `enc`.

    Source: RFC 7516 section 5.1.
    """
    sealing.check_key(key)
    row = content_encryption(enc)
    plain = sealing.check_data(data)
    members = sealing.key_members(key) | {"enc": row.name} | dict(sealing.check_header(header))
    if unsafe_zip is not None:
        if unsafe_zip != DEFLATE:
            raise PolicyRefused(f'the one value of unsafe_zip= is "{DEFLATE}"', claim="zip")
        members["zip"] = DEFLATE
        plain = deflate(plain)
    with sealing.as_policy_refused():
        wrapped = key.wrap(chance.token_bytes(row.cek_bytes), row, members, chance)
    protected_b64u = sealing.encode_protected(members | dict(wrapped.members))
    sealing.check_readable(protected_b64u)
    box = content.encrypt(row, wrapped.cek, plain, protected_b64u, chance)
    parts = (wrapped.encrypted_key, box.iv, box.ciphertext, box.tag)
    return b".".join((protected_b64u, *map(base64url.encode_bytes, parts))).decode("ascii")


def decrypt(text: str | bytes, policy: Policy) -> Decrypted:
    """Decrypt a compact JWE: as `Decrypter.decrypt`."""
    protected_b64u, *rest = _split(text)
    protected = header_members.decode(protected_b64u)
    header = jwe_header.combine(protected)
    enc = opening.accept(header, policy)
    key = policy.keys.find(header, enc)
    opening.check_ciphertext_length(rest[2])
    encrypted_key, iv, ciphertext, tag = map(_decode, rest)
    box = Box(iv, ciphertext, tag)
    data = opening.open_box(key, header, encrypted_key, box, protected_b64u)
    return Decrypted(data, header, key)


def _split(text: object) -> list[bytes]:
    """Split a token into its five encoded parts.

    Raises:
        MalformedToken: not text, not ASCII, not five parts.
        TokenTooLarge: longer than a token may be; found before anything is looked at.
    """
    if not isinstance(text, str | bytes):
        raise MalformedToken("a token is text")
    if len(text) > JWE_BYTES_MAX:
        raise TokenTooLarge(f"the token is longer than {JWE_BYTES_MAX} characters")
    try:
        data = text.encode("ascii") if isinstance(text, str) else text
    except UnicodeEncodeError:
        data = b""
    parts = data.split(b".", 5)
    if len(parts) != 5 or b"~" in data:
        expected = "an encrypted token is five parts of ASCII, joined by dots"
        raise MalformedToken(other_form.hint(data, expected))
    return parts


def _decode(part: bytes) -> bytes:
    try:
        return base64url.decode(part)
    except base64url.MalformedBase64url:
        raise MalformedToken("a part of the token is not canonical base64url") from None
