"""What the store keeps of dynamic registrations, and what it decides about them.

Source: oauth.md C-6; RFC 7591 section 3; RFC 7592 section 2.
"""

from enum import Enum
from typing import Protocol

from watchword.base.records import dataclass
from watchword.oauth.clients import Client
from watchword.oauth.registration.administration import ClientChange, KeptClient

__all__ = [
    "UNUSED_SECONDS",
    "ChangedRegistration",
    "HourlyLimits",
    "NewRegistration",
    "NotRegistered",
    "Registered",
    "RegistrationStore",
    "RegistrationToken",
]

UNUSED_SECONDS = 86_400  # then a client without a login goes


@dataclass(frozen=True, slots=True)
class HourlyLimits:
    """How many clients may be registered within an hour.

    Hosted connectors register everybody's clients from a few addresses, so those are not counted.
    """

    all: int = 1_000
    of_software: int = 250  # of one program; one without a secret counts once for all its users


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """A client that registers itself."""

    client: Client
    fingerprint: bytes | None  # of equal public metadata; None: it has a secret
    software: bytes  # a hash, the same for all registrations of one program
    token_hash: bytes  # of its registration access token
    initial_token_hash: bytes | None  # of what lets it register; None where anybody may
    now: int
    limits: HourlyLimits = HourlyLimits()


@dataclass(frozen=True, slots=True)
class Registered:
    """The client that a registration led to."""

    client_id: str
    created_at: int
    is_shared: bool  # it was there before, and nobody manages it by a token from here on


class NotRegistered(Enum):
    """Why a registration led to none."""

    NOT_ALLOWED = "not_allowed"  # its initial access token is unknown, spent or expired
    SWITCHED_OFF = "switched_off"  # an administrator ended the client of this metadata
    TOO_MANY = "too_many"  # in this hour
    TOO_MANY_OF_SOFTWARE = "too_many_of_software"


@dataclass(frozen=True, slots=True)
class ChangedRegistration:
    """A client that changes what it registered, under the token that it was given."""

    client: Client
    token_hash: bytes  # as presented
    next_token_hash: bytes


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """What an administrator gives to somebody who may register clients."""

    token_hash: bytes
    uses: int
    created_at: int
    expires_at: int


class RegistrationStore(Protocol):
    """What registration needs of the store. Each method is one transaction."""

    async def register_dynamic(self, registration: NewRegistration) -> Registered | NotRegistered:
        """Insert a client, or find the one of equal public metadata, which exists once.

        An initial access token is spent in the same transaction.
        """
        ...

    async def find_registration(self, client_id: str, token_hash: bytes) -> KeptClient | None:
        """Return an active client that was given this registration access token."""
        ...

    async def change_registration(self, changed: ChangedRegistration) -> ClientChange:
        """Replace what a client registered, and its token; of two changes one wins."""
        ...

    async def end_registration(
        self, client_id: str, token_hash: bytes, *, now: int
    ) -> ClientChange:
        """Switch a client off for good and end all that it was given; the feed says so."""
        ...

    async def add_registration_token(self, token: RegistrationToken) -> None:
        """Keep an initial access token."""
        ...
