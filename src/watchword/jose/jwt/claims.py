"""The claims set: reading it, typing it, and the rules that every claim must pass.

Source: RFC 7519 sections 4.1 and 7.2; RFC 8725 section 3; tokens.md J-18, J-23 to J-25.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

import msgspec

from watchword.base import base64url, strict_json
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.errors import MalformedToken

TYPE_CHECKING = False

__all__ = [
    "Claims",
    "Members",
    "Shaped",
    "Value",
    "members_of",
    "quoted_base64",
    "read_proved",
]

Members = Mapping[str, object]

_REGISTERED = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id"))
# Values nested so far that fast reading takes them: a type bounds depth at no cost, where counting
# brackets takes a tenth of a verification. Deeper ones are read strictly.
_Scalar = str | int | float | bool | None
_Shallow = _Scalar | list[_Scalar] | dict[str, _Scalar]
Value = _Scalar | list[_Shallow] | dict[str, _Shallow]

T = TypeVar("T")

_decode_members = cast(
    "Callable[[bytes], dict[str, object]]", msgspec.json.Decoder(dict[str, Value]).decode
)
_decode_base64 = msgspec.json.Decoder(bytes).decode  # twice as fast as binascii, on quoted text
_encode = msgspec.json.Encoder().encode
_FROM_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/\0\0\0")  # what is not base64url becomes NUL
_PADDING = (b'"', b'==="', b'=="', b'="')


class Shaped(msgspec.Struct, gc=False):
    """Claims in a learned order: a Struct with one attribute a member (see `prove`)."""

    if TYPE_CHECKING:  # every shape has these four; the order of fields is each shape's own
        iss: str
        aud: str
        exp: int
        iat: int

    def to_members(self) -> dict[str, object]:
        """Return the claims as a dictionary in the token's order."""
        names, attributes = self.__struct_encode_fields__, self.__struct_fields__
        return {
            name: getattr(self, attribute)
            for name, attribute in zip(names, attributes, strict=True)
        }


class Claims(Mapping[str, object]):
    """The claims of a verified token: typed where a standard types them, a mapping for the rest."""

    __slots__ = ("_read",)

    def __init__(self, members: Members | Shaped) -> None:
        self._read = members

    @property
    def iss(self) -> str | None:
        """Who issued the token."""
        return self._text("iss")

    @property
    def sub(self) -> str | None:
        """Whom the token is about."""
        return self._text("sub")

    @property
    def aud(self) -> tuple[str, ...]:
        """Whom the token is for, as a tuple whether it is one or several."""
        aud = self._members.get("aud", ())
        return (aud,) if isinstance(aud, str) else tuple(cast("list[str]", aud))

    @property
    def exp(self) -> float:
        """When the token ends, in seconds since the epoch."""
        return cast("float", self._members["exp"])

    @property
    def nbf(self) -> float | None:
        """When the token begins, in seconds since the epoch."""
        return cast("float | None", self._members.get("nbf"))

    @property
    def iat(self) -> float | None:
        """When the token was issued, in seconds since the epoch."""
        return cast("float | None", self._members.get("iat"))

    @property
    def jti(self) -> str | None:
        """The token's own name."""
        return self._text("jti")

    @property
    def scope(self) -> str | None:
        """What the token may ask for, separated by blanks."""
        return self._text("scope")

    @property
    def client_id(self) -> str | None:
        """The OAuth client that the token was issued to."""
        return self._text("client_id")

    @property
    def extra(self) -> dict[str, object]:
        """The claims that have no property here."""
        return {name: self[name] for name in self if name not in _REGISTERED}

    def __getitem__(self, name: str) -> object:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return f"Claims({', '.join(self)})"

    @property
    def _members(self) -> Members:
        """The claims as a mapping, made when first asked for."""
        if isinstance(self._read, Shaped):
            self._read = self._read.to_members()
        return self._read

    def _text(self, name: str) -> str | None:
        return cast("str | None", self._members.get(name))


def members_of(payload_b64u: bytes) -> dict[str, object]:
    """Decode a payload and read its members.

    Raises:
        MalformedToken: not canonical base64url of a strict JSON object.
    """
    members = read_proved(_decode_members, quoted_base64(payload_b64u))
    return members if members is not None else _strictly(payload_b64u)


def quoted_base64(payload_b64u: bytes) -> bytes:
    """Return base64url as standard base64 in quotes, which msgspec reads and writes fastest."""
    return b'"' + payload_b64u.translate(_FROM_URL_SAFE) + _PADDING[len(payload_b64u) & 3]


def read_proved(decode: Callable[[bytes], T], quoted: bytes) -> T | None:
    """Read JSON in base64 and prove that it has one reading, or return None.

    msgspec reads fast, and lets duplicates, skipped members and second spellings pass. So what it
    read is written back and compared: equal text proves that the encoding is canonical and that
    nothing was dropped, repeated or spelt otherwise. None is no verdict: strict readers give it.
    """
    try:
        value = decode(_decode_base64(quoted))
        if _encode(_encode(value)) == quoted:
            return value
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return None


def _strictly(payload_b64u: bytes) -> dict[str, object]:
    members: object = None
    hint = "the payload is not a JSON object"
    try:
        members = strict_json.loads(base64url.decode(payload_b64u), bytes_max=TOKEN_BYTES_MAX)
    except base64url.MalformedBase64url:
        hint = "the payload is not canonical base64url"
    except strict_json.MalformedJSON as error:
        hint = f"the payload is refused: {error}"
    if not isinstance(members, dict):
        raise MalformedToken(hint)
    return members
