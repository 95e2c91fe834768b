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

__all__ = ["CritHandlers", "Header", "check_critical", "check_members", "is_encoded", "read"]

CritHandlers = Mapping[str, Callable[[object], None]]
"""Extension names, each with a function that is given the member's value.

It refuses the value by CriticalHeader or any ValueError. It is called before the signature is
checked, so the value may be anything. Other exceptions are the handler's own and stay as they are.
"""

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
    check_members(members)
    alg, kid = _text(members, "alg"), _text(members, "kid")
    if alg is None:
        raise MalformedToken("the header names no algorithm", claim="alg")
    typ, cty = _text(members, "typ"), _text(members, "cty")
    return Header(alg, kid, typ, cty, MappingProxyType(members))


def check_members(members: Mapping[str, object]) -> None:
    """Check the number and the types of a header's members, protected or not.

    Raises:
        MalformedToken: a member of a wrong type.
        TokenTooLarge: too many members, or too long a kid.
    """
    if len(members) > HEADER_MEMBERS_MAX:
        raise TokenTooLarge(f"the header has more than {HEADER_MEMBERS_MAX} members")
    for name in _TEXT_MEMBERS:
        if name in members and not isinstance(members[name], str):
            raise MalformedToken("the header member is not text", claim=name)
    kid = _text(members, "kid")
    if kid is not None and len(kid) > KID_CHARACTERS_MAX:
        raise TokenTooLarge(f"the kid is longer than {KID_CHARACTERS_MAX} characters", claim="kid")


def check_critical(header: Header, handlers: CritHandlers) -> None:
    """Check the `crit` of a JWT and let the named handlers look at their members.

    Raises:
        CriticalHeader: malformed, or naming what no handler understands; `b64` in any form.
    """
    if "b64" in header.members or "b64" in handlers:
        raise CriticalHeader("b64 has no place in a JWT (RFC 7797 section 7)", claim="b64")
    for name in _critical_names(header.members):
        _handle(name, header.members, handlers)


def is_encoded(header: Header, handlers: CritHandlers) -> bool:
    """Check the `crit` of a JWS that is no JWT; return whether its payload is base64url.

    Raises:
        CriticalHeader: malformed, naming what neither a handler nor RFC 7797 explains, or a `b64`
            that is no boolean, or false and not critical.
    """
    names = _critical_names(header.members)
    for name in names:
        if name != "b64":
            _handle(name, header.members, handlers)
    encoded = header.members.get("b64", True)
    if not isinstance(encoded, bool):
        raise CriticalHeader("b64 is true or false", claim="b64")
    if not encoded and "b64" not in names:
        raise CriticalHeader("b64 that is false is listed in crit", claim="b64")
    return encoded


def _critical_names(members: Mapping[str, object]) -> list[str]:
    """Return what `crit` lists, once its form is right."""
    if "crit" not in members:
        return []
    listed = members["crit"]
    if not isinstance(listed, list) or not listed:
        raise CriticalHeader("crit is a list that is not empty", claim="crit")
    names = [name for name in listed if isinstance(name, str)]
    if len(names) != len(listed) or len(set(names)) != len(names):
        raise CriticalHeader("crit lists text, each once", claim="crit")
    if not _REGISTERED.isdisjoint(names) or not all(name in members for name in names):
        raise CriticalHeader("crit names a registered or absent member", claim="crit")
    return names


def _handle(name: str, members: Mapping[str, object], handlers: CritHandlers) -> None:
    if name not in handlers:
        raise CriticalHeader("crit names an extension without a handler here", claim="crit")
    is_refused = False
    try:
        handlers[name](members[name])
    except ValueError:  # its text may quote the value, and is not kept
        is_refused = True
    if is_refused:
        raise CriticalHeader("the handler of a critical extension refuses its value", claim="crit")


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
