"""Recovery codes: ten on a sheet of paper, each for one sign-in without the other second factor.

A code has 80 bits, so its hash needs neither salt nor work. They are shown once, in the answer to
the request that makes them; another sheet kills the earlier one.

Source: NIST SP 800-63B-4 section 3.1.2 (look-up secrets); users.md U48; security.md rule 37.
"""

import unicodedata
from enum import Enum
from typing import Protocol

from watchword.accounts.attempts import Compared, RecoveryCodeAttempt
from watchword.accounts.errors import InvalidCredentials
from watchword.accounts.events import Event, EventKind
from watchword.accounts.factors.together import Change, Changer, FactorOutcome, change_of
from watchword.accounts.levels import Method
from watchword.accounts.mail.messages import MailKind, Notice, notice_of
from watchword.accounts.origin import Origin
from watchword.base.chance import Chance
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "CODES",
    "RecoveryCodeFactor",
    "RecoveryCodeStore",
    "RecoverySheet",
    "UseOutcome",
    "UseRecoveryCode",
    "hash_code",
    "make_codes",
    "new_code",
]

CODES = 10
CODE_BYTES = 10  # 80 bits
GROUP_CHARACTERS = 4
TYPED_CHARACTERS_MAX = 64
# Crockford's alphabet: no letter in it is taken for a digit or for another letter.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LOOKALIKES = str.maketrans("oil", "011")


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """What is known of the codes of an account: never the codes."""

    made_at: int | None  # None: there are none
    left: int
    used: int


@dataclass(frozen=True, slots=True)
class UseRecoveryCode:
    """The use of one code, with what is written and sent beside it."""

    user_id: str
    code_hash: bytes
    now: int
    event: Event
    notice: Notice


class UseOutcome(Enum):
    """What became of the use of a code."""

    USED = "used"
    REFUSED = "refused"  # no such code, or used before


class RecoveryCodeStore(Protocol):
    """What recovery codes need of a store. Each method is one transaction."""

    async def replace_recovery_codes(
        self, hashes: tuple[bytes, ...], change: Change
    ) -> FactorOutcome:
        """Store the codes of a sheet; all earlier ones of the user are gone.

        UNKNOWN where the account has no second factor that they could stand in for.
        """
        ...

    async def read_recovery_sheet(self, user_id: str) -> RecoverySheet:
        """Return how many codes are left."""
        ...

    async def use_recovery_code(self, use: UseRecoveryCode) -> UseOutcome:
        """Use a code. Of any number of concurrent callers exactly one is told USED."""
        ...


class RecoveryCodeFactor:
    """Compares recovery codes. It is called by `verify_credential` alone.

    Args:
        store: where the hashes are.
    """

    __slots__ = ("_store",)

    def __init__(self, store: RecoveryCodeStore) -> None:
        self._store = store

    async def compare(self, attempt: RecoveryCodeAttempt, *, origin: Origin, now: int) -> Compared:
        """Use the code up, and tell its owner.

        Raises:
            InvalidCredentials: the account has no such code, or it was used before.
        """
        user_id = attempt.user_id
        use = UseRecoveryCode(
            user_id=user_id,
            code_hash=hash_code(attempt.code, user_id),
            now=now,
            event=Event(EventKind.RECOVERY_CODE_USED, now, user_id=user_id, origin=origin),
            notice=notice_of(MailKind.RECOVERY_CODE_USED, user_id, now=now, origin=origin),
        )
        if await self._store.use_recovery_code(use) is UseOutcome.REFUSED:
            raise InvalidCredentials(f"{user_id} has no such recovery code, or has used it")
        return Compared(user_id, Method.RECOVERY_CODE)


async def make_codes(
    changer: Changer, store: RecoveryCodeStore, *, chance: Chance, now: int
) -> tuple[Secret, ...] | None:
    """Make a sheet of codes and kill the earlier one. The codes stay with the caller.

    Returns:
        Ten codes; None where the account has no second factor for them to stand in for.
    """
    codes = tuple(new_code(chance) for _ in range(CODES))
    hashes = tuple(hash_code(code, changer.user_id) for code in codes)
    change = change_of(EventKind.RECOVERY_CODES_MADE, changer, about="", now=now)
    made = await store.replace_recovery_codes(hashes, change)
    return codes if made is FactorOutcome.CHANGED else None


def new_code(chance: Chance) -> Secret:
    """Make a code of 80 bits, such as "7k2m-9qhx-0tcd-w4vb"."""
    number = int.from_bytes(chance.token_bytes(CODE_BYTES))
    characters = "".join(ALPHABET[number >> shift & 31] for shift in range(0, 8 * CODE_BYTES, 5))
    groups = range(0, len(characters), GROUP_CHARACTERS)
    return Secret("-".join(characters[at : at + GROUP_CHARACTERS] for at in groups))


def hash_code(code: Secret, user_id: str) -> bytes:
    """Return what the store keeps of a code, for whatever way of typing it.

    Case, spaces and hyphens do not matter, and O, I and L are read as the digits they look like.
    """
    if len(code) > TYPED_CHARACTERS_MAX:
        return digest("recovery code of no form")
    text = unicodedata.normalize("NFKC", code.reveal()).casefold()
    characters = "".join(character for character in text if character.isalnum())
    return digest(f"recovery code {user_id} {characters.translate(_LOOKALIKES)}")
