"""A person, as pages show them: the name, its initials, and what they sign in with.

Source: users.md U38 and U39.
"""

from watchword.accounts.person.deletion import ADMINISTRATOR
from watchword.accounts.person.profile import Profile, initials
from watchword.accounts.sessions import Session
from watchword.base.records import dataclass
from watchword.server.administration.scopes import AUDITOR
from watchword.server.runtime import Runtime

__all__ = ["Who", "read_who", "who_of"]


@dataclass(frozen=True, slots=True)
class Who:
    """A person, in the corner of a page or on a card that asks for their consent."""

    name: str
    initials: str
    user_name: str
    administers: bool = False  # there is something for them on the admin pages


def who_of(profile: Profile) -> Who:
    """Return how pages show the person of a profile."""
    name = profile.shown_name
    administers = not profile.user.roles.isdisjoint({ADMINISTRATOR, AUDITOR})
    return Who(name, initials(name), profile.user.name, administers)


async def read_who(session: Session, runtime: Runtime) -> Who:
    """Return how pages show who is signed in; by the user name alone, once the account is gone."""
    profile = await runtime.store.read_profile(session.user.id)
    if profile is None:
        return Who(session.user.name, initials(session.user.name), session.user.name)
    return who_of(profile)
