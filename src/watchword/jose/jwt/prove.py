"""Prove a payload: read the claims, check them, and give them the caller's type.

An issuer writes the same members in the same order, token after token. The second time that a good
token has an order, it is learned as a shape, which proves the next such token at once;
bench/policies.py measures the gain.

Source: tokens.md section 7 (learned shapes); RFC 7519 section 7.2.
"""

from typing import Generic, TypeVar, cast

from watchword.jose.errors import Expired
from watchword.jose.jwt.claims import Members
from watchword.jose.jwt.convert import converter, decoder
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.padding import unpadded
from watchword.jose.jwt.payload import members_of, read_proved
from watchword.jose.jwt.rules import check_claims
from watchword.jose.jwt.shape import Prove, prover_of, reader_of

__all__ = ["Prover"]

C = TypeVar("C")

SHAPES_MAX = 8  # of one verifier; building one costs as much as forty verifications

_Order = tuple[object, ...]


class Prover(Generic[C]):
    """Reads and checks the claims of one policy's tokens."""

    __slots__ = ("_convert", "_expect", "_last_order", "_orders", "_typed", "prove")

    prove: Prove[C]
    """Returns the typed claims of a payload whose signature holds, and seconds to `exp`.

    Raises MalformedToken for what is not strict JSON in canonical base64url, and ClaimsInvalid.
    What has been learned is tried first, and the ordinary way stands at the end.
    """

    def __init__(self, expect: Expected, kind: type[C]) -> None:
        self._expect = expect
        self._convert = converter(kind)
        self._typed = decoder(kind)
        self._orders: set[_Order] = set()
        self._last_order: _Order = ()
        self.prove = self._prove_unlearned

    def conclude(self, members: Members, now: int) -> tuple[C, int | None]:
        """Return the typed claims of members that are signed, and seconds to `exp` if they end.

        Raises:
            ClaimsInvalid: a claim fails, or several.
        """
        try:
            check_claims(members, self._expect, now)
        except Expired as failure:
            failure.proved = members  # a log can name who has to come back
            raise
        exp, sub = members.get("exp"), members.get("sub")
        if isinstance(sub, int):  # only `allow_int_sub` lets it come here
            members = {**members, "sub": str(sub)}
        expires_in = None if exp is None else int(cast("float", exp)) - now
        return self._convert(members), expires_in

    def _prove_unlearned(self, payload_b64u: bytes, now: int) -> tuple[C, int | None]:
        if self._expect.allow_padding:
            payload_b64u = unpadded(payload_b64u)
        members = members_of(payload_b64u)
        proved = self.conclude(members, now)
        self._learn(members, payload_b64u)
        return proved

    def _learn(self, members: Members, payload_b64u: bytes) -> None:
        """Learn the shape of a good token whose order comes again; at most once."""
        order = (isinstance(members.get("aud"), list), *members)
        comes_again, self._last_order = order == self._last_order, order
        if not comes_again or order in self._orders or len(self._orders) >= SHAPES_MAX:
            return
        self._orders.add(order)
        read = reader_of(members, self._expect)
        # A shape that does not read its own token reads no other: the values are of other types.
        if read is not None and read_proved(read, payload_b64u) is not None:
            self.prove = prover_of(
                read, members, self._expect, typed=self._typed, otherwise=self.prove
            )
