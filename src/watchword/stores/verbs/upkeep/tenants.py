"""Tenants: their epoch, and whether they belong to a demonstration.

Source: security.md section 3.6 and rule 106.
"""

from sqlalchemy import and_, exists, insert, literal, select, update

from watchword.oauth.feed import RevocationKind
from watchword.stores.errors import LiveStore
from watchword.stores.schema import tenants, users
from watchword.stores.statement import Lock, Statement, Step, Verb
from watchword.stores.verbs.revocations import publish
from watchword.stores.verbs.terms import NOW, TENANT, flag

__all__ = ["LOCK_TENANT", "add_tenant", "bump_epoch", "has_tenant", "is_demo", "mark_demo"]

LOCK_TENANT = Lock(
    select(tenants.c.epoch).where(tenants.c.tenant == TENANT).with_for_update(key_share=True)
)
_ADD = Statement(
    insert(tenants).from_select(
        ["tenant", "epoch", "epoch_began_at", "is_demo"],
        select(TENANT, literal(1), NOW, flag("demo")).where(
            ~exists().where(tenants.c.tenant == TENANT)
        ),
    )
)
_FIND = Statement(select(tenants.c.is_demo).where(tenants.c.tenant == TENANT))
_BUMP = Statement(
    update(tenants)
    .where(tenants.c.tenant == TENANT)
    .values(epoch=tenants.c.epoch + 1, epoch_began_at=NOW)
    .returning(tenants.c.epoch)
)
_MARK = Statement(
    update(tenants)
    .where(
        and_(
            tenants.c.tenant == TENANT,
            tenants.c.is_demo.is_(True) | ~exists().where(users.c.tenant == TENANT),
        )
    )
    .values(is_demo=True)
    .returning(tenants.c.tenant)
)


def has_tenant(tenant: str) -> Verb[bool]:
    """Read whether the tenant exists."""
    return bool((yield Step(_FIND, {"in_tenant": tenant})))


def add_tenant(tenant: str, *, now: int) -> Verb[None]:
    """Insert the tenant unless it exists."""
    yield Step(_ADD, {"in_tenant": tenant, "at": now, "demo": False})


def bump_epoch(tenant: str, *, now: int) -> Verb[int]:
    """Begin an epoch: sessions, families and links of every earlier one are dead at once.

    The feed says that every token issued before is dead too, so that guards that verify offline do
    not go on with sessions of which a restored database knows nothing.
    """
    rows = yield Step(_BUMP, {"in_tenant": tenant, "at": now})
    epoch: int = rows[0][0]
    yield from publish(tenant, RevocationKind.ISSUED_BEFORE, [f"epoch {epoch}"], now=now)
    return epoch


def mark_demo(tenant: str) -> Verb[None]:
    """Mark the tenant as a demonstration's, as long as it holds no user of another origin.

    Raises:
        LiveStore: it has users and no mark.
    """
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    if not (yield Step(_MARK, {"in_tenant": tenant})):
        raise LiveStore(
            "this database holds users that no demonstration made",
            fix="give the demonstration a database file of its own",
        )


def is_demo(tenant: str) -> Verb[bool]:
    """Read whether the tenant is a demonstration's."""
    rows = yield Step(_FIND, {"in_tenant": tenant})
    return bool(rows and rows[0][0])
