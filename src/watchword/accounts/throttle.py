"""The throttle: how many wrong answers an account, a network or a login under way may give.

Every attempt takes a place before anything is compared, and leaves a failure or nothing behind, so
that any number of attempts at once cannot exceed the limit. What is counted for an account is
counted under its id, whichever name, address, door or factor is used; a name without an account is
counted in the same way, under itself.

Strangers and known devices have lanes of their own, of fifty consecutive failures each: a stranger
who uses up the one does not slow the owner's own browser down, and both together stay within the
hundred that NIST allows. A lane that is used up rests for a month, or opens with the next sign-in
through it; passkeys and links by mail, which nobody can guess, do not pass through a lane.

Source: NIST SP 800-63B-4 section 3.2.2; OWASP ASVS 5.0 V6.3.1; security.md rules 35 and 36, class
C9; oauth.md L-10; decisions/0111.
"""

import hashlib
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from watchword.accounts.events import Event
from watchword.accounts.origin import Origin
from watchword.base.records import dataclass

__all__ = [
    "ACCOUNT",
    "DEVICES_MAX",
    "DEVICE_MEMORY_SECONDS",
    "FLOW",
    "KNOWN_DEVICE",
    "NETWORK",
    "PENDING_SECONDS",
    "Bucket",
    "Delayed",
    "Limit",
    "ThrottleStore",
    "bucket",
    "network_buckets",
    "network_of",
]

DEVICES_MAX = 50  # known devices of one account; the one unused for longest makes room
DEVICE_MEMORY_SECONDS = 180 * 86_400
PENDING_SECONDS = 60  # an attempt without an outcome after so long was given up
_IPV6_SITE_BITS = 64  # what one customer of a provider has at the least


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate in the form of the generic cell rate algorithm, and an end.

    Args:
        burst: failures that may follow one another at once.
        interval_seconds: then one more at each of these.
        failures_max: failures since the last success, and attempts under way, after which none is
            let through.
        memory_seconds: so long after the last failure, all is forgotten.
    """

    burst: int
    interval_seconds: int
    failures_max: int
    memory_seconds: int


# Together at most 100 consecutive failures (NIST SP 800-63B-4 section 3.2.2).
ACCOUNT = Limit(burst=10, interval_seconds=300, failures_max=50, memory_seconds=30 * 86_400)
KNOWN_DEVICE = Limit(burst=10, interval_seconds=60, failures_max=50, memory_seconds=30 * 86_400)
# An office or a mobile network shares one address; its failures are few, and successes are free.
NETWORK = Limit(burst=300, interval_seconds=6, failures_max=2**31, memory_seconds=3_600)
# Codes of six digits: ten guesses in a login, of which each needs the password again.
FLOW = Limit(burst=5, interval_seconds=30, failures_max=10, memory_seconds=3_600)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What attempts are counted under."""

    key: bytes  # a keyed hash, so that a copy of the database names no address and no name
    limit: Limit


@dataclass(frozen=True, slots=True)
class Delayed:
    """The attempt may not be made yet, and was not counted."""

    retry_after: int  # seconds, at least one


class ThrottleStore(Protocol):
    """What the throttle needs of a store. Each method is one transaction."""

    async def take_attempt(self, buckets: Sequence[Bucket], *, now: int) -> Delayed | None:
        """Take a place in every bucket, or in none and say how long to wait.

        Under concurrency the attempts of one bucket follow one another; failures and attempts
        under way are never more than its limit allows.

        Args:
            buckets: in an order that all callers keep: network, flow, account.
            now: seconds since the epoch.
        """
        ...

    async def take_turn(self, buckets: Sequence[Bucket], *, now: int) -> Delayed | None:
        """Count what nobody gets back, such as a mail, in every bucket; or in none."""
        ...

    async def return_attempt(self, buckets: Sequence[Bucket]) -> int:
        """Give the place back that succeeded; return the failures in the last bucket."""
        ...

    async def count_failure(self, buckets: Sequence[Bucket], event: Event) -> None:
        """Turn the place into a failure, and write the event."""
        ...

    async def forget_failures(self, buckets: Sequence[Bucket]) -> None:
        """Empty the buckets, since a login is complete."""
        ...

    async def is_known_device(self, user_id: str, secret_hash: bytes, *, now: int) -> bool:
        """Read whether this browser or program has completed a login of this user."""
        ...


def bucket(kind: str, value: str, limit: Limit, *, key: bytes) -> Bucket:
    """Return what attempts of this kind and value are counted under.

    Args:
        kind: what is counted, such as "account".
        value: the id, the name, the network.
        limit: how many.
        key: 32 secret bytes of the server.
    """
    text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
    drawn = hashlib.blake2b(text, key=key, person=b"watchword bucket", digest_size=32)
    return Bucket(drawn.digest(), limit)


def network_buckets(kind: str, origin: Origin, limit: Limit, *, key: bytes) -> list[Bucket]:
    """Return what the network of an origin is counted under; nothing where there is none."""
    network = network_of(origin)
    return [] if network is None else [bucket(kind, network, limit, key=key)]


def network_of(origin: Origin) -> str | None:
    """Return the network of an origin: an IPv4 address, or the first half of an IPv6 address."""
    if origin.address is None:
        return None
    try:
        address = ip_address(origin.address.partition("%")[0])
    except ValueError:
        return origin.address
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS)}/{_IPV6_SITE_BITS}"
