"""What a guard refused, for the operator: who asked with which token, and every rule considered.

One record ties what the token proved to what the policy decided. It is found by the id that the
answer and the log name.

Source: access.md D5, D6; security.md rules 88 and 100; ASVS 5.0 16.3.2.
"""

from collections.abc import Callable

from watchword.access import Decision
from watchword.base.log_text import one_line
from watchword.base.records import dataclass
from watchword.guards.errors import GuardError
from watchword.guards.user import Authenticated
from watchword.jose.errors import Expired, TokenRevoked
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.traces import Sent, Trace

__all__ = ["Recorder", "Told", "claims_behind", "record"]

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


def record(
    told: Told, refusal: Exception, *, endpoint: str, found: Authenticated | None, now: int
) -> Trace:
    """Return the record of a refusal.

    Args:
        told: of the answer.
        refusal: what was answered. It has the claims of a token that proved good, where what
            stands behind the token was refused.
        endpoint: method and path of the route.
        found: what was proved of the request before; None where it went no further than the token.
        now: seconds since the epoch.
    """
    claims = claims_behind(refusal) if found is None else found.claims
    return Trace(
        id=told.id,
        at=now,
        endpoint=one_line(endpoint),
        status=told.status,
        code=told.code,
        client_id=None if claims is None else claims.client_id,
        user_id=None if claims is None else claims.sub,
        sent=() if claims is None else _proved(claims, found),
        steps=() if told.decision is None else _considered(told.decision),
        public=told.public,
        detail=one_line(told.detail),
    )


def claims_behind(refusal: Exception) -> AccessClaims | None:
    """Return the claims of the good token that was refused; nothing unverified stands there."""
    match refusal:
        case (
            GuardError(got=AccessClaims() as claims)
            | TokenRevoked(got=AccessClaims() as claims)
            | Expired(got=AccessClaims() as claims)
        ):
            return claims
        case _:
            return None


def _proved(claims: AccessClaims, found: Authenticated | None) -> tuple[Sent, ...]:
    """Return what the token proved, without the token, and the facts that were found for it."""
    facts = {
        "issuer": claims.iss,
        "token": claims.jti,
        "session": claims.sid,
        "scopes": " ".join(sorted(claims.scopes)),
        "acts for them": " ".join(claims.actors),
    }
    if found is not None:
        facts["roles"] = " ".join(sorted(found.roles))
        facts["facts of"] = f"{found.source}, {found.age} s old, version {found.version}"
    return tuple(Sent(name, one_line(value)) for name, value in facts.items() if value)


def _considered(decision: Decision) -> tuple[str, ...]:
    rules = (one_line(str(each)) for each in decision.considered)
    return (*rules, f"policy {decision.policy_version[:16]}: {decision.kind.value}")
