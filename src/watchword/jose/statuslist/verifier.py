"""The reader's side: a list's token, verified, as statuses.

Source: draft-ietf-oauth-status-list-21 sections 5.1 and 8.3; tokens.md J-49.
"""

from collections.abc import Iterator, Mapping
from typing import Generic, cast

from watchword.base.records import dataclass
from watchword.jose.errors import (
    ClaimInvalid,
    ClaimMissing,
    ClaimsInvalid,
    PolicyRefused,
    WrongType,
)
from watchword.jose.jwt.expected import media_type
from watchword.jose.jwt.verified import C, Verified
from watchword.jose.jwt.verifier import Verifier as TokenVerifier
from watchword.jose.statuslist.packing import (
    TOKEN_BYTES_MAX,
    TYPE,
    inflated,
    is_bits,
    status_at,
)

__all__ = ["Statuses", "Verifier"]

Members = Mapping[str, object]


@dataclass(frozen=True, slots=True, repr=False)
class Statuses:
    """The statuses of a list whose token was verified."""

    data: bytes
    bits: int
    issued_at: int
    expires_at: int | None
    """When the list's token ends, in seconds since the epoch."""
    ttl: int | None
    """How many seconds the issuer lets the list be kept."""

    def __getitem__(self, idx: int) -> int:
        """Return a token's status.

        Raises:
            ClaimInvalid: the list has no such place, so nothing is known of the token.
        """
        try:
            return status_at(self.data, self.bits, idx)
        except IndexError:
            pass
        raise ClaimInvalid("the status list has no such index", claim="status")

    def __len__(self) -> int:
        return len(self.data) * 8 // self.bits

    def is_expired(self, now: int) -> bool:
        """Return whether the list's token has ended, at a time in seconds since the epoch."""
        return self.expires_at is not None and self.expires_at <= now

    def __repr__(self) -> str:
        return f"Statuses({len(self)} statuses of {self.bits} bits)"


class Verifier(Generic[C]):
    """Verifies status list tokens. Immutable; shareable between threads.

    Args:
        verifier: knows the keys, the issuer and the type "statuslist+jwt" of such tokens.

    Raises:
        PolicyRefused: no `jwt.Verifier`.
    """

    __slots__ = ("_verifier",)

    def __init__(self, verifier: TokenVerifier[C]) -> None:
        if not isinstance(verifier, TokenVerifier):
            raise PolicyRefused('a jwt.Verifier with typ="statuslist+jwt" knows the keys')
        self._verifier = verifier

    def verify(self, text: str | bytes, *, uri: str) -> Statuses:
        """Return the statuses of a list's token.

        Args:
            text: the token, at most 1 MiB.
            uri: the one that the referring token names; `sub` of the list's token equals it.

        Raises:
            TokenError: the list's token is at fault; the class says how.
            KeysUnavailable: there are no keys to answer from.
        """
        return _read(self._verifier.verify(text, bytes_max=TOKEN_BYTES_MAX), uri)

    async def averify(self, text: str | bytes, *, uri: str) -> Statuses:
        """Do as `verify`, and await where keys have to be fetched first."""
        return _read(await self._verifier.averify(text, bytes_max=TOKEN_BYTES_MAX), uri)

    def __repr__(self) -> str:
        return f"Verifier({self._verifier!r})"


def _read(proved: Verified[C], uri: str) -> Statuses:
    typ, members = proved.header.typ, proved.claims
    if typ is None or media_type(typ) != TYPE:
        raise WrongType(f"a status list's token is of type {TYPE}", claim="typ", got=typ)
    if not isinstance(members, Mapping):
        raise PolicyRefused("the Verifier of status lists has claims=jwt.Claims")
    failures = list(_failures(members, uri))
    if failures:
        raise ClaimsInvalid.of(failures)
    listed = cast("Mapping[str, object]", members["status_list"])
    exp, ttl = members.get("exp"), members.get("ttl")
    return Statuses(
        _inflated(cast("str", listed["lst"])),
        cast("int", listed["bits"]),
        int(cast("float", members["iat"])),
        None if exp is None else int(cast("float", exp)),
        None if ttl is None else int(cast("float", ttl)),
    )


def _failures(members: Members, uri: str) -> Iterator[ClaimsInvalid]:
    sub = members.get("sub")
    if sub is None:
        yield ClaimMissing("a status list names its own URI", claim="sub")
    elif sub != uri:
        yield ClaimInvalid("this is the list of another URI", claim="sub", expected=uri, got=sub)
    if "iat" not in members:
        yield ClaimMissing("a status list says when it was issued", claim="iat")
    if "ttl" in members and not _is_ttl(members["ttl"]):
        yield ClaimInvalid("the claim is a positive number of seconds", claim="ttl")
    listed = members.get("status_list")
    if not isinstance(listed, Mapping):
        yield ClaimMissing("the token holds no status list", claim="status_list")
    elif not is_bits(listed.get("bits")) or not isinstance(listed.get("lst"), str):
        yield ClaimInvalid("a list has bits, 1, 2, 4 or 8, and lst", claim="status_list")


def _is_ttl(ttl: object) -> bool:
    is_number = isinstance(ttl, int | float) and not isinstance(ttl, bool)
    return is_number and cast("float", ttl) > 0


def _inflated(lst: str) -> bytes:
    try:
        return inflated(lst)
    except ValueError:
        pass
    raise ClaimInvalid("lst is base64url of a ZLIB stream of at most 4 MiB", claim="status_list")
