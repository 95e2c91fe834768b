"""How sure an action wants to be of who is there, and how lately: the demand, and its refusal.

What a login amounts to stands in the token or the session, computed from recorded proofs; nothing
that a request says about its own level is read.

Source: RFC 9470 sections 3 and 4; oauth.md L-8; users.md U52; security.md rule 44.
"""

from watchword.accounts.levels import ACR_VALUES
from watchword.base.duration import Duration, seconds
from watchword.base.records import dataclass
from watchword.guards.errors import StepUpRequired

__all__ = ["Demand", "demand"]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a route asks of the login behind a request."""

    acr: str | None = None  # this level, or a higher one of this server's
    max_age: int | None = None  # seconds since the person last proved anything

    def check(self, acr: str, auth_time: int, *, now: int) -> None:
        """Hold a login against the demand.

        Args:
            acr: of the login; empty where the issuer says none, which meets nothing.
            auth_time: seconds since the epoch; 0 where the issuer says none.
            now: seconds since the epoch.

        Raises:
            StepUpRequired: it is too weak or too old; names all that is asked.
        """
        is_weak = self.acr is not None and not _reaches(acr, self.acr)
        # A clock behind the issuer's makes nothing older than it is.
        is_old = self.max_age is not None and now - auth_time > self.max_age
        if is_weak or is_old:
            found = f"acr={acr or 'none'}, {max(0, now - auth_time)} s old"
            raise StepUpRequired(acr=self.acr, max_age=self.max_age, detail=found)


def demand(acr: str | None, max_age: Duration | None, fresh: Duration | None) -> Demand | None:
    """Return what a route asks, or None where it asks nothing.

    Args:
        acr: such as "aal2".
        max_age: such as "5m".
        fresh: another word for `max_age`.

    Raises:
        ValueError: both words, or a duration or level that nobody can meet.
    """
    if max_age is not None and fresh is not None:
        raise ValueError("max_age= and fresh= mean the same: give one")
    age = fresh if max_age is None else max_age
    if acr is not None and (not acr or any(not "!" <= c <= "~" or c in '"\\' for c in acr)):
        raise ValueError("acr= is a word of printable ASCII, such as 'aal2'")
    if acr is None and age is None:
        return None
    return Demand(acr, None if age is None else seconds(age))


def _reaches(found: str, asked: str) -> bool:
    """Whether a level is the one asked for, or higher; other issuers' levels have no order here."""
    if found in ACR_VALUES and asked in ACR_VALUES:
        return ACR_VALUES.index(found) >= ACR_VALUES.index(asked)
    return found == asked
