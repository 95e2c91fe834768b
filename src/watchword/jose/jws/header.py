"""The protected header: what it may say, and what is never believed.

`jwk`, `jku`, `x5u` and `x5c` are ordinary unknown members here: nothing follows or reads them.

Source: RFC 7515 section 4; RFC 7797 sections 6 and 7; tokens.md J-18 to J-20.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from watchword.base import base64url, strict_json
from watchword.base.limits import HEADER_BYTES_MAX, HEADER_MEMBERS_MAX, KID_CHARACTERS_MAX
from watchword.jose.errors import CriticalHeader, MalformedToken, TokenTooLarge

__all__ = ["CritHandlers", "Header", "check_critical", "read"]

CritHandlers = Mapping[str, Callable[[object], None]]
"""Extension names, each with a function that is given the member's value and may raise."""

# Names that RFC 7515 section 4.1 and RFC 7516 register may not be listed in "crit".
_REGISTERED = frozenset(
    ("alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit")
) | frozenset(("enc", "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"))
_TEXT_MEMBERS = ("alg", "typ", "cty", "kid")


@dataclass(frozen=True, slots=True)
class Header:
    """A header whose form is right; who signed it is another question."""

    alg: str
    kid: str | None
    typ: str | None
    cty: str | None
    members: Mapping[str, object]


def read(header_b64u: bytes) -> Header:
    """Read a header's members and check their types.

    Raises:
        MalformedToken: not base64url of a JSON object, or a member of a wrong type.
        TokenTooLarge: too many bytes or members, or too long a kid.
    """
    members = _members(header_b64u)
    if len(members) > HEADER_MEMBERS_MAX:
        raise TokenTooLarge(f"the header has more than {HEADER_MEMBERS_MAX} members")
    for name in _TEXT_MEMBERS:
        if name in members and not isinstance(members[name], str):
            raise MalformedToken("the header member is not text", claim=name)
    alg, kid = _text(members, "alg"), _text(members, "kid")
    if alg is None:
        raise MalformedToken("the header names no algorithm", claim="alg")
    if kid is not None and len(kid) > KID_CHARACTERS_MAX:
        raise TokenTooLarge(f"the kid is longer than {KID_CHARACTERS_MAX} characters", claim="kid")
    typ, cty = _text(members, "typ"), _text(members, "cty")
    return Header(alg, kid, typ, cty, MappingProxyType(members))


def check_critical(header: Header, handlers: CritHandlers) -> None:
    """Check `crit` and let the named handlers look at their members.

    Raises:
        CriticalHeader: malformed, or naming what no handler understands; `b64` in any form.
    """
    members = header.members
    if "b64" in members or "b64" in handlers:
        raise CriticalHeader("b64 has no place in a JWT (RFC 7797 section 7)", claim="b64")
    if "crit" not in members:
        return
    names = members["crit"]
    if not isinstance(names, list) or not names:
        raise CriticalHeader("crit is a list that is not empty", claim="crit")
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise CriticalHeader("crit lists text, each once", claim="crit")
    for name in names:
        if name in _REGISTERED or name not in members:
            raise CriticalHeader("crit names a registered or absent member", claim="crit")
        if name not in handlers:
            raise CriticalHeader("crit names an extension without a handler here", claim="crit")
        handlers[name](members[name])


def _members(header_b64u: bytes) -> dict[str, object]:
    if len(header_b64u) > HEADER_BYTES_MAX * 4 // 3 + 1:
        raise TokenTooLarge(f"the header is larger than {HEADER_BYTES_MAX} bytes")
    members: object = None
    hint = "the header is not a JSON object"
    try:
        data = base64url.decode(header_b64u)
        members = strict_json.loads(data, bytes_max=HEADER_BYTES_MAX)
    except base64url.MalformedBase64url:
        hint = "the header is not canonical base64url"
    except strict_json.MalformedJSON as error:
        hint = f"the header is refused: {error}"
    if not isinstance(members, dict):
        raise MalformedToken(hint)
    return members


def _text(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None
