"""Why no family was opened: read after the statement that opens one found nothing to take it from.

What it says chooses the text for the operator and nothing else; nothing is issued by it.

Source: oauth.md S-3 (zero rows: read once more, only to choose the reason); security.md rule 61.
"""

from sqlalchemy import and_, select

from watchword.accounts.users import UserStatus
from watchword.oauth.families import NewFamily, OpenFamily, Refusal
from watchword.stores.schema import clients, sessions, tenants, users
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import ACTOR_STANDS, TENANT, same_tenant, text

__all__ = ["why_no_family", "why_no_login"]

_USER = Statement(
    select(users.c.status, users.c.password_hash).where(
        and_(users.c.tenant == TENANT, users.c.id == text("the_user"))
    )
)
_SESSION = Statement(
    select(
        sessions.c.ended_at,
        sessions.c.idle_expires_at,
        sessions.c.expires_at,
        sessions.c.epoch,
        tenants.c.epoch,
        ACTOR_STANDS,
        users.c.status,
    )
    .select_from(
        sessions.join(
            users, and_(same_tenant(users, sessions), users.c.id == sessions.c.user_id)
        ).join(tenants, same_tenant(tenants, sessions))
    )
    .where(and_(sessions.c.tenant == TENANT, sessions.c.sid == text("the_sid")))
)
_CLIENT = Statement(
    select(clients.c.client_id).where(
        and_(
            clients.c.tenant == TENANT,
            clients.c.client_id == text("the_client"),
            clients.c.is_active.is_(True),
        )
    )
)


def why_no_login(tenant: str, command: OpenFamily) -> Verb[Refusal]:
    """Name what does not stand behind a login that was refused."""
    rows = yield Step(_USER, {"in_tenant": tenant, "the_user": command.user_id})
    if not rows or rows[0][0] != UserStatus.ACTIVE.value:
        return Refusal.USER_INACTIVE
    if command.password_hash not in {None, rows[0][1]}:
        return Refusal.CREDENTIAL_CHANGED
    return (yield from _why_no_party(tenant, command.family))


def why_no_family(tenant: str, family: NewFamily, *, sid: str, now: int) -> Verb[Refusal]:
    """Name what does not stand behind a family that was to hang on a session."""
    rows = yield Step(_SESSION, {"in_tenant": tenant, "the_sid": sid, "at": now})
    if not rows:
        return Refusal.SESSION_ENDED
    ended_at, idle_expires_at, expires_at, epoch, current_epoch, actor_stands, status = rows[0]
    if epoch != current_epoch:
        return Refusal.OLD_EPOCH
    if status != UserStatus.ACTIVE.value:
        return Refusal.USER_INACTIVE
    if ended_at is not None or min(idle_expires_at, expires_at) <= now or not actor_stands:
        return Refusal.SESSION_ENDED
    return (yield from _why_no_party(tenant, family))


def _why_no_party(tenant: str, family: NewFamily) -> Verb[Refusal]:
    known = yield Step(_CLIENT, {"in_tenant": tenant, "the_client": family.client_id})
    return Refusal.RESOURCE_INACTIVE if known else Refusal.CLIENT_INACTIVE
