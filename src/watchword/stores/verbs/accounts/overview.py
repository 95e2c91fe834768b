"""The numbers of an account.

Source: users.md U39.
"""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Table, and_, distinct, func, select

from watchword.accounts.person.overview import Overview
from watchword.stores.schema import (
    emails,
    families,
    passkeys,
    recovery_codes,
    sessions,
    tenants,
    totps,
    users,
)
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.accounts.profile import PROFILE, profile
from watchword.stores.verbs.terms import (
    FAMILY_STANDS,
    SESSION_STANDS,
    TENANT,
    same_tenant,
    text,
)

__all__ = ["read_overview"]


def _count(
    table: Table,
    *conditions: ColumnElement[bool],
    of: ColumnElement[Any] | None = None,
) -> ScalarSelect[int]:
    counted = func.count() if of is None else func.count(distinct(of))
    return (
        select(counted)
        .select_from(table.join(tenants, same_tenant(tenants, table)))
        .where(and_(same_tenant(table, users), table.c.user_id == users.c.id, *conditions))
        .correlate(users)
        .scalar_subquery()
    )


_LIVE_CONNECTIONS = (
    select(func.count(distinct(families.c.client_id)))
    .select_from(
        families.join(
            sessions, and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid)
        ).join(tenants, same_tenant(tenants, families))
    )
    .where(
        and_(
            same_tenant(families, users),
            families.c.user_id == users.c.id,
            FAMILY_STANDS,
            SESSION_STANDS,
        )
    )
    .correlate(users)
    .scalar_subquery()
)
_PRIMARY = (
    select(emails.c.written)
    .where(
        and_(
            same_tenant(emails, users),
            emails.c.user_id == users.c.id,
            emails.c.is_primary.is_(True),
            emails.c.verified_at.is_not(None),
        )
    )
    .limit(1)
    .scalar_subquery()
)
_READ = Statement(
    select(
        *PROFILE,
        users.c.must_change_password,
        _count(emails),
        _count(emails, emails.c.verified_at.is_not(None)),
        _PRIMARY,
        _count(passkeys),
        _count(totps, totps.c.confirmed_at.is_not(None)),
        _count(recovery_codes, recovery_codes.c.used_at.is_(None)),
        _count(sessions, SESSION_STANDS),
        _LIVE_CONNECTIONS,
    ).where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
)


def read_overview(tenant: str, user_id: str, *, now: int) -> Verb[Overview | None]:
    """Read the numbers of an account."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_user": user_id, "at": now})
    if not rows:
        return None
    (row,) = rows
    must_change, *counts = row[len(PROFILE) :]
    return Overview(profile(row[: len(PROFILE)]), bool(must_change), *counts)
