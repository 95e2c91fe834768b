"""Users as an administrator looks for them: page by page.

Source: users.md U40; access.md section 13 (complete, paged lists).
"""

from sqlalchemy import and_, func, select

from watchword.accounts.users import User
from watchword.stores.schema import users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.rows import USER, user
from watchword.stores.verbs.terms import TENANT, number, text

__all__ = ["page_users"]

# `replace` tells whether a text is part of another on both databases, without wild cards.
_HAS_TEXT = func.length(func.replace(users.c.name, text("part"), "")) < func.length(users.c.name)
_AFTER = and_(users.c.tenant == TENANT, users.c.name > text("after"))
_PAGE = Statement(select(*USER).where(_AFTER).order_by(users.c.name).limit(number("at_most")))
_FOUND = Statement(
    select(*USER).where(and_(_AFTER, _HAS_TEXT)).order_by(users.c.name).limit(number("at_most"))
)


def page_users(tenant: str, *, part: str, after: str, limit: int) -> Verb[tuple[User, ...]]:
    """Read users in the order of their names, whose name holds `part`, from after a name on."""
    where: Parameters = {"in_tenant": tenant, "part": part, "after": after, "at_most": limit}
    rows = yield Step(_FOUND if part else _PAGE, where)
    return tuple(user(row) for row in rows)
