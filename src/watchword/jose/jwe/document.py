"""A JWE in JSON form, read: what each recipient is told, and the one content.

Source: RFC 7516 sections 7.2 and 9; tokens.md J-16 to J-18, J-38.
"""

from collections.abc import Mapping

from watchword.base import base64url
from watchword.base.limits import JWE_AAD_BYTES_MAX, JWE_JSON_BYTES_MAX, RECIPIENTS_MAX
from watchword.base.records import dataclass
from watchword.jose import header_members
from watchword.jose.algorithms.table import KEY_MANAGEMENT
from watchword.jose.errors import MalformedToken, TokenTooLarge
from watchword.jose.json_part import read_document
from watchword.jose.jwe import header as jwe_header
from watchword.jose.jwe.content import Box
from watchword.jose.jwe.header import Header
from watchword.jose.jwe.opening import check_ciphertext_length
from watchword.jose.jwe.wrapping import Members

__all__ = ["Document", "Recipient", "covered", "read"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient: the whole header for it, and its encrypted key."""

    header: Header
    encrypted_key: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A JWE in JSON form whose form is right."""

    recipients: tuple[Recipient, ...]
    box: Box
    aad: bytes
    covered: bytes
    """What is authenticated beside the content: the protected header, and `aad`."""


def read(text: str | bytes) -> Document:
    """Read a document, flattened or general.

    Raises:
        MalformedToken: no JWE in JSON form.
        TokenTooLarge: longer than a document or one of its members may be.
    """
    members = _members(text)
    protected_b64u = _text(members, "protected")
    if "protected" in members and not protected_b64u:
        raise MalformedToken("an empty protected header is left out", claim="protected")
    protected_bytes = protected_b64u.encode()
    protected = header_members.decode(protected_bytes) if protected_b64u else {}
    shared = _object(members, "unprotected")
    recipients = tuple(
        Recipient(
            jwe_header.combine(protected, shared, _object(form, "header")),
            _octets(form, "encrypted_key"),
        )
        for form in _recipient_forms(members)
    )
    _check_company(recipients)
    check_ciphertext_length(_text(members, "ciphertext"))
    iv, ciphertext, tag = (_octets(members, name) for name in ("iv", "ciphertext", "tag"))
    aad = _octets(members, "aad")
    if len(aad) > JWE_AAD_BYTES_MAX:
        raise TokenTooLarge(f"aad is longer than {JWE_AAD_BYTES_MAX} bytes", claim="aad")
    return Document(recipients, Box(iv, ciphertext, tag), aad, covered(protected_bytes, aad))


def covered(protected_b64u: bytes, aad: bytes) -> bytes:
    """Return what is authenticated beside the content (RFC 7516 section 5.1, step 14)."""
    return b"%b.%b" % (protected_b64u, base64url.encode_bytes(aad)) if aad else protected_b64u


def _members(text: object) -> Mapping[str, object]:
    members = read_document(text, bytes_max=JWE_JSON_BYTES_MAX)
    if "payload" in members:  # RFC 7516 section 9
        raise MalformedToken("this has the payload of a signed document (JWS); see verify_json")
    if "ciphertext" not in members:
        raise MalformedToken("an encrypted document has a ciphertext")
    return members


def _recipient_forms(members: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the objects that hold each recipient's header and encrypted key."""
    if "recipients" not in members:
        return [members]
    if "header" in members or "encrypted_key" in members:
        raise MalformedToken("a document is flattened or has recipients, not both")
    forms = members["recipients"]
    if not isinstance(forms, list) or not forms or not all(isinstance(f, dict) for f in forms):
        raise MalformedToken("recipients is a list of objects, not empty", claim="recipients")
    if len(forms) > RECIPIENTS_MAX:
        raise TokenTooLarge(f"a document has at most {RECIPIENTS_MAX} recipients")
    return forms


def _check_company(recipients: tuple[Recipient, ...]) -> None:
    """Check what several recipients must have in common (RFC 7516 section 7.2.1)."""
    if len({recipient.header.enc for recipient in recipients}) != 1:
        raise MalformedToken("one content has one enc", claim="enc")
    rows = [KEY_MANAGEMENT.get(recipient.header.alg) for recipient in recipients]
    if len(rows) > 1 and any(row is not None and row.is_alone for row in rows):
        raise MalformedToken("dir and ECDH-ES have no second recipient", claim="alg")


def _object(members: Members, name: str) -> Mapping[str, object]:
    value = members.get(name, {})
    if not isinstance(value, dict):
        raise MalformedToken("the member is no object", claim=name)
    return value


def _text(members: Members, name: str) -> str:
    value = members.get(name, "")
    if not isinstance(value, str):
        raise MalformedToken("the member is no text", claim=name)
    return value


def _octets(members: Members, name: str) -> bytes:
    """Return the bytes of a base64url member; none where it is absent."""
    try:
        return base64url.decode(_text(members, name))
    except base64url.MalformedBase64url:
        fault = MalformedToken("the member is not canonical base64url", claim=name)
    raise fault
