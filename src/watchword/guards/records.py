"""What a guard refused, for the operator: who asked with which token, and every rule considered.

One record ties what the token proved to what the policy decided. It is found by the id that the
answer and the log name.

Source: access.md D5, D6; security.md rules 88 and 100; ASVS 5.0 16.3.2.
"""

from collections.abc import Callable
from dataclasses import dataclass

from watchword.access import Decision
from watchword.base.log_text import one_line
from watchword.guards.user import Authenticated
from watchword.oauth.traces import Sent, Trace

__all__ = ["Recorder", "Told", "record"]

Recorder = Callable[[Trace], None]
"""Keeps a record, or drops it where too many come at once. Never waits."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer refuses, and why."""

    id: str
    status: int
    code: str
    public: str
    detail: str
    decision: Decision | None


def record(told: Told, *, endpoint: str, found: Authenticated | None, now: int) -> Trace:
    """Return the record of a refusal.

    Args:
        told: of the answer.
        endpoint: method and path of the route.
        found: what was proved of the request; None where nothing was.
        now: seconds since the epoch.
    """
    return Trace(
        id=told.id,
        at=now,
        endpoint=one_line(endpoint),
        status=told.status,
        code=told.code,
        client_id=None if found is None else found.claims.client_id,
        user_id=None if found is None else found.claims.sub,
        sent=() if found is None else _proved(found),
        steps=() if told.decision is None else _considered(told.decision),
        public=told.public,
        detail=one_line(told.detail),
    )


def _proved(found: Authenticated) -> tuple[Sent, ...]:
    """Return what the token proved, without the token."""
    claims = found.claims
    facts = {
        "issuer": claims.iss,
        "token": claims.jti,
        "scopes": " ".join(sorted(claims.scopes)),
        "roles": " ".join(sorted(found.roles)),
        "facts of": f"{found.source}, {found.age} s old, version {found.version}",
        "acts for them": " ".join(claims.actors),
    }
    return tuple(Sent(name, one_line(value)) for name, value in facts.items() if value)


def _considered(decision: Decision) -> tuple[str, ...]:
    rules = (one_line(str(each)) for each in decision.considered)
    return (*rules, f"policy {decision.policy_version[:16]}: {decision.kind.value}")
