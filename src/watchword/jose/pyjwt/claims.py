"""PyJWT's policy over a claims set: what is absent is good unless asked for, what is there counts.

Types and comparison are those of the rest of this room, and every failure is found; the first in
PyJWT's order is raised and holds the others in `.errors`.

Source: PyJWT 2.15.1, `PyJWT.decode`; tokens.md P-3, J-23 and J-25.
"""

import math
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import cast

from watchword.base.records import dataclass
from watchword.jose.errors import ClaimInvalid, ClaimsInvalid, PolicyRefused
from watchword.jose.jwt.registered import is_audience, is_date_of
from watchword.jose.pyjwt.exceptions import (
    DecodeError,
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidIssuedAtError,
    InvalidIssuerError,
    InvalidJTIError,
    InvalidSubjectError,
    InvalidTokenError,
    MissingRequiredClaimError,
)
from watchword.jose.pyjwt.options import FullOptions

__all__ = ["UnverifiedClaims", "Wanted", "check_claims"]

Members = Mapping[str, object]


class UnverifiedClaims(dict[str, object]):
    """What a token says, on nobody's word: the result of `verify_signature=False`."""


class InvalidClaimError(InvalidTokenError, ClaimInvalid):
    """A claim that PyJWT does not know is of a wrong type."""


class InvalidTimeError(DecodeError, ClaimInvalid):
    """`exp` or `nbf` is no time."""

    code = ClaimInvalid.code
    public = ClaimInvalid.public


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one call asks of the claims, beside its options.

    Args:
        audience: one accepted `aud` or several.
        issuer: one accepted `iss`, or a container of them.
        subject: the accepted `sub`.
        leeway: seconds by which clocks may differ.

    Raises:
        PolicyRefused: a leeway that is negative, infinite or no number; with NaN no date fails.
    """

    audience: str | Iterable[str] | None
    issuer: str | Container[str] | None
    subject: str | None
    leeway: float | timedelta

    def __post_init__(self) -> None:
        """Refuse a leeway that is none."""
        is_number = isinstance(self.leeway, int | float | timedelta)
        if not is_number or not 0 <= self.leeway_seconds < math.inf:
            raise PolicyRefused("leeway= is a number of seconds, finite and not negative")

    @property
    def leeway_seconds(self) -> float:
        """The leeway as a number."""
        leeway = self.leeway
        return leeway.total_seconds() if isinstance(leeway, timedelta) else leeway


def check_claims(members: Members, options: FullOptions, wanted: Wanted, now: int) -> None:
    """Check a claims set.

    Raises:
        InvalidTokenError: the first failure's own class; `.errors` holds them all.
        PolicyRefused: `audience` is neither text nor a list of it.
    """
    found = list(_failures(members, options, wanted, now))
    if not found:
        return
    found[0].errors = tuple(found)
    raise found[0]


def _failures(
    members: Members, options: FullOptions, wanted: Wanted, now: int
) -> Iterator[ClaimsInvalid]:
    latest, earliest = now + wanted.leeway_seconds, now - wanted.leeway_seconds
    is_strict = options["strict_aud"]
    checks = (
        (True, _required(members, options["require"])),
        (options["verify_iat"], _begun(members, "iat", latest)),
        (options["verify_nbf"], _begun(members, "nbf", latest)),
        (options["verify_exp"], _ended(members, earliest)),
        (options["verify_iss"], _issuer(members, wanted.issuer)),
        (options["verify_aud"], _audience(members, wanted.audience, is_strict=is_strict)),
        (options["verify_sub"], _subject(members, wanted.subject)),
        (options["verify_jti"], _text(members, "jti")),
        (options["verify_signature"], _text(members, "scope")),
        (options["verify_signature"], _text(members, "client_id")),
    )
    for is_asked, failures in checks:
        if is_asked:
            yield from failures


def _required(members: Members, names: Iterable[str]) -> Iterator[ClaimsInvalid]:
    for name in names:
        if members.get(name) is None:
            yield MissingRequiredClaimError(name)


def _text(members: Members, name: str) -> Iterator[ClaimsInvalid]:
    if not isinstance(members.get(name, ""), str):
        kind = InvalidJTIError if name == "jti" else InvalidClaimError
        yield kind("the claim is text", claim=name)


def _begun(members: Members, name: str, latest: float) -> Iterator[ClaimsInvalid]:
    if name not in members:
        return
    at = _time(members, name)
    if at is None:
        kind = InvalidIssuedAtError if name == "iat" else InvalidTimeError
        yield kind("the claim is a time in seconds since the epoch", claim=name)
    elif at > latest:
        yield ImmatureSignatureError("the time lies ahead of this clock; see leeway", claim=name)


def _ended(members: Members, latest: float) -> Iterator[ClaimsInvalid]:
    if "exp" not in members:
        return
    exp = _time(members, "exp")
    if exp is None:
        yield InvalidTimeError("the claim is a time in seconds since the epoch", claim="exp")
    elif exp <= latest:
        yield ExpiredSignatureError("the token has ended", claim="exp")


def _time(members: Members, name: str) -> float | None:
    """Return the seconds of a date; None for what is none."""
    value = members[name]
    return cast("float", value) if is_date_of(name, value) else None


def _issuer(members: Members, expected: str | Container[str] | None) -> Iterator[ClaimsInvalid]:
    if "iss" not in members:
        if expected is not None:
            yield MissingRequiredClaimError("iss")
        return
    iss = members["iss"]
    if not isinstance(iss, str):
        yield InvalidIssuerError("the claim is text", claim="iss")
    elif expected is not None and not _is_issuer(iss, expected):
        yield InvalidIssuerError(
            "the token's issuer is not an expected one; both are compared character by character",
            claim="iss",
            expected=expected,
            got=iss,
        )


def _is_issuer(iss: str, expected: str | Container[str]) -> bool:
    if isinstance(expected, str):
        return iss == expected
    try:
        return iss in expected
    except TypeError:
        return False


def _audience(
    members: Members, expected: str | Iterable[str] | None, *, is_strict: bool
) -> Iterator[ClaimsInvalid]:
    if expected is not None and not isinstance(expected, str | Iterable):
        raise PolicyRefused("audience= is text or a list of text", claim="aud")
    aud = members.get("aud")
    if expected is None:
        if "aud" in members:
            yield InvalidAudienceError(
                "the token names an audience; pass audience= or issue without aud", claim="aud"
            )
    elif not aud:
        yield MissingRequiredClaimError("aud")
    elif not _is_audience(aud, expected, is_strict=is_strict):
        yield InvalidAudienceError(
            "the token is for another audience; it is compared character by character",
            claim="aud",
            expected=expected,
            got=aud,
        )


def _is_audience(aud: object, expected: str | Iterable[str], *, is_strict: bool) -> bool:
    if is_strict:
        return isinstance(aud, str) and aud == expected
    named = aud if isinstance(aud, list) else [aud]
    accepted = [expected] if isinstance(expected, str) else expected
    return is_audience(aud) and any(each in named for each in accepted)


def _subject(members: Members, expected: str | None) -> Iterator[ClaimsInvalid]:
    if "sub" not in members:
        return
    sub = members["sub"]
    if not isinstance(sub, str):
        yield InvalidSubjectError("the claim is text; write str(...) at issue", claim="sub")
    elif expected is not None and sub != expected:
        yield InvalidSubjectError("the token is about another subject", claim="sub")
