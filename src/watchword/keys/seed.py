"""A foreign key set on paper, for a process that starts while its issuer cannot be reached.

What is written are the public halves of the keys in use. What is read goes through the reader of
documents from outside again, and only for the place that it was written for: a seed is the word of
an earlier process, and no reason to trust a key that would not be taken from the issuer.

Source: tokens.md J-45.
"""

from collections.abc import Iterable

import msgspec

from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX
from watchword.base.records import dataclass
from watchword.jose.errors import InvalidKey, PolicyRefused
from watchword.jose.jwk.keyset import KeySet
from watchword.keys.foreign import read_key_set

__all__ = ["Seed", "read_seed", "write_seed"]

SEED_BYTES_MAX = JWK_BYTES_MAX + 8 * 1024  # the document, and the four members around it


@dataclass(frozen=True, slots=True)
class Seed:
    """Keys, when they came from the issuer, and for how long it gave them."""

    keys: KeySet
    fetched_at: int
    lifetime_seconds: int


def write_seed(seed: Seed, place: str) -> str:
    """Return a seed as JSON text.

    Args:
        seed: the keys and their time.
        place: the URL or issuer that they are from.
    """
    members = {
        "from": place,
        "fetched_at": seed.fetched_at,
        "lifetime_seconds": seed.lifetime_seconds,
        "jwks": seed.keys.publish(),
    }
    return msgspec.json.encode(members).decode()


def read_seed(text: str | bytes, place: str, algorithms: Iterable[str]) -> Seed:
    """Read what `write_seed` wrote.

    Raises:
        PolicyRefused: of another place, altered, or without a usable key: the caller's bug.
    """
    data = text.encode() if isinstance(text, str) else text
    try:
        members = strict_json.loads(data, bytes_max=SEED_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        raise PolicyRefused(f"seed= is what export() wrote: {error}") from None
    if not isinstance(members, dict) or members.get("from") != place:
        raise PolicyRefused("seed= was exported from the keys of another URL or issuer")
    fetched_at, lifetime = members.get("fetched_at"), members.get("lifetime_seconds")
    if type(fetched_at) is not int or type(lifetime) is not int or lifetime < 0:
        raise PolicyRefused("seed= is what export() wrote; its times are missing")
    try:
        document = msgspec.json.encode(members.get("jwks"))
        return Seed(read_key_set(document, algorithms).keys, fetched_at, lifetime)
    except InvalidKey as error:
        raise PolicyRefused(f"seed= holds no usable keys: {error.hint}") from None
