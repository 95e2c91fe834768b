"""Where a request may go: the URL before its name is resolved, the address after.

Both are checked, because either alone can lie: a name may resolve to the machine's own services,
and an address may be written in a form that only the resolver understands.

Source: security.md rule 102; OWASP ASVS 5.0 V13.2.4 and V15.3.2; RFC 6890; RFC 6761 section 6.3.
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from watchword.base.records import dataclass
from watchword.net.errors import AddressRefused

__all__ = ["LOOPBACK", "Address", "Network", "Target", "is_loopback_host", "parse_target", "permit"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
URL_CHARACTERS_MAX = 2_048
_PLAIN_URL = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")  # RFC 3986 without a fragment
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked for, in parts."""

    scheme: str  # "https", or "http" to the machine itself
    host: str  # a name or an address, without brackets
    port: int
    path: str  # with the query


def parse_target(url: str) -> Target:
    """Take a URL apart and refuse what no document of ours lives at.

    Raises:
        AddressRefused: not http(s), plain http off the machine, credentials, a fragment, a
            character that two parsers read differently, or a host that is no name or address.
    """
    if len(url) > URL_CHARACTERS_MAX or not _PLAIN_URL.fullmatch(url):
        raise AddressRefused("the URL is too long or holds a character that a URL does not")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("the URL has a malformed host or port") from None
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"}:
        raise AddressRefused("the URL is not https")
    if "@" in parts.netloc:
        raise AddressRefused("the URL holds credentials")
    is_name = "[" not in parts.netloc and _HOST_NAME.fullmatch(host)
    if port == 0 or not (is_name or _literal(host)):
        raise AddressRefused("the URL has a malformed host or port")
    if parts.scheme == "http" and not is_loopback_host(host):
        raise AddressRefused("plain http is for the machine itself only; use https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def is_loopback_host(host: str) -> bool:
    """Return whether a host, as written, can only mean this machine."""
    literal = _literal(host)
    if literal is None:
        return host == "localhost"
    return literal.is_loopback


def permit(addresses: Iterable[str], networks: Iterable[Network]) -> tuple[Address, ...]:
    """Return the addresses if every one is public or in a listed network.

    One refused address refuses the name: a mixed answer is how a resolver is turned around.

    Raises:
        AddressRefused: one of them is not.
    """
    listed = tuple(networks)
    checked = tuple(ipaddress.ip_address(text) for text in addresses)
    for address in checked:
        if not (_is_public(address) or any(address in network for network in listed)):
            raise AddressRefused(
                "the name resolves to an address that is not public",
                detail=f"{address}; to allow it, list its network: Fetcher(networks=[...])",
            )
    return checked


def _is_public(address: Address) -> bool:
    """Return whether the address is on the public internet, looking through IPv6 wrappings."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _literal(host: str) -> Address | None:
    """Return the host as an address, or None for a name. A zone is not accepted."""
    try:
        return ipaddress.ip_address(host) if "%" not in host else None
    except ValueError:
        return None
