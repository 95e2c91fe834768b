"""The rules that a claims set must pass, one function each; every failure is reported at once.

Source: RFC 7519 section 4.1; RFC 8725 sections 3.8 and 3.9; tokens.md J-23 to J-25.
"""

from collections.abc import Iterator
from math import ceil, floor, inf

from watchword.jose.errors import (
    ClaimInvalid,
    ClaimMissing,
    ClaimsInvalid,
    Expired,
    IssuedInFuture,
    NotYetValid,
    TooOld,
    WrongAudience,
    WrongIssuer,
)
from watchword.jose.jwt.claims import Members
from watchword.jose.jwt.expected import Expected, Unchecked
from watchword.jose.jwt.registered import DATE_CLAIMS, TEXT_CLAIMS, is_audience, is_date_of

__all__ = ["check_claims", "failures", "window"]

_MISSING = {
    "iss": "the token names no issuer, and one is expected",
    "aud": "the token names no audience, and one is expected",
    "exp": "the token never ends; exp is required",
    "iat": "the token does not say when it was issued, which is asked for here",
}


def check_claims(members: Members, expect: Expected, now: int) -> None:
    """Check a claims set whose signature holds.

    Raises:
        ClaimsInvalid: the one failure's own class, or all failures in `.errors`.
    """
    found = failures(members, expect, now)
    if found:
        raise ClaimsInvalid.of(found)


def failures(members: Members, expect: Expected, now: int) -> list[ClaimsInvalid]:
    """Return every failure of a claims set, in the order of the rules."""
    found = [*_wrong_types(members, expect)]
    mistyped = {error.claim for error in found}
    sound = {name: value for name, value in members.items() if name not in mistyped}
    for rule in (_issuer, _audience, _times):
        found += rule(sound, expect, now)
    found += _required(members, expect)
    return found


def window(members: Members, expect: Expected) -> tuple[float, float]:
    """Return times of a good claims set between which `_times` finds no failure.

    Of `begins <= now < ends` the ends are rounded inwards, so that between them no fraction of a
    second matters; outside of them the rules decide.
    """
    exp, nbf, iat = (_number(members, name) for name in DATE_CLAIMS)
    begins = [ceil(date) - expect.ahead for date in (nbf, iat) if date is not None]
    ends = [] if exp is None else [floor(exp) + expect.leeway]
    if expect.max_age is not None and iat is not None:
        ends.append(floor(iat) + expect.max_age + expect.leeway)
    return max(begins, default=-inf), min(ends, default=inf)


def _wrong_types(members: Members, expect: Expected) -> Iterator[ClaimsInvalid]:
    for name in TEXT_CLAIMS:
        if name not in members or isinstance(members[name], str):
            continue
        if not (name == "sub" and expect.allow_int_sub and type(members[name]) is int):
            yield ClaimInvalid("the claim is text", claim=name)
    if "aud" in members and not is_audience(members["aud"]):
        yield ClaimInvalid("aud is text or a list of text, and not empty", claim="aud")
    for name in DATE_CLAIMS:
        if name in members and not is_date_of(name, members[name]):
            yield ClaimInvalid("the claim is a time in seconds since the epoch", claim=name)


def _issuer(members: Members, expect: Expected, _now: int) -> Iterator[ClaimsInvalid]:
    if isinstance(expect.issuer, Unchecked):
        return
    if expect.issuer is None:
        if "iss" in members:
            yield WrongIssuer("the token names an issuer; pass issuer=", claim="iss")
    elif members.get("iss", expect.issuer) != expect.issuer:
        yield WrongIssuer(
            "the token's issuer is not the expected one; both are compared character by character",
            claim="iss",
            expected=expect.issuer,
            got=members["iss"],
        )


def _audience(members: Members, expect: Expected, _now: int) -> Iterator[ClaimsInvalid]:
    if isinstance(expect.audience, Unchecked):
        return
    if expect.audience is None:
        if "aud" in members:
            yield WrongAudience(
                "the token names an audience; pass audience= or issue without aud", claim="aud"
            )
        return
    aud = members.get("aud")
    named = aud if isinstance(aud, list | tuple) else [aud]
    if "aud" in members and expect.audiences.isdisjoint(named):
        yield WrongAudience(
            "the token is for another audience; it is compared character by character",
            claim="aud",
            expected=expect.audience,
            got=aud,
        )


def _times(members: Members, expect: Expected, now: int) -> Iterator[ClaimsInvalid]:
    exp, nbf, iat = (_number(members, name) for name in DATE_CLAIMS)
    if exp is not None and exp <= now - expect.leeway:
        yield Expired(f"it ended {_ago(now - exp)} ago", claim="exp", expected=now, got=exp)
    if nbf is not None and nbf > now + expect.ahead:
        yield NotYetValid(f"it begins {_ahead(nbf - now)}", claim="nbf", expected=now, got=nbf)
    if iat is not None and iat > now + expect.ahead:
        yield IssuedInFuture(f"issued {_ahead(iat - now)}", claim="iat", expected=now, got=iat)
    if expect.max_age is None or iat is None:
        return
    if now - iat > expect.max_age + expect.leeway:
        yield TooOld(f"issued {_ago(now - iat)} ago", claim="iat", expected=expect.max_age, got=iat)


def _required(members: Members, expect: Expected) -> Iterator[ClaimsInvalid]:
    for name in expect.required:
        if name not in members:
            yield ClaimMissing(_MISSING.get(name, "the claim is required here"), claim=name)


def _number(members: Members, name: str) -> float | None:
    value = members.get(name)
    return value if isinstance(value, int | float) else None


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s"


def _ahead(seconds: float) -> str:
    return f"{seconds:.0f} s ahead of this clock; see leeway"
