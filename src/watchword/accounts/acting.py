"""Acting as a user: an administrator sees what a user sees, for a while and in the open.

It is a session of the user, which names who acts and hangs on that person's own session. It is
short, it is never renewed, and it is worth something only while whoever acts still might begin it.
Nothing that a user alone may know or choose is within its reach.

Source: users.md U42; RFC 8693 section 4.1; OWASP ASVS 5.0 V6.4.6; decisions/0281.
"""

from dataclasses import replace
from typing import Protocol

from watchword.accounts.administration.audit import Author
from watchword.accounts.origin import NOWHERE
from watchword.accounts.person.deletion import ADMINISTRATOR
from watchword.accounts.sessions import Actor, Limits, NewSession, Session, new_browser_session
from watchword.accounts.users import User
from watchword.base.chance import Chance
from watchword.base.secrets import Secret

__all__ = [
    "ACTING_SECONDS",
    "ACTS_AS",
    "AUDITOR",
    "OUT_OF_REACH",
    "ActingStore",
    "may_be_acted_as",
    "new_acting_session",
]

ACTING_SECONDS = 1_800  # long enough to see what a user sees, too short to be forgotten about
ACTS_AS = "acts-as-users"  # the role without which nobody acts as anybody
AUDITOR = "auditor"  # the role that sees everything and changes nothing
# Nobody acts as a user who holds one of these: rights over the server are nobody else's to borrow.
OUT_OF_REACH = (ADMINISTRATOR, AUDITOR, ACTS_AS)


class ActingStore(Protocol):
    """What acting as a user needs of a store. Each method is one transaction."""

    async def begin_acting(
        self, session: NewSession, *, user_id: str, by: Author, now: int
    ) -> Session | None:
        """Open a session of a user for the actor that it names; None where that is refused.

        Both accounts are active, the actor's own session stands and is nobody else's, the actor
        holds `ACTS_AS`, and the user holds nothing of `OUT_OF_REACH`; the same is asked again
        whenever the session or a token of it is used. An earlier one of the same actor's session
        ends. The log names both, and the user is told.
        """
        ...

    async def find_own_sid(self, cookie_hash: bytes) -> str | None:
        """Return on which session the acting session of a cookie hangs, live or ended."""
        ...


def may_be_acted_as(user: User, *, by: str) -> bool:
    """Whether an account is one that somebody may act as, for what a page offers.

    Args:
        user: as whom.
        by: the id of whoever would act.
    """
    return user.is_active and user.id != by and user.roles.isdisjoint(OUT_OF_REACH)


def new_acting_session(cookie: Secret, own: Session, *, now: int, chance: Chance) -> NewSession:
    """Describe a session that hangs on another one, with the proofs of whoever acts.

    Args:
        cookie: finds it; the secret stays with the caller.
        own: of whoever acts; it ends no earlier than this one.
        now: seconds since the epoch.
        chance: makes its id.
    """
    limits = Limits(idle_seconds=ACTING_SECONDS, lifetime_seconds=ACTING_SECONDS)
    new = new_browser_session(
        cookie, proofs=own.proofs, limits=limits, origin=NOWHERE, now=now, chance=chance
    )
    actor = Actor(own.user.id, own.user.name, own.sid)
    return replace(new, expires_at=min(new.expires_at, own.expires_at), actor=actor)
