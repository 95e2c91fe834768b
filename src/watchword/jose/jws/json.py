"""The JSON serializations: flattened for one signature, general for several.

A document is a JSON object and a compact text is none, so that no text is valid in both forms and
no function here reads the other one.

Source: RFC 7515 sections 5, 7.2 and appendix F; RFC 7797 sections 3 to 6; tokens.md J-16, J-38.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Literal, cast

import msgspec

from watchword.base import base64url
from watchword.base.limits import (
    HEADER_BYTES_MAX,
    JWS_DETACHED_BYTES_MAX,
    JWS_DOCUMENT_BYTES_MAX,
    JWS_SIGNATURES_MAX,
)
from watchword.base.records import dataclass
from watchword.jose.errors import (
    CriticalHeader,
    MalformedToken,
    PolicyRefused,
    SignatureInvalid,
    TokenError,
    TokenTooLarge,
)
from watchword.jose.json_part import read_document
from watchword.jose.jwk.keyset import VerificationKey
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.compact import decode_payload
from watchword.jose.jws.detached import checked_content
from watchword.jose.jws.header import Header
from watchword.jose.jws.policy import Policy, check_signature, prepare_check
from watchword.jose.jws.signing import SigningKey, checked_payload, protect
from watchword.jose.writable import check_members

__all__ = [
    "Document",
    "Need",
    "Signatory",
    "Signature",
    "sign",
    "sign_detached",
    "verify",
    "verify_detached",
]

Need = Literal["all"] | int
"""How many signatures must hold: "all" that the document has, or so many by different keys.

Whoever carries a document can take signatures out of it, and "all" holds for those that are left.
"""

# What decides how a signature is checked is believed only where the signature covers it.
_PROTECTED_ONLY = ("alg", "crit", "b64")


@dataclass(frozen=True, slots=True, repr=False)
class Signatory:
    """One key with the headers of its signature.

    Args:
        key: a key pair or a secret; its `alg` and `kid` stand in the protected header.
        header: further members that the signature covers.
        unprotected: members that anybody may change on the way; never `alg`, `crit` or `b64`.
    """

    key: SigningKey
    header: Mapping[str, object] = field(default_factory=dict)
    unprotected: Mapping[str, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Signatory({self.key!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Signature:
    """A signature that holds: its headers and the key that made it."""

    header: Header
    """What the signature covers."""
    unprotected: Mapping[str, object]
    """What it does not cover, and nobody vouches for."""
    key: VerificationKey

    def __repr__(self) -> str:
        return f"Signature(alg={self.header.alg!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A payload of which as many signatures hold as were asked for, and those signatures."""

    data: bytes
    signatures: tuple[Signature, ...]

    @property
    def keys(self) -> tuple[VerificationKey, ...]:
        """The keys that signed, in the order of the document."""
        return tuple(signature.key for signature in self.signatures)

    def __repr__(self) -> str:
        return f"Document({len(self.data)} bytes, {len(self.signatures)} signatures)"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One signature as it was read; whether it holds is not known."""

    protected_b64u: bytes
    header: Header
    unprotected: Mapping[str, object]
    signature_b64u: bytes

    @property
    def kid(self) -> str | None:
        """The key's id, which either header may name."""
        return self.header.kid or cast("str | None", self.unprotected.get("kid"))


def sign(payload: bytes, keys: Iterable[SigningKey | Signatory], *, b64: bool = True) -> str:
    """Sign a payload with each key and return the document as JSON text.

    Args:
        payload: any bytes; with `b64=False` UTF-8, which the document then shows as text.
        keys: 1 to 16; one makes the flattened form, several the general one.
        b64: False leaves the payload readable (RFC 7797).

    Raises:
        PolicyRefused: what a verifier would refuse, or a document of more than 256 KiB.
        KeyMismatch: a key may not sign.
        InvalidKey: a key has no private half.
    """
    data = checked_payload(payload, JWS_DOCUMENT_BYTES_MAX)
    part = base64url.encode_bytes(data) if b64 else data
    text = _text(part)
    return _document({"payload": text}, _signed(part, keys, b64=b64))


