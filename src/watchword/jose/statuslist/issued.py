"""The issuer's side: statuses to be changed and published.

Source: draft-ietf-oauth-status-list-21 sections 4.1 and 5.1; tokens.md J-49.
"""

from typing import Self

from watchword.base.duration import Duration, seconds
from watchword.jose.errors import PolicyRefused
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.compact import split
from watchword.jose.jwt.expected import media_type
from watchword.jose.jwt.signer import Signer
from watchword.jose.statuslist.packing import (
    LIST_BYTES_MAX,
    TOKEN_BYTES_MAX,
    TYPE,
    deflated,
    is_bits,
    place,
    status_at,
)

__all__ = ["StatusList"]

TTL_SECONDS_MAX = 31 * 86_400  # a list that is kept for longer takes nothing back


class StatusList:
    """An issuer's statuses, to be changed and published.

    Args:
        data: the statuses, packed.
        bits: of each: 1, 2, 4 or 8.

    Raises:
        PolicyRefused: other bits, nothing, or more than 4 MiB.
    """

    __slots__ = ("_bits", "_data")

    def __init__(self, data: bytes, *, bits: int = 1) -> None:
        if not is_bits(bits):
            raise PolicyRefused("bits= is 1, 2, 4 or 8")
        if not 0 < len(data) <= LIST_BYTES_MAX:
            raise PolicyRefused(f"a list has 1 to {LIST_BYTES_MAX} bytes")
        self._data = bytearray(data)
        self._bits = bits

    @classmethod
    def new(cls, *, size: int, bits: int = 1) -> Self:
        """Return a list on which every token is valid.

        Args:
            size: how many tokens; a large one hides which of them a reader asks about.
            bits: of each: 1 for valid and invalid, 2 for suspended too, or 4 or 8.
        """
        if not is_bits(bits) or not 0 < size * bits <= LIST_BYTES_MAX * 8:
            raise PolicyRefused(f"a list has 1 to {LIST_BYTES_MAX} bytes, and 1, 2, 4 or 8 bits")
        return cls(bytes((size * bits + 7) // 8), bits=bits)

    @property
    def bits(self) -> int:
        """The bits of each status."""
        return self._bits

    def set(self, idx: int, status: int) -> None:
        """Set a token's status.

        Raises:
            IndexError: the list has no such place.
            PolicyRefused: a status that does not fit the bits.
        """
        if type(status) is not int or not 0 <= status < 1 << self._bits:
            raise PolicyRefused(f"a status of {self._bits} bits is 0 to {(1 << self._bits) - 1}")
        at, shift = place(idx, self._bits)
        mask = (1 << self._bits) - 1
        self._data[at] = self._data[at] & ~(mask << shift) | status << shift

    def to_bytes(self) -> bytes:
        """Return the statuses, packed: what a store keeps, and the constructor takes."""
        return bytes(self._data)

    def token(self, signer: Signer, *, uri: str, ttl: Duration) -> str:
        """Return the token that publishes the list as it stands.

        Args:
            signer: with typ="statuslist+jwt"; its lifetime is how long the list may be believed.
            uri: where the token will be found, as the referring tokens name it.
            ttl: how long a reader may keep the list before asking again.

        Raises:
            PolicyRefused: another type, a ttl that is none, or a token of more than 1 MiB.
        """
        kept = seconds(ttl)
        if not 0 < kept <= TTL_SECONDS_MAX:
            raise PolicyRefused(f"ttl= is 1 to {TTL_SECONDS_MAX} seconds", claim="ttl")
        listed = {"bits": self._bits, "lst": deflated(self.to_bytes())}
        claims = {"sub": uri, "ttl": kept, "status_list": listed}
        text = signer.sign_claims(claims, bytes_max=TOKEN_BYTES_MAX)
        typ = jws_header.read(split(text, TOKEN_BYTES_MAX)[0]).typ
        if typ is None or media_type(typ) != TYPE:
            raise PolicyRefused(f'the Signer of a list has typ="{TYPE}"', claim="typ")
        return text

    def __getitem__(self, idx: int) -> int:
        return status_at(self._data, self._bits, idx)

    def __len__(self) -> int:
        return len(self._data) * 8 // self._bits

    def __repr__(self) -> str:
        return f"StatusList({len(self)} statuses of {self._bits} bits)"
