"""What a verifier expects of a token, written down once and checked when written.

Source: RFC 7515 section 4.1.9; RFC 8725 sections 3.8, 3.9 and 3.11; tokens.md J-22, J-26;
ARCHITECTURE section 6 (clocks).
"""

from collections.abc import Iterable
from dataclasses import field
from enum import Enum
from typing import TypeGuard

from watchword.base.duration import Duration, seconds
from watchword.base.records import dataclass
from watchword.jose.errors import PolicyRefused, WrongType
from watchword.jose.header_members import CritHandlers, checked_handlers

__all__ = [
    "AHEAD_SECONDS",
    "ANY",
    "PLAIN",
    "Expected",
    "Plain",
    "Unchecked",
    "check_type",
    "in_seconds",
    "is_text",
    "media_type",
]

LEEWAY_SECONDS_MAX = 300  # more than this is a broken clock, not a skewed one
# An issuer's clock runs a little ahead of this one every day, and a token that is used the moment
# it is made would be refused for it. Nothing is given away: `exp` is checked to the second.
AHEAD_SECONDS = 10


_OPTIONAL = ("issuer", "audience", "typ")
_SWITCHES = ("allow_padding", "allow_int_sub", "allow_no_exp")


class Unchecked(Enum):
    """The written-out wish not to check something."""

    ANY = "any"


class Plain(Enum):
    """A token without an explicit type: `typ` absent or "JWT"."""

    PLAIN = "JWT"


