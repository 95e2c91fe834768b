"""What one search of an administrator looks through: by an index from a text on, or a bounded part.

A text that many begin with is not looked for with a pattern: databases order names by their own
rules, and each of these begins at the text itself in all of them.

Source: users.md U40; decisions/0240 and 0284.
"""

from sqlalchemy import and_, select

from watchword.accounts.search import CLIENTS_LOOKED_AT_MAX
from watchword.accounts.users import User
from watchword.stores.schema import clients, emails, roles, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.rows import USER, user
from watchword.stores.verbs.terms import TENANT, number, same_tenant, text

__all__ = ["find_addresses", "find_named_clients", "list_role_meanings"]

_ADDRESSES = Statement(
    select(emails.c.address, *USER)
    .select_from(
        emails.join(users, and_(same_tenant(users, emails), users.c.id == emails.c.user_id))
    )
    .where(
        and_(
            emails.c.tenant == TENANT,
            emails.c.verified_at.is_not(None),
            emails.c.address >= text("beginning"),
        )
    )
    .order_by(emails.c.address)
    .limit(number("at_most"))
)
_NEWEST_CLIENTS = Statement(
    select(clients.c.client_id, clients.c.name)
    .where(clients.c.tenant == TENANT)
    .order_by(clients.c.created_at.desc())
    .limit(number("at_most"))
)
_ROLES = Statement(
    select(roles.c.role, roles.c.meaning).where(roles.c.tenant == TENANT).order_by(roles.c.role)
)


def find_addresses(
    tenant: str, beginning: str, *, limit: int
) -> Verb[tuple[tuple[str, User], ...]]:
    """Read verified addresses that begin with a text, and whose they are."""
    where: Parameters = {"in_tenant": tenant, "beginning": beginning, "at_most": limit}
    rows = yield Step(_ADDRESSES, where)
    return tuple((row[0], user(row[1:])) for row in rows if row[0].startswith(beginning))


def find_named_clients(tenant: str, part: str, *, limit: int) -> Verb[tuple[tuple[str, str], ...]]:
    """Read clients whose name holds a text, among the newest."""
    where: Parameters = {"in_tenant": tenant, "at_most": CLIENTS_LOOKED_AT_MAX}
    rows = yield Step(_NEWEST_CLIENTS, where)
    wanted = part.casefold()
    found = [(client_id, name) for client_id, name in rows if wanted in name.casefold()]
    return tuple(found[:limit])


def list_role_meanings(tenant: str) -> Verb[tuple[tuple[str, str], ...]]:
    """Read every role that is written down, by name."""
    rows = yield Step(_ROLES, {"in_tenant": tenant})
    return tuple((role, meaning) for role, meaning in rows)
