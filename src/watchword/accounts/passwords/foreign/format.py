"""What the readers of foreign hashes share: the record, and strict pieces of text.

Each piece is refused rather than repaired: a text with two readings could open an account that its
export did not mean.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.schemes import SCHEMES
from watchword.accounts.passwords.schemes.scheme import Parameters
from watchword.accounts.passwords.stored_hash import StoredHash, fits
from watchword.base.records import dataclass

__all__ = [
    "HASH_CHARACTERS_MAX",
    "Format",
    "adapted_base64",
    "base64_bytes",
    "hex_bytes",
    "matched",
    "power_of_two",
    "take",
]

HASH_CHARACTERS_MAX = 4096
DIGITS_MAX = 10


@dataclass(frozen=True, slots=True)
class Format:
    """How one system spells its hashes.

    Args:
        name: of the system.
        begins: what its texts begin with.
        read: text to stored hash; raises HashNotTaken.
        spelling: its form, for people.
    """

    name: str
    begins: tuple[str, ...]
    read: Callable[[str], StoredHash]
    spelling: tuple[str, ...]


def take(scheme: str, parameters: Parameters, salt: bytes, digest: bytes) -> StoredHash:
    """Make the stored form, if the scheme allows it.

    Raises:
        HashNotTaken: the cost, the salt or the digest are outside of what the scheme allows.
    """
    found = SCHEMES[scheme]
    if not found.accepts(parameters):
        raise HashNotTaken(f"{scheme} costs more than is allowed, or nothing")
    if not fits(len(salt), found.salt_bytes):
        raise HashNotTaken(f"{scheme} has a salt of a length that is not taken")
    if not fits(len(digest), found.digest_bytes):
        raise HashNotTaken(f"{scheme} has a digest of a length that is not taken")
    return StoredHash(found, parameters, salt, digest)


def matched(pattern: re.Pattern[str], text: str, what: str) -> re.Match[str]:
    """Return the whole match.

    Raises:
        HashNotTaken: the text has another form; the reason names `what`.
    """
    found = pattern.fullmatch(text)
    if found is None:
        raise HashNotTaken(f"{what} is malformed")
    return found


def base64_bytes(text: str) -> bytes:
    """Decode standard base64, padded or not.

    Raises:
        HashNotTaken: anything else.
    """
    bare = text.rstrip("=")
    try:
        data = b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (NotBase64, ValueError):
        raise HashNotTaken("a part of the hash is no base64") from None
    if b64encode(data).decode("ascii").rstrip("=") != bare or len(text) - len(bare) > 2:
        raise HashNotTaken("a part of the hash is no base64")
    return data


def adapted_base64(text: str) -> bytes:
    """Decode passlib's base64: a full stop in place of the plus sign, no padding.

    Raises:
        HashNotTaken: anything else.
    """
    if "+" in text or "=" in text:
        raise HashNotTaken("a part of the hash is no base64")
    return base64_bytes(text.replace(".", "+"))


def hex_bytes(text: str) -> bytes:
    """Decode lower-case hexadecimal digits.

    Raises:
        HashNotTaken: anything else.
    """
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise HashNotTaken("a part of the hash is not hexadecimal") from None
    if data.hex() != text:
        raise HashNotTaken("a part of the hash is not hexadecimal")
    return data


def power_of_two(number: int) -> int:
    """Return which power of two a number is.

    Raises:
        HashNotTaken: none.
    """
    power = number.bit_length() - 1
    if number < 2 or number != 1 << power:
        raise HashNotTaken("scrypt's N is no power of two")
    return power