ANY = Unchecked.ANY
PLAIN = Plain.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The claims and header that one kind of token must have.

    Args:
        issuer: the one accepted `iss`; ANY leaves it unchecked; None demands its absence.
        audience: the accepted `aud` values; ANY leaves it unchecked; None demands its absence.
        typ: the explicit type, such as "at+jwt"; PLAIN for none; ANY leaves it unchecked.
        leeway: seconds by which clocks may differ; `nbf` and `iat` may be 10 s ahead without it.
        max_age: seconds after `iat` at which a token is too old, whatever its `exp`.
        require: further claims that must be present.
        crit: handlers of critical header extensions.
        allow_padding: accepts parts that end in "="; gives up that a token has one spelling.
        allow_int_sub: accepts an integer `sub` and makes it text; gives up that it was text.
        allow_no_exp: accepts a token without `exp`; gives up that every token ends.
    """

    issuer: str | Unchecked | None
    audience: str | tuple[str, ...] | Unchecked | None
    typ: str | Plain | Unchecked
    leeway: int = 0
    max_age: int | None = None
    require: tuple[str, ...] = ()
    crit: CritHandlers = field(default_factory=dict)
    allow_padding: bool = False
    allow_int_sub: bool = False
    allow_no_exp: bool = False
    audiences: frozenset[str] = field(init=False)
    """The accepted `aud` values as a set; empty for ANY and None."""
    required: tuple[str, ...] = field(init=False)
    """Every claim that must be present, for whichever reason."""
    ahead: int = field(init=False)
    """Seconds by which `nbf` and `iat` may be ahead of this clock."""
    remembered_by: tuple[object, ...] | None = field(init=False, repr=False, compare=False)
    """Equal where all of this is the same, types included; None where it cannot be compared."""

    def __post_init__(self) -> None:
        audiences = _audiences(self.audience)
        if not isinstance(self.issuer, Unchecked | None):
            _check_text("issuer", self.issuer)
        _check_kind(self.typ)
        if not (_is_whole(self.leeway) and self.leeway <= LEEWAY_SECONDS_MAX):
            raise PolicyRefused(f"leeway= is 0 to {LEEWAY_SECONDS_MAX} seconds")
        if not (self.max_age is None or _is_whole(self.max_age)):
            raise PolicyRefused("max_age= is a number of seconds, 0 or more")
        if not all(isinstance(getattr(self, name), bool) for name in _SWITCHES):
            raise PolicyRefused(f"{', '.join(_SWITCHES)} are True or False")
        require = _claim_names(self.require)
        required = dict.fromkeys(require if self.allow_no_exp else ("exp", *require))
        required |= {"iss": None} if isinstance(self.issuer, str) else {}
        required |= {"aud": None} if audiences else {}
        required |= {"iat": None} if self.max_age is not None else {}
        for name, derived in (
            ("require", require),
            ("crit", checked_handlers(self.crit)),
            ("audiences", frozenset(audiences)),
            ("required", tuple(required)),
            ("ahead", max(self.leeway, AHEAD_SECONDS)),
            ("remembered_by", self._in_one(require)),
        ):
            object.__setattr__(self, name, derived)

    def _in_one(self, require: tuple[str, ...]) -> tuple[object, ...] | None:
        issuer, audience, typ = self.issuer, self.audience, self.typ
        if self.crit or not isinstance(audience, str | tuple | Unchecked | None):
            return None  # functions may hold anything, and a list can change
        return (
            *(issuer, audience, typ, type(issuer), type(audience), type(typ)),
            *(self.leeway, self.max_age, require),
            *(self.allow_padding, self.allow_int_sub, self.allow_no_exp),
        )

    @property
    def relaxations(self) -> tuple[str, ...]:
        """What this policy gives up, in the words that gave it up."""
        opted_out = [f"{name}=ANY" for name in _OPTIONAL if getattr(self, name) is ANY]
        return (*opted_out, *(name for name in _SWITCHES if getattr(self, name)))


def media_type(typ: str) -> str:
    """Return the form in which types are compared: lower case, without "application/"."""
    return typ.lower().removeprefix("application/")


def check_type(typ: str | None, expect: Expected) -> None:
    """Check a header's `typ`.

    Raises:
        WrongType: another explicit type than the expected one, or none where one is expected.
    """
    if isinstance(expect.typ, Unchecked):
        return
    if isinstance(expect.typ, Plain):
        if typ is not None and media_type(typ) != "jwt":
            raise WrongType(
                "the token has an explicit type; name it with typ=",
                claim="typ",
                expected=expect.typ,
                got=typ,
            )
        return
    if typ is None or media_type(typ) != media_type(expect.typ):
        raise WrongType(
            f"a token of type {expect.typ} is expected", claim="typ", expected=expect.typ, got=typ
        )


def in_seconds(name: str, duration: Duration) -> int:
    """Return a duration that an argument gives, in whole seconds.

    Raises:
        PolicyRefused: it is no duration.
    """
    try:
        return seconds(duration)
    except (TypeError, ValueError) as error:
        fault = str(error)
    raise PolicyRefused(f"{name}=: {fault}")


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is text that a token can hold and that is not empty."""
    if not isinstance(value, str):  # whatever its annotation promised
        return False
    try:
        return bool(value.encode())
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _audiences(audience: str | tuple[str, ...] | Unchecked | None) -> tuple[str, ...]:
    if isinstance(audience, Unchecked | None):
        return ()
    audiences = (audience,) if isinstance(audience, str) else _listed(audience)
    if not audiences:
        raise PolicyRefused("name an audience, or jwt.ANY", claim="aud")
    for each in audiences:
        _check_text("audience", each)
    return audiences


def _listed(audience: object) -> tuple[str, ...]:
    if not isinstance(audience, list | tuple | set | frozenset):
        raise PolicyRefused("audience= is text, or a tuple of it")
    return tuple(audience)


def _claim_names(require: object) -> tuple[str, ...]:
    if isinstance(require, str) or not isinstance(require, Iterable):
        raise PolicyRefused("require= is a tuple of claim names")
    names = tuple(require)
    if not all(is_text(name) for name in names):
        raise PolicyRefused("require= is a tuple of claim names")
    return names


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0


def _check_kind(typ: object) -> None:
    if isinstance(typ, Unchecked | Plain):
        return
    if not isinstance(typ, str) or media_type(typ) in ("", "jwt"):
        raise PolicyRefused(
            'typ= is text such as "at+jwt"; jwt.PLAIN stands for "JWT" and for none,'
            " jwt.ANY for all",
            claim="typ",
        )


def _check_text(name: str, value: object) -> None:
    if not is_text(value):
        raise PolicyRefused(f"{name}= is text that is not empty, or jwt.ANY", claim=name)
