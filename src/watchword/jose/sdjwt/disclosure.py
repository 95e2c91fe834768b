"""Disclosures: salt, name and value as one text, and the digest that stands in its place.

Source: RFC 9901 sections 4.1.1, 4.2, 9.3 and 9.4; tokens.md J-46.
"""

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from watchword.base import base64url, strict_json
from watchword.base.chance import Chance
from watchword.base.records import dataclass
from watchword.jose.errors import DisclosureInvalid

__all__ = [
    "DIGESTS",
    "ELEMENT",
    "HASHES",
    "HASH_DEFAULT",
    "HASH_NAME",
    "RESERVED",
    "Disclosure",
    "decoy",
    "digest",
    "hash_named_by",
    "make",
    "parse",
]

SALT_BYTES = 16  # 128 bits, the least that RFC 9901 section 9.3 recommends

DIGESTS, ELEMENT, HASH_NAME = "_sd", "...", "_sd_alg"
RESERVED = frozenset((DIGESTS, ELEMENT, HASH_NAME))

HASH_DEFAULT = "sha-256"
# The registry also holds hashes cut to 32 bits, so what is not listed here is refused.
HASHES: Mapping[str, Callable[[bytes], "hashlib._Hash"]] = MappingProxyType(
    {HASH_DEFAULT: hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
)

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One claim that was hidden: an object's member, or an array's element without a name."""

    text: str
    name: str | None
    value: object

    def __repr__(self) -> str:
        return "Disclosure(...)"


def make(name: str | None, value: object, chance: Chance) -> Disclosure:
    """Hide a member, or with None for its name an element, under a salt of its own."""
    salt = base64url.encode(chance.token_bytes(SALT_BYTES))
    parts = [salt, value] if name is None else [salt, name, value]
    return Disclosure(base64url.encode(_encode(parts)), name, value)


def parse(text: str) -> Disclosure:
    """Read a Disclosure.

    Raises:
        DisclosureInvalid: not base64url of a JSON array of salt, name and value, or of salt and
            value; or of a name that only the format itself may use.
    """
    parts: object = None
    hint = "a disclosure is no array"
    try:
        parts = strict_json.loads(base64url.decode(text), bytes_max=len(text))
    except base64url.MalformedBase64url:
        hint = "a disclosure is not canonical base64url"
    except strict_json.MalformedJSON as error:
        hint = f"a disclosure is refused: {error}"
    match parts:
        case [str(), str(name), value]:
            if name in RESERVED:
                raise DisclosureInvalid("a disclosure has a name that the format reserves")
            return Disclosure(text, name, value)
        case [str(), value]:
            return Disclosure(text, None, value)
        case list():
            hint = "a disclosure is an array of salt, name and value, or of salt and value"
    raise DisclosureInvalid(hint)


def hash_named_by(members: Mapping[str, object]) -> str:
    """Return the name of the hash that a payload's digests are made with.

    Raises:
        DisclosureInvalid: it is none of `HASHES`.
    """
    name = members.get(HASH_NAME, HASH_DEFAULT)
    if not isinstance(name, str) or name not in HASHES:
        raise DisclosureInvalid(
            f"the hash is one of {', '.join(HASHES)}", claim=HASH_NAME, got=name
        )
    return name


def digest(text: str, hash_name: str) -> str:
    """Return the digest of a text, over its characters as they are sent."""
    return base64url.encode(HASHES[hash_name](text.encode("ascii")).digest())


def decoy(hash_name: str, chance: Chance) -> str:
    """Return a digest of nothing, which no Disclosure ever fits."""
    return base64url.encode(HASHES[hash_name](chance.token_bytes(SALT_BYTES)).digest())