def sign_detached(
    payload: bytes, keys: Iterable[SigningKey | Signatory], *, b64: bool = True
) -> str:
    """Sign a payload with each key and return the document without it.

    Args:
        payload: any bytes, at most 16 MiB.
        keys: 1 to 16; one makes the flattened form, several the general one.
        b64: False signs the bytes as they are (RFC 7797).

    Raises:
        PolicyRefused, KeyMismatch, InvalidKey: as `sign`.
    """
    data = checked_payload(payload, JWS_DETACHED_BYTES_MAX)
    part = base64url.encode_bytes(data) if b64 else data
    return _document({}, _signed(part, keys, b64=b64))


def verify(document: str | bytes, policy: Policy, need: Need) -> Document:
    """Verify a document that holds its payload.

    Raises:
        MalformedToken: not a JWS in JSON form, the compact form among others.
        TokenTooLarge: the document, a header, or the number of signatures.
        TokenError: too few signatures hold; the class is that of the first that does not.
        KeysUnavailable: the source has no keys to answer from.
    """
    members = _read(document)
    payload = members.get("payload")
    if not isinstance(payload, str):
        raise MalformedToken("the document holds no payload; use verify_json_detached")
    entries = _entries(members)
    part = payload.encode("utf-8")
    data = decode_payload(part) if _is_encoded(entries) else part
    return Document(data, _proved(entries, part, policy, need))


def verify_detached(document: str | bytes, payload: bytes, policy: Policy, need: Need) -> Document:
    """Verify a payload by the document that came beside it.

    Raises:
        MalformedToken: as `verify`; also where the document has a payload of its own.
        TokenTooLarge, TokenError, KeysUnavailable: as `verify`.
    """
    members = _read(document)
    if members.get("payload", "") != "":  # some leave it empty instead of leaving it out
        raise MalformedToken("the document has a payload of its own; use verify_json")
    data = checked_content(payload)
    entries = _entries(members)
    part = base64url.encode_bytes(data) if _is_encoded(entries) else data
    return Document(data, _proved(entries, part, policy, need))


def _signed(
    part: bytes, keys: Iterable[SigningKey | Signatory], *, b64: bool
) -> list[dict[str, object]]:
    signatories = [key if isinstance(key, Signatory) else Signatory(key) for key in keys]
    if not 0 < len(signatories) <= JWS_SIGNATURES_MAX:
        raise PolicyRefused(f"a document has 1 to {JWS_SIGNATURES_MAX} signatures")
    return [_signature(part, signatory, b64=b64) for signatory in signatories]


def _signature(part: bytes, signatory: Signatory, *, b64: bool) -> dict[str, object]:
    protected_b64u = protect(signatory.key, signatory.header, b64=b64)
    members: dict[str, object] = {"protected": protected_b64u.decode()}
    check_members(signatory.unprotected)
    if signatory.unprotected:
        members["header"] = dict(signatory.unprotected)
    return members | {"signature": signatory.key.stamper(protected_b64u)(part).decode()}


def _document(members: dict[str, object], signatures: list[dict[str, object]]) -> str:
    """Write a document and read it back as a verifier will."""
    members |= signatures[0] if len(signatures) == 1 else {"signatures": signatures}
    try:
        text = msgspec.json.encode(members).decode()
        _entries(_read(text))
    except TokenError as error:
        fault = str(error)
    except (TypeError, ValueError):
        fault = "a value that JSON cannot carry"
    else:
        return text
    raise PolicyRefused(f"a verifier would refuse this document: {fault}")


def _text(part: bytes) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        pass
    raise PolicyRefused("an unencoded payload is UTF-8; or detach it")


def _read(document: object) -> dict[str, object]:
    """Return the members of a document that may be a JWS in JSON form."""
    members = read_document(document, bytes_max=JWS_DOCUMENT_BYTES_MAX)
    if "ciphertext" in members:
        raise MalformedToken("this is an encrypted document (JWE); decrypt_json reads those")
    return members


