"""Device codes: what a device polls with, what its person types, and who may decide.

Of the device code only the hash is stored; of the short user code a keyed hash, because so few
letters could be found out from a plain one.

Source: RFC 8628 sections 3.2, 3.5, 5.1, 5.2 and 6.1; oauth.md S-1, S-3 and section 8;
security.md rule 73.
"""

import hashlib
from enum import Enum
from typing import Protocol

from watchword.accounts.sessions import NewSession
from watchword.accounts.throttle import ThrottleStore
from watchword.base.chance import Chance
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.oauth.families import Facts, NewFamily, Refused

__all__ = [
    "DEVICE_CODE_LIFETIME_SECONDS",
    "POLL_SECONDS",
    "SLOWER_SECONDS",
    "ClaimDeviceCode",
    "DecideDeviceCode",
    "Decision",
    "DeviceCodeStore",
    "NewDeviceCode",
    "RedeemDeviceCode",
    "WaitingDevice",
    "hash_user_code",
    "make_user_code",
    "read_user_code",
]

DEVICE_CODE_LIFETIME_SECONDS = 600
POLL_SECONDS = 5  # RFC 8628 section 3.2: what a device without a number waits
SLOWER_SECONDS = 5  # RFC 8628 section 3.5
# Consonants: no word comes about, no letter reads as a digit (RFC 8628 section 6.1). 20^8 are more
# than 2^34 codes, of which a person may guess ten before each further one takes a minute.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE_LETTERS = 8
TYPED_CHARACTERS_MAX = 64
_FAIR = 256 - 256 % len(LETTERS)  # bytes from here on would make some letters likelier


class Decision(Enum):
    """What the person decided. The value is the stored word."""

    ALLOWED = "allowed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class NewDeviceCode:
    """A device code to be stored, with what it is asked for."""

    code_hash: bytes
    user_code_hash: bytes
    client_id: str
    resource: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class WaitingDevice:
    """A device that waits for a decision."""

    client_id: str
    resource: str
    scopes: tuple[str, ...]
    created_at: int


@dataclass(frozen=True, slots=True)
class ClaimDeviceCode:
    """The typing of a user code: from then on only this session decides."""

    user_code_hash: bytes
    user_id: str
    sid: str
    now: int


@dataclass(frozen=True, slots=True)
class DecideDeviceCode:
    """The decision of whoever typed the code."""

    user_code_hash: bytes
    user_id: str
    sid: str
    decision: Decision
    now: int


@dataclass(frozen=True, slots=True)
class RedeemDeviceCode:
    """A poll, and what it buys if the person has allowed it.

    Args:
        code_hash: SHA-256 of the whole device code.
        client_id: as authenticated.
        family: what is opened; resource and scopes are then the code's.
        session: what is opened; the proofs are then those of the session that decided.
        now: seconds since the epoch.
    """

    code_hash: bytes
    client_id: str
    family: NewFamily
    session: NewSession
    now: int


class DeviceCodeStore(ThrottleStore, Protocol):
    """What device authorization needs of a store. Each method is one transaction."""

    async def add_device_code(self, code: NewDeviceCode) -> bool:
        """Store a code; False where another one has its user code."""
        ...

    async def claim_device_code(self, command: ClaimDeviceCode) -> WaitingDevice | None:
        """Bind a code to the session that typed it, and say who waits.

        The first session that types a live code keeps it; to all others it is unknown.
        """
        ...

    async def decide_device_code(self, command: DecideDeviceCode) -> WaitingDevice | None:
        """Write the decision of the session that typed the code, once; None: nothing to decide."""
        ...

    async def release_device_code(self, command: ClaimDeviceCode) -> None:
        """Let go of a code that this session typed and did not decide about.

        From then on whoever types it first keeps it, as if nobody had.
        """
        ...

    async def redeem_device_code(self, command: RedeemDeviceCode) -> Facts | Refused:
        """Spend an allowed code and open what it buys, or say what the device is to do.

        Of any number of concurrent callers exactly one gets the facts; each of the others revokes
        the family that it opened, and is told REUSED. Another client's poll changes nothing.
        """
        ...


def make_user_code(chance: Chance) -> Secret:
    """Return eight random letters, as a person reads them: "WDJB-MJHT"."""
    letters = ""
    while len(letters) < USER_CODE_LETTERS:
        for byte in chance.token_bytes(USER_CODE_LETTERS - len(letters)):
            if byte < _FAIR:
                letters += LETTERS[byte % len(LETTERS)]
    return Secret(f"{letters[:4]}-{letters[4:]}")


def read_user_code(typed: str) -> Secret | None:
    """Return the code that somebody typed, without regard to case, spaces and dashes."""
    letters = "".join(typed[:TYPED_CHARACTERS_MAX].upper().replace("-", " ").split())
    if len(letters) != USER_CODE_LETTERS or not set(letters) <= set(LETTERS):
        return None
    return Secret(f"{letters[:4]}-{letters[4:]}")


def hash_user_code(code: Secret, *, pepper: bytes) -> bytes:
    """Return what may be stored of a user code: a MAC with a key outside the database."""
    text = code.reveal().encode("ascii")
    return hashlib.blake2b(text, key=pepper, person=b"watchword device", digest_size=32).digest()
