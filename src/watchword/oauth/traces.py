"""Traces of refused requests: what was sent, how far it came, and why it went no further.

An operator reads them by the id that the answer names. No secret is in one: of what was sent, only
parameters that can hold none are shown, and of the others their length.

Source: oauth.md section 17, W-6; users.md U58; security.md rule 99.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from watchword.base.log_text import one_line
from watchword.base.records import dataclass

__all__ = ["FAILURE_PREFIX", "TRACES_MAX", "TRACE_SECONDS", "Sent", "Trace", "TraceStore", "shown"]

TRACE_SECONDS = 7 * 24 * 3_600
TRACES_MAX = 100  # of one list
FAILURE_PREFIX = "failure_"  # of the server's own; a guard's are decisions and refusals
VALUE_CHARACTERS_MAX = 200
PARAMETERS_MAX = 64

# What a standard or the login API defines as no secret. Everything else may be one.
_SHOWN = frozenset(
    {
        "acr_values", "audience", "claims_locales", "client_assertion_type", "client_id",
        "code_challenge_method", "cursor", "display", "grant_type", "max_age", "prompt",
        "resource", "response_mode", "response_type", "scope", "token_type_hint", "ui_locales",
        "wait",
    }
)  # fmt: skip
# Shown without a query, in which anything may stand.
_ADDRESSES = frozenset({"post_logout_redirect_uri", "redirect_uri"})
# Only their length is shown; the names themselves are known to be names.
_HIDDEN = frozenset(
    {
        "assertion", "auth_session", "claims", "client_assertion", "client_secret", "code",
        "code_challenge", "code_verifier", "device_code", "device_token", "id_token_hint",
        "login_hint", "nonce", "otp", "passkey", "password", "recovery_code", "refresh_token",
        "request", "request_uri", "state", "token", "user_code", "username",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that a request carried, as far as it may be shown."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One refused request."""

    id: str  # as the answer and the log name it
    at: int
    endpoint: str  # method and path of the route
    status: int
    code: str
    client_id: str | None  # as it was claimed
    user_id: str | None  # of a token that verified, or of a browser's session
    sent: tuple[Sent, ...]
    steps: tuple[str, ...]  # the functions that the request went through; the last one refused
    public: str  # what the peer was told
    detail: str  # what only the operator is told


class TraceStore(Protocol):
    """Where traces are kept."""

    async def add_traces(self, traces: tuple[Trace, ...], *, now: int) -> None:
        """Keep traces for `TRACE_SECONDS`, and sweep as many old ones."""
        ...

    async def page_traces(
        self, *, before: tuple[int, str] | None = None, limit: int = TRACES_MAX
    ) -> tuple[Trace, ...]:
        """Return the newest traces, from the one before a time and an id on."""
        ...

    async def find_trace(self, trace_id: str) -> Trace | None:
        """Return a trace; None for one that was never written, or is gone."""
        ...


def shown(parameters: Iterable[tuple[str, object]] | Mapping[str, object]) -> tuple[Sent, ...]:
    """Return the parameters of a request as they may be shown.

    Args:
        parameters: names and values as they came, repeated ones too.
    """
    pairs = list(parameters.items() if isinstance(parameters, Mapping) else parameters)
    found = [_shown(name, value) for name, value in pairs[:PARAMETERS_MAX]]
    known = tuple(each for each in found if each is not None)
    unknown = len(pairs) - len(known)
    return (*known, Sent("(others)", str(unknown))) if unknown else known


def _shown(name: str, value: object) -> Sent | None:
    if name in _HIDDEN:
        size = f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
        return Sent(name, f"({size})")
    if name not in _SHOWN | _ADDRESSES:
        return None
    text = str(value)
    if name in _ADDRESSES:
        text = _without_query(text)
    return Sent(name, one_line(text[:VALUE_CHARACTERS_MAX]))


def _without_query(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "(malformed)"
    host = parts.netloc.rpartition("@")[2]
    query = "?..." if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path}{query}" if host else f"{parts.scheme}:..."
