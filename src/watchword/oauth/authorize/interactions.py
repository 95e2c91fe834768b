"""Interactions: authorization requests under way, between a browser's first visit and the answer.

An interaction is a row, so that any worker can go on with it; it is bound to a cookie of the
browser that began it, so that nobody finishes what somebody else began. It is answered once, in
the transaction that stores the code and the consent.

Source: oauth.md S-4, S-9 and A-5; security.md rules 38 and 60, class C11.
"""

from dataclasses import field
from typing import Protocol

from watchword.accounts.sessions import Session
from watchword.accounts.throttle import Limit
from watchword.base.chance import Chance, new_id, new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.authorize.consent import Consent
from watchword.oauth.authorize.request import Asked, AuthorizationRequest
from watchword.oauth.authorize.resource import scopes_of
from watchword.oauth.codes import CODE_LIFETIME_SECONDS, NewCode

__all__ = [
    "INTERACTIONS",
    "INTERACTION_ID_PREFIX",
    "INTERACTION_LIFETIME_SECONDS",
    "AnswerInteraction",
    "Interaction",
    "InteractionStore",
    "new_code",
    "new_interaction",
]

INTERACTION_ID_PREFIX = "interaction"
INTERACTION_LIFETIME_SECONDS = 1800  # oauth.md S-9
# Anybody may begin one without a cookie, and each is a row of up to 64 KiB: 3,800 of a network at
# most. An office of many people begins far fewer than one a second.
INTERACTIONS = Limit(burst=2_000, interval_seconds=1, failures_max=2**31, memory_seconds=3_600)


@dataclass(frozen=True, slots=True)
class Interaction:
    """An authorization request under way.

    Args:
        id: stands in addresses; it is worth nothing without the cookie.
        cookie_hash: of the browser that began it.
        client_id: who asks.
        asked: the parameters, which are checked again at every step.
        seen: hash of the session cookie that the browser brought at the beginning: a session with
            another cookie was signed in to, or proved anew, since then.
        created_at: seconds since the epoch.
        expires_at: as above.
    """

    id: str
    cookie_hash: bytes = field(repr=False)
    client_id: str
    asked: Asked
    seen: bytes | None = field(repr=False)
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AnswerInteraction:
    """The good end of a request.

    Args:
        interaction_id: None where no page was needed.
        code: what the client gets.
        consents: what is remembered.
        now: seconds since the epoch.
    """

    interaction_id: str | None
    code: NewCode
    consents: tuple[Consent, ...]
    now: int


class InteractionStore(Protocol):
    """What interactions need of a store. Each method is one transaction."""

    async def add_interaction(self, interaction: Interaction, *, now: int) -> None:
        """Store an interaction."""
        ...

    async def find_interaction(
        self, interaction_id: str, cookie_hash: bytes, *, now: int
    ) -> Interaction | None:
        """Return a live interaction of this browser."""
        ...

    async def end_interaction(self, interaction_id: str, *, now: int) -> bool:
        """End an interaction without a code; true for the one caller that ended it."""
        ...

    async def answer_interaction(self, command: AnswerInteraction) -> bool:
        """Store code and consents, and end the interaction; false where it had ended."""
        ...


def new_interaction(
    asked: Asked, *, cookie: Secret, seen: bytes | None, now: int, chance: Chance
) -> Interaction:
    """Describe an interaction that begins.

    Args:
        asked: parameters that the pipeline accepted.
        cookie: of the browser.
        seen: hash of its session cookie; None where it has none.
        now: seconds since the epoch.
        chance: makes the id.
    """
    return Interaction(
        id=new_id(chance, INTERACTION_ID_PREFIX),
        cookie_hash=digest(cookie),
        client_id=asked.members["client_id"],
        asked=asked,
        seen=seen,
        created_at=now,
        expires_at=now + INTERACTION_LIFETIME_SECONDS,
    )


def new_code(
    request: AuthorizationRequest, session: Session, *, now: int, chance: Chance
) -> tuple[Secret, NewCode]:
    """Make the code that answers a request, for whoever is signed in."""
    code = new_secret(chance)
    resource = request.resources[0]
    stored = NewCode(
        code_hash=digest(code),
        client_id=request.client.client_id,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        dpop_jkt=None,
        resource=resource.identifier,
        scopes=scopes_of(resource, request.scopes),
        nonce=request.nonce,
        user_id=session.user.id,
        password_hash=None,  # the session is what it hangs on
        proofs=session.proofs,
        sid=session.sid,
        created_at=now,
        expires_at=now + CODE_LIFETIME_SECONDS,
        claims=request.claims,
        choices={one.identifier: scopes_of(one, request.scopes) for one in request.resources[1:]},
    )
    return code, stored
