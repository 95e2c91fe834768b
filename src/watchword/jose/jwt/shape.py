"""A shape: the members of a good token in their order, as a Struct that reads the next one at once.

What the policy asks of a claim is the type of its field, so that reading a claim judges it: the one
issuer, an audience of ours, dates in their range. What no type can know is asked afterwards: the
time, and whether a list of audiences names ours.

A shape only ever says yes. What it does not take goes the ordinary way, through the readers and
rules that alone refuse.

Source: tokens.md section 7 (learned shapes); RFC 7519 section 4.1.
"""

import re
from collections.abc import Callable
from operator import getitem
from types import new_class
from typing import Annotated, Literal, TypeVar, cast

import msgspec

from watchword.base.limits import DATE_MAX, HEADER_MEMBERS_MAX
from watchword.jose.jwt.claims import Members, ShapedClaims
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.payload import Value, encode
from watchword.jose.jwt.registered import DATE_CLAIMS, TEXT_CLAIMS
from watchword.jose.segment import FROM_URL_SAFE, LAST, QUOTED, decode_quoted

__all__ = ["Prove", "Read", "prover_of", "reader_of"]

C = TypeVar("C")

Prove = Callable[[bytes, int], tuple[C, int | None]]
"""Encoded payload and time to typed claims and seconds to `exp`; raises."""

Read = Callable[[bytes], ShapedClaims]
"""JSON to claims of one shape; raises what msgspec raises."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_:/.#-]{1,128}")  # what JSON writes without escapes
_Date = Annotated[int, msgspec.Meta(gt=0, le=DATE_MAX)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Texts = Annotated[list[_Text], msgspec.Meta(min_length=1)]


def reader_of(members: Members, expect: Expected) -> Read | None:
    """Return what reads the shape of a good token, if there can be one: it ends, and is plain."""
    if "exp" not in members or len(members) > HEADER_MEMBERS_MAX:
        return None
    if not all(_PLAIN_NAME.fullmatch(name) for name in members):
        return None
    attributes = {name: _attribute(index, name) for index, name in enumerate(members)}
    annotations = {attributes[name]: _type(name, members[name], expect) for name in members}
    rename = {attribute: name for name, attribute in attributes.items()}
    # Without `forbid_unknown_fields` msgspec skips the value of an unknown member by recursion,
    # however deep: a RecursionError for whoever sends brackets under a good signature.
    options = {"rename": rename, "frozen": True, "eq": False, "gc": False}
    options["forbid_unknown_fields"] = True
    shape = new_class(
        "Shape", (ShapedClaims,), options, lambda body: body.update(__annotations__=annotations)
    )
    return cast("Read", msgspec.json.Decoder(shape).decode)


def prover_of(
    read: Read,
    members: Members,
    expect: Expected,
    *,
    typed: Callable[[bytes], C] | None,
    otherwise: Prove[C],
) -> Prove[C]:
    """Return what proves payloads of one shape, and hands over what it does not take.

    Args:
        read: the shape's reader.
        members: of a good token of this shape.
        expect: what the policy asks.
        typed: makes the caller's type of the JSON text; None where that is `Claims`.
        otherwise: proves every other payload, and refuses.
    """
    is_dated = "iat" in members
    earliest_age = -expect.ahead
    is_good = _further(members, expect)

    # One call and no other on the usual way: each costs a fiftieth of a verification.
    def prove(payload_b64u: bytes, now: int) -> tuple[C, int | None]:
        remainder = len(payload_b64u) & 3
        try:
            # `segment.decode` and `payload.read_proved`, written out.
            is_plain = payload_b64u.isalnum()
            standard = payload_b64u if is_plain else payload_b64u.translate(FROM_URL_SAFE)
            data = decode_quoted(QUOTED[remainder] % standard)
            claims = read(data)
            expires_in = claims.exp - now
            if (
                encode(claims) == data
                and payload_b64u[-1] in LAST[remainder]
                and expires_in > 0
                and (not is_dated or now - claims.iat >= earliest_age)
                and (is_good is None or is_good(claims, now))
            ):
                return claims if typed is None else typed(data), expires_in  # type: ignore[return-value]  # C is Claims where `typed` is None
        except (msgspec.MsgspecError, ValueError):  # as `read_proved`, or no value of the type
            pass
        return otherwise(payload_b64u, now)

    return prove


def _further(members: Members, expect: Expected) -> Callable[[ShapedClaims, int], bool] | None:
    """Return what is asked where a shape or a policy is less usual."""
    begins = "nbf" in members
    lists = bool(expect.audiences) and isinstance(members["aud"], list)
    if not (begins or lists or expect.max_age is not None):
        return None
    ahead, audiences, max_age = expect.ahead, expect.audiences, expect.max_age

    def is_good(claims: ShapedClaims, now: int) -> bool:
        return (
            (not begins or claims.nbf <= now + ahead)
            and (max_age is None or now - claims.iat <= max_age)
            and not (lists and audiences.isdisjoint(claims.aud_))
        )

    return is_good


def _attribute(index: int, name: str) -> str:
    if name == "aud":
        return "aud_"
    return name if name in DATE_CLAIMS or name in TEXT_CLAIMS else f"claim_{index}"


def _type(name: str, value: object, expect: Expected) -> object:
    """Return the type of all values that the rules accept of this claim, or of most."""
    if name == "iss" and isinstance(expect.issuer, str):
        return _one_of(expect.issuer)
    if name == "aud":
        if isinstance(value, list):
            return _Texts
        return _one_of(*expect.audiences) if expect.audiences else _Text
    if name in DATE_CLAIMS:
        return _Date
    return str if name in TEXT_CLAIMS else Value


def _one_of(*texts: str) -> object:
    # msgspec takes no text of a subclass, such as a member of a StrEnum.
    return getitem(Literal, tuple(map(str.__str__, texts)))
