"""The memory of one Verifier: tokens that were good, and may still be.

The key is the token's exact text, never a hash or a part of it, and one memory belongs to one
policy. A hit repeats what can change: the key is looked up again, the times are compared again, and
the Verifier asks its denylist again. What a hit cannot promise it leaves to the ordinary way: the
memory only ever says yes.

Claims are shared between callers where nobody can change them. Where one could, in a list or in a
type that is not frozen, the kept payload is read and checked again for each caller.

Source: tokens.md section 7 (verified-token cache); fast-jwt CVE-2026-35039, CVE-2026-35041.
"""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Generic, TypeVar, cast

import msgspec

from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.base.records import dataclass
from watchword.jose.errors import PolicyRefused
from watchword.jose.jwk.keyset import VerificationKey
from watchword.jose.jws.header import Header
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.lookup import Lookup
from watchword.jose.jwt.padding import unpadded
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.prove import Prover
from watchword.jose.jwt.rules import window
from watchword.jose.jwt.verified import Verified

__all__ = ["Memory", "checked_size"]

C = TypeVar("C")

ENTRIES_MAX = 1_000_000  # of at most 16 KiB each

_SCALARS = frozenset((str, int, float, bool, type(None)))


@dataclass(frozen=True, slots=True)
class _Entry(Generic[C]):
    """A good token. It has no repr of its own claims: the policy's logs are no place for them."""

    header: Header
    key: VerificationKey
    payload_b64u: bytes
    claims: C | None
    """None where callers could change them."""
    exp: int | None
    begins: float
    ends: float

    def __repr__(self) -> str:
        return "_Entry(...)"


class Memory(Generic[C]):
    """Remembers at most `size` tokens; the oldest makes room."""

    __slots__ = ("_entries", "_expect", "_prover", "_size")

    def __init__(self, size: int, *, expect: Expected, prover: Prover[C]) -> None:
        self._size = size
        self._expect = expect
        self._prover = prover
        # Its popitem is one step even between threads, which a dict's oldest entry is not.
        self._entries: OrderedDict[str, _Entry[C]] = OrderedDict()

    def recall(self, token: str, now: int, lookup: Lookup[C]) -> Verified[C] | None:
        """Return what was proved of a token before, if all of it holds now; else None.

        Raises:
            ClaimsInvalid: a claim fails by now.
        """
        entry = self._entries.get(token)
        if entry is None:
            return None
        if not (lookup.is_fixed or lookup.holds(entry.header, entry.key)):
            self._entries.clear()  # a key has changed: whatever rests on the old set is forgotten
            return None
        if entry.claims is None:
            claims, expires_in = self._prover.prove(entry.payload_b64u, now)
            return Verified(claims, entry.header, entry.key, expires_in)
        if entry.begins <= now < entry.ends:
            expires_in = None if entry.exp is None else entry.exp - now
            return Verified(entry.claims, entry.header, entry.key, expires_in)
        return None

    def keep(self, token: str, payload_b64u: bytes, verified: Verified[C]) -> None:
        """Remember a token of which everything has been proved.

        A token with critical extensions is not kept: their handlers are asked every time.
        """
        header = verified.header
        if "crit" in header.members or len(token) > TOKEN_BYTES_MAX:
            return
        members = members_of(unpadded(payload_b64u))
        begins, ends = window(members, self._expect)
        exp = members.get("exp")
        self._entries[token] = _Entry(
            header,
            verified.key,
            payload_b64u,
            verified.claims if _is_unchangeable(verified.claims) else None,
            int(exp) if isinstance(exp, int | float) else None,
            begins,
            ends,
        )
        with suppress(KeyError):  # others may have made the room already
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Memory({len(self)} of {self._size})"


def checked_size(size: object) -> int:
    """Return a valid number of tokens to remember.

    Raises:
        PolicyRefused: no number, or out of range.
    """
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= ENTRIES_MAX:
        raise PolicyRefused(f"cache= is a number of tokens, 0 to {ENTRIES_MAX}")
    return size


def _is_unchangeable(claims: object) -> bool:
    """Return whether no caller can change a claims set for the next one."""
    if isinstance(claims, Claims):
        return all(map(_is_fixed, claims.values()))
    if isinstance(claims, msgspec.Struct):
        is_frozen, names = claims.__struct_config__.frozen, claims.__struct_fields__
    elif is_dataclass(claims):
        # A subclass that is no dataclass itself has none, and lets attributes of its own be set.
        params = vars(type(claims)).get("__dataclass_params__")
        is_frozen = params is not None and params.frozen
        names = tuple(field.name for field in fields(claims))
    else:
        return False
    return is_frozen and all(_is_fixed(getattr(claims, name)) for name in names)


def _is_fixed(value: object) -> bool:
    """Return whether nobody can change a claim: a scalar, or a tuple of scalars."""
    kind = type(value)
    if kind is tuple:
        return all(type(item) in _SCALARS for item in cast("tuple[object, ...]", value))
    return kind in _SCALARS
