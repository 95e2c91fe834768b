"""Who calls, as views find it on the request.

Source: users.md section 5 (`request.auth.user`); access.md section 4.3 (`request.subject`).
"""

from django.http import HttpRequest

from watchword.access import Context, Subject
from watchword.base.records import dataclass
from watchword.guards.user import Authenticated, User

__all__ = ["Caller", "GuardedRequest"]


@dataclass(frozen=True, slots=True)
class Caller:
    """What a good token proved, in the two forms in which it is used."""

    found: Authenticated
    subject: Subject

    @property
    def user(self) -> User:
        """The person."""
        return self.found.user


class GuardedRequest(HttpRequest):
    """A request as a view behind `required` or `may` gets it. For annotations."""

    auth: Caller
    subject: Subject
    circumstances: Context | None
    """What every part of the guard tells the policy, for calls of the policy by the view."""
