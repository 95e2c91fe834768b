"""The two forms of an SD-JWT: parts joined by tildes, and the JWS JSON serialization.

Source: RFC 9901 sections 4 and 8; RFC 7515 section 7.2; tokens.md J-16, J-17 and J-46.
"""

from collections.abc import Mapping
from typing import cast

import msgspec

from watchword.base.records import dataclass
from watchword.jose import other_form
from watchword.jose.errors import MalformedToken, TokenTooLarge
from watchword.jose.json_part import read_document
from watchword.jose.jws import header as jws_header

__all__ = ["DISCLOSURES_MAX", "SD_JWT_BYTES_MAX", "Parts", "read", "read_json"]

DISCLOSURES_MAX = 200  # a national identity credential has about thirty
# A credential with a portrait of 40 KiB, which base64 makes 72 KiB as it goes into a Disclosure
# twice encoded, beside two hundred ordinary ones. It travels in bodies, never in a header; the
# issuer-signed token and the key binding inside it keep the limit of every token.
SD_JWT_BYTES_MAX = 128 * 1024

_SIGNATURE = ("protected", "signature")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Parts:
    """An SD-JWT taken apart. Nothing of it is proved."""

    token: str
    """The issuer-signed JWT."""
    disclosures: tuple[str, ...]
    key_binding: str
    """The KB-JWT; empty where none was sent."""

    @property
    def bound_text(self) -> str:
        """What a key binding signs the hash of: all but itself."""
        return "~".join((self.token, *self.disclosures, ""))

    @property
    def text(self) -> str:
        """The compact form."""
        return self.bound_text + self.key_binding

    def to_json(self) -> str:
        """Return the flattened JWS JSON serialization."""
        protected, payload, signature = self.token.split(".")
        header: dict[str, object] = {"disclosures": list(self.disclosures)}
        if self.key_binding:
            header["kb_jwt"] = self.key_binding
        members = {
            "payload": payload,
            "protected": protected,
            "signature": signature,
            "header": header,
        }
        return _encode(members).decode()

    def __repr__(self) -> str:
        return f"Parts(disclosures={len(self.disclosures)}, key_binding={bool(self.key_binding)})"


def read(text: str | bytes) -> Parts:
    """Take the compact form apart.

    Raises:
        MalformedToken: not ASCII, no tilde at all, or an empty part.
        TokenTooLarge: more characters or more disclosures than are accepted.
    """
    data = _ascii(text)
    count = data.count("~")
    if count == 0 or data.startswith("{"):
        expected = "an SD-JWT ends in ~, or in ~ and a key binding"
        raise MalformedToken(other_form.hint(data.encode("ascii"), expected))
    _check_count(count - 1)
    token, *disclosures, key_binding = data.split("~")
    return _parts(token, disclosures, key_binding)


def read_json(document: str | bytes) -> Parts:
    """Take the JWS JSON serialization apart, flattened or general.

    Of several signatures the first is meant: the header beside it is the one that may hold
    disclosures, and `sd_hash` is over it. The others are neither read nor proved.

    Args:
        document: JSON text. Members that somebody else has read no longer show whether one of
            them stood twice.

    Raises:
        MalformedToken: no JWS JSON serialization of an SD-JWT.
        TokenTooLarge: more characters or more disclosures than are accepted.
    """
    members = _members(document)
    signed = _first_signature(members)
    header = signed.get("header", {})
    if not isinstance(header, Mapping) or not {"alg", "crit"}.isdisjoint(header):
        raise MalformedToken("the unprotected header is an object without alg and crit")
    disclosures = header.get("disclosures", [])
    if not isinstance(disclosures, list) or not all(isinstance(d, str) for d in disclosures):
        raise MalformedToken("disclosures is a list of text", claim="disclosures")
    key_binding = header.get("kb_jwt", "")
    if not isinstance(key_binding, str) or ("kb_jwt" in header and not key_binding):
        raise MalformedToken("kb_jwt is text that is not empty", claim="kb_jwt")
    parts = (signed.get("protected"), members.get("payload"), signed.get("signature"))
    if not all(isinstance(part, str) and "." not in part for part in parts):
        raise MalformedToken("protected, payload and signature are base64url text")
    _check_count(len(disclosures))
    token = ".".join(cast("tuple[str, ...]", parts))
    _refuse_told_twice(token, header)
    read_back = _parts(token, disclosures, key_binding)
    _ascii(read_back.text)
    return read_back


def _refuse_told_twice(token: str, unprotected: Mapping[str, object]) -> None:
    """Refuse a header member that is both signed and not (RFC 7515 section 7.2.1)."""
    protected_b64u = _ascii(token).partition(".")[0].encode("ascii")
    if not jws_header.read(protected_b64u).members.keys().isdisjoint(unprotected):
        raise MalformedToken("a header member is both protected and unprotected")


def _parts(token: str, disclosures: list[str], key_binding: str) -> Parts:
    if not token or not all(disclosures) or any("~" in d for d in (token, *disclosures)):
        raise MalformedToken("the token and its disclosures are not empty, each between two ~")
    return Parts(token, tuple(disclosures), key_binding)


def _check_count(count: int) -> None:
    if count > DISCLOSURES_MAX:
        raise TokenTooLarge(f"the token has more than {DISCLOSURES_MAX} disclosures")


def _ascii(text: object) -> str:
    """Return a text within the limit as a str of ASCII."""
    if not isinstance(text, str | bytes):
        raise MalformedToken("a token is text")
    if len(text) > SD_JWT_BYTES_MAX:
        raise TokenTooLarge(f"the token is longer than {SD_JWT_BYTES_MAX} characters")
    if not text.isascii():
        raise MalformedToken("a token is ASCII")
    return text if isinstance(text, str) else text.decode("ascii")


def _members(document: object) -> dict[str, object]:
    members = read_document(document, bytes_max=SD_JWT_BYTES_MAX)
    if "ciphertext" in members:
        raise MalformedToken("this is an encrypted document (JWE); decrypt_json reads those")
    return members


def _first_signature(members: Mapping[str, object]) -> Mapping[str, object]:
    """Return the object that holds `protected`, `signature` and `header`."""
    if "signatures" not in members:
        return members
    if any(name in members for name in (*_SIGNATURE, "header")):
        raise MalformedToken("a JWS has signature or signatures, never both")
    signatures = members["signatures"]
    if not isinstance(signatures, list) or not signatures:
        raise MalformedToken("signatures is a list that is not empty", claim="signatures")
    for each in signatures:
        if not isinstance(each, Mapping):
            raise MalformedToken("signatures is a list of objects", claim="signatures")
    for each in signatures[1:]:
        header = each.get("header", {})
        if not isinstance(header, Mapping) or not {"disclosures", "kb_jwt"}.isdisjoint(header):
            raise MalformedToken("disclosures stand beside the first signature alone")
    return cast("Mapping[str, object]", signatures[0])
