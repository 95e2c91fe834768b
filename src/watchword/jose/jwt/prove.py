"""Prove a payload: read the claims, check them, and give them the caller's type.

An issuer writes the same members in the same order, token after token. The second time that a good
token has an order, it is learned as a Struct, which reads and compares the next such token at once;
bench/tokens.py measures the gain. A shape only ever says yes: what it does not take goes the
ordinary way, through the readers and rules that alone refuse.

Source: tokens.md section 7 (learned shapes); RFC 7519 section 7.2.
"""

import re
from collections.abc import Callable, Mapping
from types import new_class
from typing import Generic, TypeVar, cast

import msgspec

from watchword.base.limits import DATE_MAX, HEADER_MEMBERS_MAX
from watchword.jose.jwt.claims import Claims, Members, ShapedClaims
from watchword.jose.jwt.convert import converter
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.padding import unpadded
from watchword.jose.jwt.payload import Value, members_of, read_proved
from watchword.jose.jwt.registered import TEXT_CLAIMS
from watchword.jose.jwt.rules import check_claims

__all__ = ["Prover"]

C = TypeVar("C")

SHAPES_MAX = 8  # of one verifier; building one costs as much as twenty verifications

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_:/.#-]{1,128}")  # what JSON writes without escapes
_ALWAYS = frozenset(("iss", "aud", "exp", "iat"))
_TYPES: Mapping[str, object] = {"aud": str, "exp": int, "iat": int} | dict.fromkeys(
    TEXT_CLAIMS, str
)

_Decode = Callable[[bytes], ShapedClaims]


class Prover(Generic[C]):
    """Reads and checks the claims of one policy's tokens."""

    __slots__ = (
        *("_ahead", "_audiences", "_convert", "_decode", "_expect", "_is_padded", "_issuer"),
        *("_last_order", "_shapes", "_takes_shapes"),
    )

    def __init__(self, expect: Expected, kind: type[C]) -> None:
        self._expect = expect
        self._issuer = expect.issuer
        self._audiences = expect.audiences
        self._ahead = expect.ahead
        self._is_padded = expect.allow_padding
        self._convert = converter(kind)
        self._takes_shapes = kind is Claims and expect.is_common
        self._shapes: dict[tuple[str, ...], _Decode] = {}
        self._decode: _Decode | None = None
        self._last_order: tuple[str, ...] = ()

    def prove(self, payload_b64u: bytes, now: int) -> tuple[C, int | None]:
        """Return the typed claims of a payload whose signature holds, and seconds to `exp`.

        Raises:
            MalformedToken: the payload is not strict JSON in canonical base64url.
            ClaimsInvalid: a claim fails, or several.
        """
        if self._is_padded:
            payload_b64u = unpadded(payload_b64u)
        decode = self._decode
        if decode is not None:
            claims = read_proved(decode, payload_b64u)
            # The Struct has checked the types; these four are all that is left to ask.
            if (
                claims is not None
                and now < claims.exp <= DATE_MAX
                and 0 < claims.iat <= now + self._ahead
                and claims.iss == self._issuer
                and claims.aud_ in self._audiences
            ):
                return claims, claims.exp - now  # type: ignore[return-value]  # C is Claims here
        members = members_of(payload_b64u)
        proved = self.conclude(members, now)
        if self._takes_shapes:
            self._learn(members)
        return proved

    def conclude(self, members: Members, now: int) -> tuple[C, int | None]:
        """Return the typed claims of members that are signed, and seconds to `exp` if they end.

        Raises:
            ClaimsInvalid: a claim fails, or several.
        """
        check_claims(members, self._expect, now)
        exp, sub = members.get("exp"), members.get("sub")
        if isinstance(sub, int):  # only `allow_int_sub` lets it come here
            members = {**members, "sub": str(sub)}
        expires_in = None if exp is None else int(cast("float", exp)) - now
        return self._convert(members), expires_in

    def _learn(self, members: Members) -> None:
        """Try the shape of this good token first, next time."""
        order = tuple(members)
        known = self._shapes.get(order)
        if known is None and order == self._last_order and len(self._shapes) < SHAPES_MAX:
            known = _shape(order)
            if known is not None:
                self._shapes[order] = known
        self._last_order = order
        self._decode = known or self._decode


def _shape(order: tuple[str, ...]) -> _Decode | None:
    """Build the Struct for an order of members, where the usual claims are all there."""
    if not frozenset(order) >= _ALWAYS or "nbf" in order or len(order) > HEADER_MEMBERS_MAX:
        return None
    if not all(_PLAIN_NAME.fullmatch(name) for name in order):
        return None
    attributes = [_attribute(index, name) for index, name in enumerate(order)]
    types = [_TYPES.get(name, Value) for name in order]
    annotations = dict(zip(attributes, types, strict=True))
    rename = dict(zip(attributes, order, strict=True))
    # Without `forbid_unknown_fields` msgspec skips the value of an unknown member by recursion,
    # however deep: a RecursionError for whoever sends brackets under a good signature.
    options = {"rename": rename, "frozen": True, "eq": False, "gc": False}
    options["forbid_unknown_fields"] = True
    shape = new_class(
        "Shape", (ShapedClaims,), options, lambda body: body.update(__annotations__=annotations)
    )
    return cast("_Decode", msgspec.json.Decoder(shape).decode)


def _attribute(index: int, name: str) -> str:
    if name == "aud":
        return "aud_"
    return name if name in _TYPES else f"claim_{index}"
