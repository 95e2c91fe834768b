"""The claims set: reading it, typing it, and the rules that every claim must pass.

Source: RFC 7519 sections 4.1 and 7.2; RFC 8725 section 3; tokens.md J-18, J-23 to J-25.
"""

from collections.abc import Iterator, Mapping
from typing import cast

import msgspec

from watchword.base import strict_json
from watchword.base.limits import JSON_DEPTH_MAX, TOKEN_BYTES_MAX
from watchword.jose.errors import MalformedToken

__all__ = ["Claims", "Members", "members_of"]

Members = Mapping[str, object]

_REGISTERED = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id"))
_decode = msgspec.json.Decoder(dict[str, object]).decode
_encode = msgspec.json.Encoder().encode


class Claims(Mapping[str, object]):
    """The claims of a verified token: typed where a standard types them, a mapping for the rest."""

    __slots__ = ("_members",)

    def __init__(self, members: Members) -> None:
        self._members = members

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

    def _text(self, name: str) -> str | None:
        return cast("str | None", self._members.get(name))


def members_of(payload: bytes) -> dict[str, object]:
    """Read a payload's members.

    msgspec reads fast and lets duplicates pass. What it reads is written back and compared: equal
    bytes prove that nothing was dropped, repeated or spelt in a second way. Anything else goes to
    the strict reader, which decides alone.

    Raises:
        MalformedToken: not a strict JSON object.
    """
    if payload.count(b"{") + payload.count(b"[") <= JSON_DEPTH_MAX:
        try:
            members = _decode(payload)
            if _encode(members) == payload:
                return members
        except (msgspec.MsgspecError, UnicodeError):
            return _strictly(payload)
    return _strictly(payload)


def _strictly(payload: bytes) -> dict[str, object]:
    members: object = None
    hint = "the payload is not a JSON object"
    try:
        members = strict_json.loads(payload, bytes_max=TOKEN_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        hint = f"the payload is refused: {error}"
    if not isinstance(members, dict):
        raise MalformedToken(hint)
    return members
