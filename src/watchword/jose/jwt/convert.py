"""Turn verified members into the type that a caller names.

Types are understood by what they can do: msgspec Structs, dataclasses and TypedDicts by msgspec,
pydantic models by their own `model_validate`. pydantic is never imported here.
"""

import re
from collections.abc import Callable
from typing import TypeVar, cast

import msgspec

from watchword.jose.errors import ClaimInvalid, PolicyRefused
from watchword.jose.jwt.claims import Claims, Members, ReadClaims

__all__ = ["converter", "decoder"]

C = TypeVar("C")

_NAME = r"([A-Za-z_][A-Za-z0-9_]{0,63})"
_PATH = re.compile(rf"`\$\.{_NAME}")  # where msgspec says a value stands
_MISSING = re.compile(rf"missing required field `{_NAME}`")  # what msgspec says of a whole object


def converter(kind: type[C]) -> Callable[[Members], C]:
    """Return the function that makes a `kind` of a token's members.

    Raises:
        PolicyRefused: a type that msgspec cannot build and that is no pydantic model.
    """
    if kind is Claims:
        return cast("Callable[[Members], C]", ReadClaims)
    validate = getattr(kind, "model_validate", None)
    if validate is not None:
        return lambda members: _validated(validate, members)
    try:
        msgspec.json.Decoder(kind)
    except TypeError as error:
        reason = str(error)
    else:
        if not _holds_raw(kind):
            return lambda members: _converted(kind, members)
        reason = "msgspec.Raw is text before it is read, and claims have been read"
    raise PolicyRefused(
        "claims= is a msgspec Struct, dataclass, TypedDict or pydantic model", detail=reason
    )


def decoder(kind: type[C]) -> Callable[[bytes], C] | None:
    """Return the function that makes of JSON what `converter` makes of its members.

    What it raises for claims that do not fit is a ValueError or a MsgspecError. None for `Claims`.
    """
    if kind is Claims:
        return None
    validate = getattr(kind, "model_validate", None)
    if validate is not None:
        return lambda data: cast("C", validate(msgspec.json.decode(data)))
    return msgspec.json.Decoder(kind).decode


def _holds_raw(kind: type[C]) -> bool:
    """Whether a type asks somewhere for JSON as it is written."""
    from msgspec import inspect  # noqa: PLC0415  # only policies with a type of their own pay for it

    waiting: list[object] = [inspect.type_info(kind)]
    seen: dict[int, object] = {}
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.RawType):
            return True
        if id(info) in seen:
            continue
        seen[id(info)] = info
        if isinstance(info, tuple):
            waiting.extend(info)
        elif isinstance(info, msgspec.Struct):
            waiting.extend(getattr(info, name) for name in info.__struct_fields__)
    return False


def _converted(kind: type[C], members: Members) -> C:
    try:
        return msgspec.convert(members, kind, str_keys=True)  # as JSON, which has no others
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error)) or _MISSING.search(str(error))
    raise ClaimInvalid(_misfit(kind), claim=found[1] if found else None)


def _validated(validate: Callable[[Members], object], members: Members) -> C:  # type: ignore[type-var]  # the caller's model decides
    try:
        return cast("C", validate(members))
    except ValueError as error:
        claim = _claim_of(error)
    raise ClaimInvalid("the claims do not fit the model given as claims=", claim=claim)


def _claim_of(error: ValueError) -> str | None:
    """Return the first claim that pydantic finds missing or unfit, by the model's name for it."""
    listed = getattr(error, "errors", None)
    for each in listed() if callable(listed) else ():
        path = each["loc"]
        # The name of a claim that the model forbids is the token's own, and stands in no text.
        if path and isinstance(path[0], str) and each["type"] != "extra_forbidden":
            return path[0]
    return None


def _misfit(kind: type[object]) -> str:
    name = getattr(kind, "__name__", "the type")  # a union of Structs has none
    return f"the claims do not fit {name}, given as claims="
