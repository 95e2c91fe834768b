"""The header of a JWE: what it may say, where it may say it, and what is never believed.

A compact JWE has one protected header. In the JSON form members may also stand in an unprotected
header that all recipients share and in one of each recipient; no name stands twice.

Source: RFC 7516 sections 4, 5.2 and 7.2.1; tokens.md J-18 to J-20, J-38.
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.base.records import dataclass
from watchword.jose.errors import MalformedToken
from watchword.jose.header_members import (
    CritHandlers,
    check_types,
    critical_names,
    handle_critical,
    text,
)

__all__ = ["Header", "check_critical", "combine"]

_TEXT_MEMBERS = ("alg", "enc", "zip", "typ", "cty", "kid")
_PROTECTED_ONLY = ("crit", "zip")  # RFC 7516 sections 4.1.3 and 4.1.13


@dataclass(frozen=True, slots=True)
class Header:
    """A header whose form is right."""

    alg: str
    enc: str
    kid: str | None
    typ: str | None
    cty: str | None
    members: Mapping[str, object]
    """All members, wherever they stand."""
    protected: Mapping[str, object]
    """Those that are authenticated with the content."""


def combine(protected: Mapping[str, object], *unprotected: Mapping[str, object]) -> Header:
    """Return the one header that several make together, after checking its members' types.

    Raises:
        MalformedToken: a name that stands twice, a member of a wrong type, or one unprotected that
            must not be.
        TokenTooLarge: too many members, or too long a kid.
    """
    members = dict(protected)
    for part in unprotected:
        if not members.keys().isdisjoint(part):
            raise MalformedToken("a header member stands in two places")
        members |= part
    check_types(members, _TEXT_MEMBERS)
    for name in _PROTECTED_ONLY:
        if name in members and name not in protected:
            raise MalformedToken("the header member must be protected", claim=name)
    alg, enc, kid = (text(members, name) for name in ("alg", "enc", "kid"))
    if alg is None or enc is None:
        raise MalformedToken("the header names no alg or no enc", claim="enc" if alg else "alg")
    typ, cty = text(members, "typ"), text(members, "cty")
    frozen = MappingProxyType(members), MappingProxyType(dict(protected))
    return Header(alg, enc, kid, typ, cty, *frozen)


def check_critical(header: Header, handlers: CritHandlers) -> None:
    """Check `crit` and let the named handlers look at their members.

    Raises:
        CriticalHeader: malformed, or naming what no handler understands.
    """
    for name in critical_names(header.protected):
        handle_critical(name, header.protected, handlers)
