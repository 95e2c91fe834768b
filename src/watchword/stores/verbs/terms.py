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
    exists,
    not_,
    or_,
)

from watchword.accounts.acting import ACTS_AS, OUT_OF_REACH
from watchword.accounts.users import UserStatus
from watchword.stores.schema import (
    clients,
    families,
    resources,
    role_closure,
    sessions,
    tenants,
    user_roles,
    users,
)

__all__ = [
    "ACTOR",
    "ACTOR_MAY",
    "ACTOR_STANDS",
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
    "holds",
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


def holds(user_id: ColumnElement[Any], tenant: ColumnElement[Any], *roles: str) -> Condition:
    """Return the condition that a user holds one of these roles, given or inherited."""
    return exists().where(
        and_(
            user_roles.c.tenant == tenant,
            user_roles.c.user_id == user_id,
            or_(
                *(user_roles.c.role == role for role in roles),
                exists().where(
                    and_(
                        role_closure.c.tenant == user_roles.c.tenant,
                        role_closure.c.role == user_roles.c.role,
                        or_(*(role_closure.c.includes == role for role in roles)),
                    )
                ),
            ),
        )
    )


USER_ACTIVE: Condition = users.c.status == UserStatus.ACTIVE.value

_own = sessions.alias("own_sessions")
_actors = users.alias("actors")
ACTOR = _own.join(_actors, and_(same_tenant(_actors, _own), _actors.c.id == _own.c.user_id))
# Whoever would act as the user `users` from the session `own_sessions` might do so at this moment.
ACTOR_MAY: Condition = and_(
    _own.c.actor_sid.is_(None),
    _own.c.ended_at.is_(None),
    _own.c.idle_expires_at > NOW,
    _own.c.expires_at > NOW,
    _actors.c.status == UserStatus.ACTIVE.value,
    holds(_actors.c.id, _actors.c.tenant, ACTS_AS),
)
ACTOR_STANDS: Condition = or_(
    sessions.c.actor_sid.is_(None),
    and_(
        exists()
        .select_from(ACTOR)
        .where(
            and_(
                same_tenant(_own, sessions),
                _own.c.sid == sessions.c.actor_sid,
                _own.c.user_id == sessions.c.actor_id,
                _own.c.epoch == sessions.c.epoch,
                ACTOR_MAY,
            )
        )
        .correlate(sessions),
        not_(holds(sessions.c.user_id, sessions.c.tenant, *OUT_OF_REACH)),
    ),
)

SESSION_STANDS: Condition = and_(
    sessions.c.ended_at.is_(None),
    sessions.c.idle_expires_at > NOW,
    sessions.c.expires_at > NOW,
    sessions.c.epoch == tenants.c.epoch,
    ACTOR_STANDS,
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
