"""Users as an administrator looks for them, by name or by role: page by page.

Source: users.md U40; access.md section 13 (complete, paged lists).
"""

from sqlalchemy import and_, exists, func, or_, select

from watchword.accounts.users import RoleHolder, User
from watchword.stores.schema import role_closure, user_roles, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.rows import USER, user
from watchword.stores.verbs.terms import TENANT, number, text

__all__ = ["page_holders", "page_users"]

# `replace` tells whether a text is part of another on both databases, without wild cards.
_HAS_TEXT = func.length(func.replace(users.c.name, text("part"), "")) < func.length(users.c.name)
_AFTER = and_(users.c.tenant == TENANT, users.c.name > text("after"))
_PAGE = Statement(select(*USER).where(_AFTER).order_by(users.c.name).limit(number("at_most")))
_FOUND = Statement(
    select(*USER).where(and_(_AFTER, _HAS_TEXT)).order_by(users.c.name).limit(number("at_most"))
)

_THEIRS = and_(user_roles.c.tenant == TENANT, user_roles.c.user_id == users.c.id)
_GIVEN = exists().where(and_(_THEIRS, user_roles.c.role == text("the_role")))
_INHERITED = exists().where(
    and_(
        _THEIRS,
        role_closure.c.tenant == TENANT,
        role_closure.c.role == user_roles.c.role,
        role_closure.c.includes == text("the_role"),
    )
)
_HOLDERS = Statement(
    select(*USER, _GIVEN)
    .where(and_(_AFTER, or_(_GIVEN, _INHERITED)))
    .order_by(users.c.name)
    .limit(number("at_most"))
)


def page_holders(tenant: str, role: str, *, after: str, limit: int) -> Verb[tuple[RoleHolder, ...]]:
    """Read who holds a role, given or inherited, in the order of their names, from one on."""
    where: Parameters = {
        "in_tenant": tenant, "the_role": role, "after": after, "at_most": limit,
    }  # fmt: skip
    rows = yield Step(_HOLDERS, where)
    return tuple(RoleHolder(user(row[:-1]), bool(row[-1])) for row in rows)


def page_users(tenant: str, *, part: str, after: str, limit: int) -> Verb[tuple[User, ...]]:
    """Read users in the order of their names, whose name holds `part`, from after a name on."""
    where: Parameters = {"in_tenant": tenant, "part": part, "after": after, "at_most": limit}
    rows = yield Step(_FOUND if part else _PAGE, where)
    return tuple(user(row) for row in rows)
