"""Why a refresh token is refused: it is not bound so, or something behind it has fallen.

What a token is bound to never changes, so that a read of it decides as well as a WHERE would.
Whether everything behind it stands is decided by the statements of `rotation`; what is read here
after none of them found a row chooses the reason, and changes nothing.

Source: oauth.md sections 5 and S-3 (zero rows: read once more, only to choose the reason).
"""

from sqlalchemy import and_, select

from watchword.accounts.users import UserStatus
from watchword.base.records import dataclass
from watchword.oauth.families import Refusal, RotateRefreshToken
from watchword.stores.schema import (
    clients,
    families,
    refresh_tokens,
    resources,
    sessions,
    tenants,
    users,
)
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.choices import CHOSEN_SCOPES
from watchword.stores.verbs.rows import words
from watchword.stores.verbs.terms import ACTOR_STANDS, TENANT, blob, same_tenant
from watchword.stores.verbs.tokens.families import WITH_PARTIES

__all__ = ["OF_FAMILY", "PRESENTED", "Behind", "read_behind", "why_fallen", "why_unbound"]

PRESENTED = and_(
    refresh_tokens.c.tenant == TENANT, refresh_tokens.c.token_hash == blob("presented")
)
OF_FAMILY = and_(same_tenant(families, refresh_tokens), families.c.id == refresh_tokens.c.family_id)
_BEHIND = Statement(
    select(
        families.c.id,
        families.c.client_id,
        resources.c.identifier,
        CHOSEN_SCOPES,
        families.c.revoked_at,
        families.c.idle_expires_at,
        families.c.expires_at,
        families.c.epoch,
        sessions.c.ended_at,
        sessions.c.idle_expires_at,
        sessions.c.expires_at,
        sessions.c.epoch,
        ACTOR_STANDS,
        users.c.status,
        clients.c.is_active,
        resources.c.is_active,
        tenants.c.epoch,
        refresh_tokens.c.consumed_at,
        refresh_tokens.c.killed_at,
        refresh_tokens.c.generation,
        users.c.id,
        sessions.c.sid,
        clients.c.name,
    )
    .select_from(WITH_PARTIES.join(refresh_tokens, OF_FAMILY))
    .where(PRESENTED)
)


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a presented token, in the order of `_BEHIND`."""

    family_id: str
    client_id: str
    resource: str
    scopes: str
    revoked_at: int | None
    family_idle_expires_at: int
    family_expires_at: int
    family_epoch: int
    session_ended_at: int | None
    session_idle_expires_at: int
    session_expires_at: int
    session_epoch: int
    actor_stands: bool  # whoever acts as the user, if anybody does
    user_status: str
    client_is_active: bool
    resource_is_active: bool
    epoch: int
    consumed_at: int | None
    killed_at: int | None
    generation: int
    user_id: str
    sid: str
    client_name: str

    @property
    def is_spent(self) -> bool:
        """Whether it was used, or another pair took its place."""
        return self.consumed_at is not None or self.killed_at is not None


def read_behind(where: Parameters) -> Verb[Behind | None]:
    """Read what stands behind a token, and whether it does; None where the token is unknown."""
    rows = yield Step(_BEHIND, where)
    return Behind(*rows[0]) if rows else None


def why_unbound(behind: Behind, command: RotateRefreshToken) -> Refusal | None:
    """Name the first thing that the presentation is not bound to; None where it is bound."""
    if behind.client_id != command.client_id:
        return Refusal.WRONG_CLIENT
    if command.resource not in {None, behind.resource}:
        return Refusal.WRONG_RESOURCE
    if command.scopes is not None and not command.scopes.issubset(words(behind.scopes)):
        return Refusal.WRONG_SCOPE
    return None


def why_fallen(behind: Behind, now: int) -> Refusal | None:
    """Name the first thing that does not stand; what explains the others comes first."""
    session_end = min(behind.session_idle_expires_at, behind.session_expires_at)
    family_end = min(behind.family_idle_expires_at, behind.family_expires_at)
    epochs = {behind.family_epoch, behind.session_epoch}
    fallen = (
        (epochs != {behind.epoch}, Refusal.OLD_EPOCH),
        (behind.user_status != UserStatus.ACTIVE.value, Refusal.USER_INACTIVE),
        (not behind.client_is_active, Refusal.CLIENT_INACTIVE),
        (not behind.resource_is_active, Refusal.RESOURCE_INACTIVE),
        (behind.session_ended_at is not None or session_end <= now, Refusal.SESSION_ENDED),
        (not behind.actor_stands, Refusal.SESSION_ENDED),
        (behind.revoked_at is not None, Refusal.REVOKED),
        (family_end <= now, Refusal.EXPIRED),
    )
    return next((refusal for has_fallen, refusal in fallen if has_fallen), None)