def _entries(members: dict[str, object]) -> list[_Entry]:
    """Read the signatures of either form."""
    if "signatures" not in members:
        return [_entry(members)]
    if not members.keys().isdisjoint(("protected", "header", "signature")):
        raise MalformedToken("the document mixes the flattened and the general form")
    listed = members["signatures"]
    if not isinstance(listed, list) or not listed:
        raise MalformedToken("the document has no signatures", claim="signatures")
    if len(listed) > JWS_SIGNATURES_MAX:
        raise TokenTooLarge(f"the document has more than {JWS_SIGNATURES_MAX} signatures")
    return [_entry(each) for each in listed]


def _entry(members: object) -> _Entry:
    if not isinstance(members, dict):
        raise MalformedToken("a signature is a JSON object", claim="signatures")
    protected_b64u, signature_b64u = (
        _ascii(members.get(name)) for name in ("protected", "signature")
    )
    if not (protected_b64u and signature_b64u):
        raise MalformedToken("a signature has a protected header, with alg, and a signature")
    header = jws_header.read(protected_b64u)
    unprotected = members.get("header", {})
    if not isinstance(unprotected, dict):
        raise MalformedToken("an unprotected header is a JSON object", claim="header")
    _check_unprotected(unprotected, header)
    return _Entry(protected_b64u, header, MappingProxyType(unprotected), signature_b64u)


def _check_unprotected(unprotected: dict[str, object], header: Header) -> None:
    for name in _PROTECTED_ONLY:
        if name in unprotected:
            raise MalformedToken("this member is only believed in the protected header", claim=name)
    if not unprotected.keys().isdisjoint(header.members):
        raise MalformedToken("the two headers have a member in common", claim="header")
    jws_header.check_members(unprotected)
    if len(json.dumps(unprotected, ensure_ascii=False).encode()) > HEADER_BYTES_MAX:
        raise TokenTooLarge(f"an unprotected header is larger than {HEADER_BYTES_MAX} bytes")


def _is_encoded(entries: list[_Entry]) -> bool:
    """Return whether the payload is base64url, on which all signatures agree."""
    first, *others = (entry.header.members.get("b64", True) for entry in entries)
    if not isinstance(first, bool) or any(other is not first for other in others):
        raise CriticalHeader("b64 is the same in all signatures (RFC 7797 section 3)", claim="b64")
    return first


def _proved(
    entries: list[_Entry], part: bytes, policy: Policy, need: Need
) -> tuple[Signature, ...]:
    """Return the signatures that hold, if they are as many as needed."""
    least = _least(need)
    sound: list[_Entry] = []
    proved: list[Signature] = []
    failures: list[TokenError] = []
    for entry in entries:  # all of them before the first key is looked for, which may mean a fetch
        try:
            _check(entry, policy)
            sound.append(entry)
        except TokenError as error:
            failures.append(error)
    _require(len(sound), least, failures, need)
    for entry in sound:
        try:
            proved.append(_prove(entry, part, policy))
        except TokenError as error:
            failures.append(error)
    # One key is one witness, however often it signs and whatever names it goes by.
    witnesses = {signature.key.thumbprint() for signature in proved}
    _require(len(witnesses), least, failures, need)
    return tuple(proved)


def _require(count: int, least: int, failures: list[TokenError], need: Need) -> None:
    """Refuse a document of which too few signatures can hold, by the first that does not."""
    if failures and (need == "all" or count < least):
        raise failures[0]
    if count < least:
        raise SignatureInvalid(f"fewer than {least} different keys signed the document")


def _least(need: Need) -> int:
    if need == "all":
        return 1
    if type(need) is not int or not 0 < need <= JWS_SIGNATURES_MAX:
        raise PolicyRefused(f'need= is "all" or a number from 1 to {JWS_SIGNATURES_MAX}')
    return need


def _check(entry: _Entry, policy: Policy) -> None:
    """Check what needs no key."""
    policy.accept(entry.header)
    check_signature(entry.header.alg, entry.signature_b64u)


def _prove(entry: _Entry, part: bytes, policy: Policy) -> Signature:
    key = policy.source.find(entry.header.alg, entry.kid)
    prepare_check(key, entry.header, entry.protected_b64u)(part, entry.signature_b64u)
    return Signature(entry.header, entry.unprotected, key)


def _ascii(text: object) -> bytes:
    """Return the bytes of a base64url member; what is none becomes empty and is refused."""
    return text.encode("ascii") if isinstance(text, str) and text.isascii() else b""
