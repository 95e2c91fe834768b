"""The life of a family, read for its person.

Source: oauth.md R-6.
"""

from sqlalchemy import and_, select

from watchword.accounts.origin import Origin
from watchword.oauth.families import RevokedBecause
from watchword.oauth.timeline import FamilyLife, PairLife
from watchword.stores.schema import clients, families, refresh_tokens, sessions
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.choices import parse_choices
from watchword.stores.verbs.events import list_family_events
from watchword.stores.verbs.rows import Row, words
from watchword.stores.verbs.terms import TENANT, same_tenant, text

__all__ = ["read_family_life"]

EVENTS_MAX = 100

_FAMILY = Statement(
    select(
        families.c.client_id,
        clients.c.name,
        families.c.scopes,
        families.c.choices,
        families.c.created_at,
        families.c.idle_expires_at,
        families.c.expires_at,
        sessions.c.idle_expires_at,
        sessions.c.expires_at,
        families.c.revoked_at,
        families.c.revoked_because,
        families.c.client_changed_at,
    )
    .select_from(
        families.join(
            clients,
            and_(same_tenant(clients, families), clients.c.client_id == families.c.client_id),
        ).join(sessions, and_(same_tenant(sessions, families), sessions.c.sid == families.c.sid))
    )
    .where(
        and_(
            families.c.tenant == TENANT,
            families.c.id == text("the_family"),
            families.c.user_id == text("the_user"),
        )
    )
)
_PAIRS = Statement(
    select(
        refresh_tokens.c.generation,
        refresh_tokens.c.created_at,
        refresh_tokens.c.consumed_at,
        refresh_tokens.c.access_seen_at,
        refresh_tokens.c.killed_at,
        refresh_tokens.c.address,
        refresh_tokens.c.device,
    )
    .where(
        and_(
            refresh_tokens.c.tenant == TENANT,
            refresh_tokens.c.family_id == text("the_family"),
        )
    )
    .order_by(refresh_tokens.c.generation)
)


def read_family_life(tenant: str, user_id: str, family_id: str) -> Verb[FamilyLife | None]:
    """Read a family of this user, its pairs and its events."""
    where: Parameters = {"in_tenant": tenant, "the_family": family_id, "the_user": user_id}
    found = yield Step(_FAMILY, where)
    if not found:
        return None
    client_id, name, scopes, choices, created_at, *ends = found[0][:-3]
    revoked_at, because, keys_changed_at = found[0][-3:]
    granted = (words(scopes), *parse_choices(choices).values())
    pairs = yield Step(_PAIRS, where)
    events = yield from list_family_events(tenant, user_id, family_id, limit=EVENTS_MAX)
    return FamilyLife(
        family_id=family_id,
        client_id=client_id,
        client_name=name,
        scopes=tuple(dict.fromkeys(scope for each in granted for scope in each)),
        created_at=created_at,
        ends_at=min(ends),
        revoked_at=revoked_at,
        revoked_because=None if because is None else RevokedBecause(because),
        pairs=tuple(map(_pair, pairs)),
        events=tuple(recorded.event for recorded in events),
        keys_changed_at=keys_changed_at,
    )


def _pair(row: Row) -> PairLife:
    generation, issued_at, used_at, seen_at, killed_at, address, device = row
    return PairLife(generation, issued_at, used_at, seen_at, killed_at, Origin(address, device))
