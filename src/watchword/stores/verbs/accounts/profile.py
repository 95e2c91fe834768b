"""What a person says of themselves.

Source: users.md U39.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.person.profile import Profile, ProfileOutcome, UpdateProfile
from watchword.stores.schema import users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.events import record
from watchword.stores.verbs.rows import USER, USER_WIDTH, Row, user
from watchword.stores.verbs.terms import TENANT, text
from watchword.stores.verbs.users import read_user

__all__ = ["PROFILE", "profile", "read_profile", "update_profile"]

_THE_USER = and_(users.c.tenant == TENANT, users.c.id == text("the_user"))

PROFILE: tuple[ColumnElement[Any], ...] = (
    *USER,
    users.c.display_name,
    users.c.locale,
    users.c.password_set_at,
    users.c.password_hash.is_not(None),
)


def profile(row: Row) -> Profile:
    """Make the record of the columns `PROFILE`."""
    display_name, locale, password_set_at, has_password = row[USER_WIDTH:]
    return Profile(
        user(row[:USER_WIDTH]), display_name, locale, password_set_at, bool(has_password)
    )


_READ = Statement(select(*PROFILE).where(_THE_USER))
_UPDATE = Statement(
    update(users)
    .where(
        and_(
            _THE_USER,
            or_(
                users.c.display_name.is_distinct_from(text("shown")),
                users.c.locale.is_distinct_from(text("spoken")),
            ),
        )
    )
    .values(display_name=text("shown"), locale=text("spoken"))
    .returning(users.c.id)
)


def read_profile(tenant: str, user_id: str) -> Verb[Profile | None]:
    """Read the profile of a user, whatever its status."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_user": user_id})
    return profile(rows[0]) if rows else None


def update_profile(tenant: str, command: UpdateProfile) -> Verb[ProfileOutcome]:
    """Write the profile where it says something else."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": command.user_id,
        "shown": command.display_name,
        "spoken": command.locale,
    }
    if (yield Step(_UPDATE, where)):
        event = Event(
            EventKind.PROFILE_CHANGED,
            command.now,
            user_id=command.user_id,
            origin=command.origin,
            sid=command.sid,
        )
        yield from record(tenant, event)
        return ProfileOutcome.CHANGED
    known = yield from read_user(tenant, command.user_id)
    return ProfileOutcome.UNKNOWN_USER if known is None else ProfileOutcome.UNCHANGED
