"""Prove a payload: read the claims, check them, and give them the caller's type.

An issuer writes the same members in the same order, token after token. The second time that a good
token has an order, it is learned as a Struct, which reads and compares the next such token at once;
bench/tokens.py measures the gain. A shape only ever says yes: what it does not take goes the
ordinary way, through the readers and rules that alone refuse.

Source: tokens.md section 7 (learned shapes); RFC 7519 section 7.2.
"""

import re
from collections.abc import Callable
from typing import Generic, TypeVar, cast

import msgspec

from watchword.base.limits import DATE_MAX, HEADER_MEMBERS_MAX
from watchword.jose.jwt.claims import (
    Claims,
    Members,
    Shaped,
    Value,
    members_of,
    quoted_base64,
    read_proved,
)
from watchword.jose.jwt.convert import converter
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.rules import TEXT_CLAIMS, check_claims

__all__ = ["Prover"]

C = TypeVar("C")

SHAPES_MAX = 8  # of one verifier; building one costs as much as twenty verifications

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_:/.#-]{1,128}")  # what JSON writes without escapes
_ALWAYS = frozenset(("iss", "aud", "exp", "iat"))
_TYPES = {"aud": str, "exp": int, "iat": int} | dict.fromkeys(TEXT_CLAIMS, str)

_Decode = Callable[[bytes], Shaped]


class Prover(Generic[C]):
    """Reads and checks the claims of one policy's tokens."""

    __slots__ = ("_convert", "_decode", "_expect", "_last_order", "_shapes", "_takes_shapes")

    def __init__(self, expect: Expected, kind: type[C]) -> None:
        self._expect = expect
        self._convert = converter(kind)
        self._takes_shapes = kind is Claims and expect.is_common
        self._shapes: dict[tuple[str, ...], _Decode] = {}
        self._decode: _Decode | None = None
        self._last_order: tuple[str, ...] = ()

    def prove(self, payload_b64u: bytes, now: int) -> tuple[C, int]:
        """Return the typed claims of a payload whose signature holds, and seconds to `exp`.

        Raises:
            MalformedToken: the payload is not strict JSON in canonical base64url.
            ClaimsInvalid: a claim fails, or several.
        """
        decode = self._decode
        if decode is not None:
            shaped = read_proved(decode, quoted_base64(payload_b64u))
            if shaped is not None and _is_plainly_good(shaped, self._expect, now):
                return cast("C", Claims(shaped)), shaped.exp - now
        members = members_of(payload_b64u)
        check_claims(members, self._expect, now)
        if self._takes_shapes:
            self._learn(members)
        expires_in = int(cast("float", members["exp"])) - now
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
    attributes = [name if name in _TYPES else f"x{index}" for index, name in enumerate(order)]
    shape = msgspec.defstruct(
        "Shape",
        [(attribute, _TYPES.get(attribute, Value)) for attribute in attributes],
        bases=(Shaped,),
        rename=dict(zip(attributes, order, strict=True)),
        gc=False,
    )
    return cast("_Decode", msgspec.json.Decoder(shape).decode)


def _is_plainly_good(shaped: Shaped, expect: Expected, now: int) -> bool:
    """Return True only for claims that every rule accepts; the Struct has checked the types."""
    return (
        now < shaped.exp <= DATE_MAX
        and 0 < shaped.iat <= now
        and shaped.iss == expect.issuer
        and shaped.aud in expect.audiences
    )
