"""Whether an administrator sees the list of first steps.

Source: users.md U41; decisions/0285.
"""

from sqlalchemy import and_, null, select, update

from watchword.stores.schema import users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import TENANT, number, text

__all__ = ["dismiss_first_steps", "has_dismissed_first_steps", "recall_first_steps"]

_AT = users.c.first_steps_dismissed_at
_THE_USER = and_(users.c.tenant == TENANT, users.c.id == text("the_user"))
_READ = Statement(select(_AT).where(_THE_USER))
_DISMISS = Statement(
    update(users)
    .where(and_(_THE_USER, _AT.is_(None)))
    .values(first_steps_dismissed_at=number("dismissed"))
)
_RECALL = Statement(update(users).where(_THE_USER).values(first_steps_dismissed_at=null()))


def has_dismissed_first_steps(tenant: str, user_id: str) -> Verb[bool]:
    """Read whether a user sees the list no more."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_user": user_id})
    return bool(rows) and rows[0][0] is not None


def dismiss_first_steps(tenant: str, user_id: str, *, now: int) -> Verb[None]:
    """Show the list to a user no more."""
    where: Parameters = {"in_tenant": tenant, "the_user": user_id, "dismissed": now}
    yield Step(_DISMISS, where)


def recall_first_steps(tenant: str, user_id: str) -> Verb[None]:
    """Show the list to a user again."""
    yield Step(_RECALL, {"in_tenant": tenant, "the_user": user_id})
