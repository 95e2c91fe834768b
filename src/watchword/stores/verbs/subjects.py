"""Accounts as a policy looks at them: each with the shares that name it or one of its roles.

Source: access.md sections 1.5, 4 (P8) and 5 (S6, S8); section 11 (Z16).
"""

from sqlalchemy import and_, or_, select

from watchword.access.shares import Share
from watchword.accounts.administration.shares import Holder
from watchword.stores.schema import shares, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.subjects import Inherited, SharedUser
from watchword.stores.verbs.administration.shares import role_shares, shares_of
from watchword.stores.verbs.rows import USER, user
from watchword.stores.verbs.terms import NOW, TENANT, number, text
from watchword.stores.verbs.users import read_user

__all__ = ["page_subjects", "read_subject"]

_PAGE = Statement(
    select(*USER)
    .where(and_(users.c.tenant == TENANT, users.c.id > text("after")))
    .order_by(users.c.id)
    .limit(number("at_most"))
)
# Whom of a page a share names at all: most often nobody.
_NAMED = Statement(
    select(shares.c.holder)
    .where(
        and_(
            shares.c.tenant == TENANT,
            shares.c.holder > text("after"),
            shares.c.holder <= text("last"),
            shares.c.holder_kind == Holder.SUBJECT.value,
            or_(shares.c.expires_at.is_(None), shares.c.expires_at > NOW),
        )
    )
    .distinct()
)


def read_subject(
    tenant: str, user_id: str, inherited: Inherited, *, now: int, shares_max: int
) -> Verb[SharedUser | None]:
    """Read a user and the shares, both as they stand at one moment."""
    found = yield from read_user(tenant, user_id)
    if found is None:
        return None
    roles = _closed(found.roles, inherited)
    held = yield from shares_of(tenant, user_id, roles, now=now, at_most=shares_max)
    return found, held


def page_subjects(
    tenant: str, inherited: Inherited, *, after: str, limit: int, now: int, shares_max: int
) -> Verb[tuple[SharedUser, ...]]:
    """Read the next users in the order of their ids, as above: all of them at one moment.

    What is shared with a role is read once, however many hold it.
    """
    where: Parameters = {"in_tenant": tenant, "after": after, "at_most": limit}
    page = [user(row) for row in (yield Step(_PAGE, where))]
    if not page:
        return ()
    named = yield Step(
        _NAMED, {"in_tenant": tenant, "after": after, "last": page[-1].id, "at": now}
    )
    own = {holder for (holder,) in named}
    of_role: dict[str, tuple[Share, ...]] = {}
    found: list[SharedUser] = []
    for one in page:
        held: tuple[Share, ...] = ()
        if one.id in own:
            held = yield from shares_of(tenant, one.id, _NO_ROLE, now=now, at_most=shares_max)
        for role in sorted(_closed(one.roles, inherited)):
            if role not in of_role:
                of_role[role] = yield from role_shares(tenant, role, now=now, at_most=shares_max)
            held += of_role[role]
        found.append((one, held[: shares_max + 1]))
    return tuple(found)


_NO_ROLE: frozenset[str] = frozenset()


def _closed(roles: frozenset[str], inherited: Inherited) -> frozenset[str]:
    return roles.union(*(inherited.get(role, _NO_ROLE) for role in roles))
