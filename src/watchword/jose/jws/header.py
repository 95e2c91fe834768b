"""The protected header: what it may say, and what is never believed.

`jwk`, `jku`, `x5u` and `x5c` are ordinary unknown members here: nothing follows or reads them.

Source: RFC 7515 section 4; RFC 7797 sections 6 and 7; tokens.md J-18 to J-20.
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.base.records import dataclass
from watchword.jose.errors import CriticalHeader, MalformedToken
from watchword.jose.header_members import (
    CritHandlers,
    check_types,
    critical_names,
    decode,
    handle_critical,
    text,
)

__all__ = ["CritHandlers", "Header", "check_critical", "check_members", "is_encoded", "read"]

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
    members = decode(header_b64u)
    check_members(members)
    alg, kid = text(members, "alg"), text(members, "kid")
    if alg is None:
        raise MalformedToken("the header names no algorithm", claim="alg")
    typ, cty = text(members, "typ"), text(members, "cty")
    return Header(alg, kid, typ, cty, MappingProxyType(members))


def check_members(members: Mapping[str, object]) -> None:
    """Check the number and the types of a header's members, protected or not.

    Raises:
        MalformedToken: a member of a wrong type.
        TokenTooLarge: too many members, or too long a kid.
    """
    check_types(members, _TEXT_MEMBERS)


def check_critical(header: Header, handlers: CritHandlers) -> None:
    """Check the `crit` of a JWT and let the named handlers look at their members.

    Raises:
        CriticalHeader: malformed, or naming what no handler understands; `b64` in any form.
    """
    if "b64" in header.members or "b64" in handlers:
        raise CriticalHeader("b64 has no place in a JWT (RFC 7797 section 7)", claim="b64")
    for name in critical_names(header.members):
        handle_critical(name, header.members, handlers)


def is_encoded(header: Header, handlers: CritHandlers) -> bool:
    """Check the `crit` of a JWS that is no JWT; return whether its payload is base64url.

    Raises:
        CriticalHeader: malformed, naming what neither a handler nor RFC 7797 explains, or a `b64`
            that is no boolean, or false and not critical.
    """
    names = critical_names(header.members)
    for name in names:
        if name != "b64":
            handle_critical(name, header.members, handlers)
    encoded = header.members.get("b64", True)
    if not isinstance(encoded, bool):
        raise CriticalHeader("b64 is true or false", claim="b64")
    if not encoded and "b64" not in names:
        raise CriticalHeader("b64 that is false is listed in crit", claim="b64")
    return encoded
