"""The options of PyJWT's calls, with their defaults, and its warnings.

Source: PyJWT 2.15.1, `jwt.types` and `jwt.warnings`.
"""

from collections.abc import Collection, Mapping
from typing import TypedDict, cast
from warnings import warn

__all__ = [
    "DEFAULTS",
    "FullOptions",
    "InsecureKeyLengthWarning",
    "Options",
    "RemovedInPyjwt3Warning",
    "SigOptions",
    "merged",
    "warn_of_extras",
]


class RemovedInPyjwt3Warning(DeprecationWarning):
    """An argument has no effect, and will be an error."""


class InsecureKeyLengthWarning(UserWarning):
    """A secret is shorter than the hash, and was allowed by name."""


class SigOptions(TypedDict, total=False):
    """Options of `PyJWS`."""

    verify_signature: bool
    enforce_minimum_key_length: bool


class Options(SigOptions, total=False):
    """Options of `decode` and `decode_complete`."""

    require: list[str]
    strict_aud: bool
    verify_aud: bool
    verify_exp: bool
    verify_iat: bool
    verify_iss: bool
    verify_jti: bool
    verify_nbf: bool
    verify_sub: bool


class FullOptions(TypedDict):
    """Every option, given or not."""

    verify_signature: bool
    enforce_minimum_key_length: bool
    require: list[str]
    strict_aud: bool
    verify_aud: bool
    verify_exp: bool
    verify_iat: bool
    verify_iss: bool
    verify_jti: bool
    verify_nbf: bool
    verify_sub: bool


DEFAULTS = FullOptions(
    verify_signature=True,
    enforce_minimum_key_length=True,
    require=[],
    strict_aud=False,
    verify_aud=True,
    verify_exp=True,
    verify_iat=True,
    verify_iss=True,
    verify_jti=True,
    verify_nbf=True,
    verify_sub=True,
)

_CLAIM_CHECKS = tuple(
    name for name in DEFAULTS if name.startswith("verify_") and name != "verify_signature"
)


def merged(base: FullOptions, options: Options | None) -> FullOptions:
    """Return the options of one call: without a signature, claims are checked only when asked."""
    if options is None:
        return base
    unchecked: Mapping[str, object] = {}
    if not options.get("verify_signature", True):
        unchecked = dict.fromkeys(_CLAIM_CHECKS, False)
    return cast("FullOptions", {**base, **unchecked, **options})


def warn_of_extras(names: Collection[str]) -> None:
    """Warn of keyword arguments that mean nothing; the warning points at the caller's call."""
    if names:
        warn(
            f"these arguments have no effect: {', '.join(sorted(names))}",
            RemovedInPyjwt3Warning,
            stacklevel=3,
        )
