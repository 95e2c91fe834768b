"""Network addresses: of proxies that the settings list, and of clients that they speak for.

A proxy appends the address that it saw to `X-Forwarded-For`. The list is read from its end, for as
long as each address is itself a listed proxy: whatever stands before that was written by somebody
whom nobody vouches for. Without a listed proxy the field is not read.

Source: security.md rule 97; OWASP ASVS 5.0 V15.3.4.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["HOPS_MAX", "Network", "client_address", "is_proxy", "read_network"]

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address

HOPS_MAX = 16  # proxies in a row; the rest of a longer list is not read
PEERS_KEPT_MAX = 1_024  # whose address is taken apart once, and not at each of their requests


def client_address(
    peer: str | None, forwarded: Sequence[str], proxies: Sequence[Network]
) -> str | None:
    """Return the address of the client; None where the peer has none, as behind a local socket.

    Args:
        peer: of the socket.
        forwarded: every `X-Forwarded-For` field, as sent.
        proxies: whose word is taken.
    """
    if not proxies:
        return _peer_text(peer or "")
    address = _peer_address(peer or "")
    hops = [hop.strip() for hop in ",".join(forwarded).rsplit(",", HOPS_MAX)[-HOPS_MAX:]]
    while address is not None and hops and _is_listed(address, proxies):
        before = _hop(hops.pop())
        if before is None:
            break
        address = before
    return _text(address)


def is_proxy(peer: str | None, proxies: Sequence[Network]) -> bool:
    """Whether a request comes straight from a listed proxy, whose fields are its own."""
    address = _peer_address(peer or "")
    return address is not None and _is_listed(address, proxies)


def read_network(text: str) -> Network:
    """Return the network that a setting names: an address, or a prefix such as `10.0.0.0/8`.

    Raises:
        ValueError: neither, or bits are set beyond the prefix.
    """
    return ip_network(text)


def _is_listed(address: _Address, proxies: Sequence[Network]) -> bool:
    return any(address.version == proxy.version and address in proxy for proxy in proxies)


def _hop(text: str) -> _Address | None:
    """Read one element: an address, which some proxies write with a port."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return None if "%" in text else _address(text)


def _address(text: str) -> _Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _text(address: _Address | None) -> str | None:
    return None if address is None else str(address)


_peer_address = lru_cache(maxsize=PEERS_KEPT_MAX)(_address)
_peer_text = lru_cache(maxsize=PEERS_KEPT_MAX)(lambda peer: _text(_address(peer)))
