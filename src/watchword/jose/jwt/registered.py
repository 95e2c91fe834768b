"""The registered claims and what each is made of, for whoever signs and whoever verifies.

Source: RFC 7519 sections 2 (NumericDate) and 4.1; RFC 9068 section 2.2; tokens.md J-23.
"""

from watchword.base.limits import DATE_MAX

__all__ = ["DATE_CLAIMS", "TEXT_CLAIMS", "is_audience", "is_date", "is_date_of"]

TEXT_CLAIMS = ("iss", "sub", "jti", "scope", "client_id")
DATE_CLAIMS = ("exp", "nbf", "iat")


def is_date(value: object) -> bool:
    """Return whether a value is a number of seconds since the epoch that has a calendar date."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value <= DATE_MAX


def is_date_of(claim: str, value: object) -> bool:
    """Return whether a claim that was read is a date; `exp` may be 0: past, and not absent."""
    return is_date(value) or (claim == "exp" and value == 0 and not isinstance(value, bool))


def is_audience(aud: object) -> bool:
    """Return whether a value is text or a list of text, and nothing of it is empty."""
    named = aud if isinstance(aud, list | tuple) else [aud]
    return bool(named) and all(isinstance(item, str) and item for item in named)
