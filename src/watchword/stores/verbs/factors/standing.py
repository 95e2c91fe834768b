"""Second factors together: what an account has, what may go, and who is told.

Every change of the factors of one account waits for the one before it at the user's row, so that of
two last factors neither goes because the other is still there.

Source: users.md U48; security.md rule 43.
"""

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, select

from watchword.accounts.factors.together import Change, FactorOutcome, Standing, is_last
from watchword.oauth.families import RevokedBecause
from watchword.stores.schema import passkeys, recovery_codes, totps, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.endings import end_user
from watchword.stores.verbs.events import record
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.terms import TENANT, text
from watchword.stores.verbs.users import LOCK_USER

__all__ = ["FORGET_CODES", "of_user", "read_standing", "remove_factor", "reset_factors", "tell"]


def of_user(table: Table) -> ColumnElement[bool]:
    """Return the condition for rows of the user that a verb speaks of."""
    condition: ColumnElement[bool] = and_(
        table.c.tenant == TENANT, table.c.user_id == text("the_user")
    )
    return condition


def _count(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    counted = select(func.count()).select_from(table).where(of_user(table), *conditions)
    return counted.scalar_subquery()


_STANDING = Statement(
    select(
        users.c.password_hash.is_not(None),
        _count(totps, totps.c.confirmed_at.is_not(None)),
        _count(passkeys),
        _count(recovery_codes, recovery_codes.c.used_at.is_(None)),
        users.c.must_change_password,
        users.c.needs_second_factor,
    ).where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
)
_FORGET_TOTPS = Statement(delete(totps).where(of_user(totps)))
_FORGET_PASSKEYS = Statement(delete(passkeys).where(of_user(passkeys)))
FORGET_CODES = Statement(delete(recovery_codes).where(of_user(recovery_codes)))


def read_standing(tenant: str, user_id: str) -> Verb[Standing | None]:
    """Read what the account can prove itself with."""
    rows = yield Step(_STANDING, {"in_tenant": tenant, "the_user": user_id})
    if not rows:
        return None
    has_password, counted_totps, counted_passkeys, codes, must_change, needs_second = rows[0]
    return Standing(
        has_password=bool(has_password),
        totps=counted_totps,
        passkeys=counted_passkeys,
        recovery_codes=codes,
        must_change_password=bool(must_change),
        needs_second=bool(needs_second),
    )


def remove_factor(
    tenant: str, change: Change, *, factor: tuple[Statement, Statement, Parameters]
) -> Verb[FactorOutcome]:
    """Remove one factor of a user unless the account needs it; codes go with the last one.

    Args:
        tenant: whose rows.
        change: what happened, to whom.
        factor: how the row is found, how it is deleted, and the parameters of both.
    """
    find, remove, named = factor
    where: Parameters = {"in_tenant": tenant, "the_user": change.user_id, **named}
    yield Step(LOCK_USER, where)
    standing = yield from read_standing(tenant, change.user_id)
    if standing is None or not (yield Step(find, where)):
        return FactorOutcome.UNKNOWN
    if is_last(standing, change.event.kind):
        return FactorOutcome.LAST_ONE
    yield Step(remove, where)
    if standing.seconds == 1:
        yield Step(FORGET_CODES, where)
    yield from tell(tenant, change)
    return FactorOutcome.CHANGED


def reset_factors(tenant: str, change: Change) -> Verb[FactorOutcome]:
    """Remove every second factor and recovery code, and end all sessions and families."""
    where: Parameters = {"in_tenant": tenant, "the_user": change.user_id}
    yield Step(LOCK_USER, where)
    standing = yield from read_standing(tenant, change.user_id)
    if standing is None or standing.seconds + standing.recovery_codes == 0:
        return FactorOutcome.UNKNOWN
    for forget in (_FORGET_TOTPS, _FORGET_PASSKEYS, FORGET_CODES):
        yield Step(forget, where)
    yield from end_user(
        tenant, change.user_id, because=RevokedBecause.FACTORS_RESET, now=change.event.at
    )
    yield from tell(tenant, change)
    return FactorOutcome.CHANGED


def tell(tenant: str, change: Change) -> Verb[None]:
    """Write the event and queue the notice of a change, as a part of the verb that makes it."""
    yield from record(tenant, change.event)
    if change.notice is not None:
        yield from notify(tenant, change.notice)
