"""What statements are made of: parameters, and the conditions under which something is live."""

from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    LargeBinary,
    Text,
    and_,
    bindparam,
)

from watchword.accounts.users import UserStatus
from watchword.stores.schema import clients, families, resources, sessions, tenants, users

__all__ = [
    "FAMILY_STANDS",
    "NOW",
    "PARTIES_ACTIVE",
    "RETENTION_SECONDS",
    "SESSION_STANDS",
    "TENANT",
    "USER_ACTIVE",
    "Condition",
    "blob",
    "flag",
    "number",
    "same_tenant",
    "text",
]

Condition: TypeAlias = ColumnElement[bool]

RETENTION_SECONDS = 86_400  # a dead row stays a day, so that a refusal can still say why


def text(name: str) -> BindParameter[str]:
    """Return a parameter that holds text."""
    return bindparam(name, type_=Text())


def number(name: str) -> BindParameter[int]:
    """Return a parameter that holds a whole number of up to 64 bits."""
    return bindparam(name, type_=BigInteger())


def flag(name: str) -> BindParameter[bool]:
    """Return a parameter that holds a truth value."""
    return bindparam(name, type_=Boolean())


def blob(name: str) -> BindParameter[bytes]:
    """Return a parameter that holds bytes."""
    return bindparam(name, type_=LargeBinary())


TENANT = text("in_tenant")
NOW = number("at")


def same_tenant(first: Any, second: Any) -> Condition:  # Any: tables and aliases share no type
    """Compare the tenants of two tables, as every join does."""
    condition: Condition = first.c.tenant == second.c.tenant
    return condition


USER_ACTIVE: Condition = users.c.status == UserStatus.ACTIVE.value

SESSION_STANDS: Condition = and_(
    sessions.c.ended_at.is_(None),
    sessions.c.idle_expires_at > NOW,
    sessions.c.expires_at > NOW,
    sessions.c.epoch == tenants.c.epoch,
)

FAMILY_STANDS: Condition = and_(
    families.c.revoked_at.is_(None),
    families.c.idle_expires_at > NOW,
    families.c.expires_at > NOW,
    families.c.epoch == tenants.c.epoch,
)

PARTIES_ACTIVE: Condition = and_(
    USER_ACTIVE, clients.c.is_active.is_(True), resources.c.is_active.is_(True)
)
