"""Cleanup: bounded work beside every issuance, so that no operator needs a janitor.

Each issuance looks at one table, and deletes at most twenty rows where it finds a dead one: looking
walks one entry of an index and costs a fifth of a deletion that finds nothing. Which table is
chosen by two bytes of the hash of the secret just made, which is uniformly distributed; an issuance
adds at most one row to a table, so what is dead goes faster than it comes. A timer of the server
sweeps all of them where nobody is issued anything (`server/sweeper.py`).

Source: oauth.md S-8.
"""

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    exists,
    or_,
    select,
    tuple_,
    update,
)

from watchword.base.records import dataclass
from watchword.oauth.clients import ClientOrigin
from watchword.stores.schema import (
    challenges,
    clients,
    codes,
    consents,
    device_codes,
    events,
    families,
    flows,
    former_names,
    interactions,
    key_readers,
    known_devices,
    links,
    opaque_tokens,
    outbox,
    refresh_tokens,
    registration_tokens,
    replays,
    revocations,
    sessions,
    shares,
    signups,
    throttles,
    traces,
)
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, number, same_tenant

__all__ = [
    "SWEEPS",
    "SWEEP_CHALLENGES",
    "SWEEP_DEVICE_CODES",
    "SWEEP_INTERACTIONS",
    "SWEEP_KEY_READERS",
    "SWEEP_REGISTRATION_TOKENS",
    "SWEEP_REPLAYS",
    "SWEEP_SHARES",
    "SWEEP_THROTTLES",
    "SWEEP_TRACES",
    "SWEPT_ROWS_MAX",
    "Sweep",
    "clear",
    "sweep",
    "sweep_all",
    "sweep_clients",
]

SWEPT_ROWS_MAX = 20
DEVICE_CODE_MEMORY_SECONDS = 3_600
EXPIRED_SHARE_SECONDS = 30 * 86_400  # an administrator still sees that it was there
USED_SECONDS = 7 * 86_400  # then a client with logins is looked at again


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The dead rows of one table."""

    look: Statement  # a row where there may be any
    delete: Statement  # at most `SWEPT_ROWS_MAX`


def _sweep(table: Table, dead: Select[Any], *, end: Column[Any], kept_seconds: int = 0) -> Sweep:
    # The subquery is a CTE, which PostgreSQL evaluates once, and passes over rows that somebody
    # else is deleting; SQLite has no need of either and reads them the same way.
    chosen = dead.limit(SWEPT_ROWS_MAX).with_for_update(skip_locked=True, of=table).cte("dead")
    return Sweep(
        Statement(select(end).where(_over(end, kept_seconds)).limit(1)),
        Statement(delete(table).where(tuple_(*table.primary_key).in_(select(*chosen.c)))),
    )


def _expired(table: Table, end: Column[Any], *, kept_seconds: int = 0) -> Sweep:
    """Return the sweep of a table on which no other depends."""
    dead = select(*table.primary_key).where(_over(end, kept_seconds)).order_by(end)
    return _sweep(table, dead, end=end, kept_seconds=kept_seconds)


def _over(end: Column[Any], kept_seconds: int = 0) -> ColumnElement[bool]:
    return and_(end.table.c.tenant == TENANT, end <= (NOW - kept_seconds if kept_seconds else NOW))


# Whoever asks for a challenge also sweeps: pages are looked at far more often than signed in on.
SWEEP_CHALLENGES = _expired(challenges, challenges.c.expires_at)
# Anybody may begin an authorization and leave it at that.
SWEEP_INTERACTIONS = _expired(interactions, interactions.c.expires_at)
# A client may present assertions for ever and be issued nothing.
SWEEP_REPLAYS = _expired(replays, replays.c.expires_at)
# A device may ask for codes for ever, and nobody type one. For an hour it is told that one is over.
SWEEP_DEVICE_CODES = _expired(
    device_codes, device_codes.c.expires_at, kept_seconds=DEVICE_CODE_MEMORY_SECONDS
)
# They are made by hand, so each that is made sweeps those before it.
SWEEP_REGISTRATION_TOKENS = _expired(registration_tokens, registration_tokens.c.expires_at)
# Attempts that fail come without an issuance, so each of them sweeps its own table.
SWEEP_THROTTLES = _expired(throttles, throttles.c.purge_at)
# Each word of a verifier sweeps those of which nothing was heard.
SWEEP_KEY_READERS = _expired(key_readers, key_readers.c.purge_at)
# They are made by people, so each that is made sweeps those that ended a month ago.
SWEEP_SHARES = _expired(shares, shares.c.expires_at, kept_seconds=EXPIRED_SHARE_SECONDS)
# Refusals come without an issuance too.
SWEEP_TRACES = _expired(traces, traces.c.purge_at)

_OF_FAMILY = and_(
    same_tenant(refresh_tokens, families), refresh_tokens.c.family_id == families.c.id
)
_dead_families = (
    select(families.c.id)
    .where(and_(_over(families.c.purge_at), exists().where(_OF_FAMILY)))
    .order_by(families.c.purge_at)
    .limit(SWEPT_ROWS_MAX)
    .cte("dead_families")
)

# Children go before their parents: a family when its tokens are gone, a session after its families.
# The order by time makes both databases walk the index and stop.
SWEEPS = (
    _sweep(
        refresh_tokens,
        select(refresh_tokens.c.tenant, refresh_tokens.c.token_hash).where(
            and_(
                refresh_tokens.c.tenant == TENANT,
                refresh_tokens.c.family_id.in_(select(_dead_families.c.id)),
            )
        ),
        end=families.c.purge_at,
    ),
    _sweep(
        families,
        select(families.c.tenant, families.c.id)
        .where(and_(_over(families.c.purge_at), ~exists().where(_OF_FAMILY)))
        .order_by(families.c.purge_at),
        end=families.c.purge_at,
    ),
    _sweep(
        sessions,
        select(sessions.c.tenant, sessions.c.sid)
        .where(
            and_(
                _over(sessions.c.purge_at),
                ~exists().where(
                    and_(same_tenant(families, sessions), families.c.sid == sessions.c.sid)
                ),
            )
        )
        .order_by(sessions.c.purge_at),
        end=sessions.c.purge_at,
    ),
    _expired(links, links.c.expires_at),
    _expired(signups, signups.c.expires_at),
    _expired(outbox, outbox.c.purge_at),
    SWEEP_CHALLENGES,
    _expired(revocations, revocations.c.until),
    _expired(flows, flows.c.expires_at),
    _expired(codes, codes.c.purge_at),
    _expired(opaque_tokens, opaque_tokens.c.expires_at),
    _expired(known_devices, known_devices.c.purge_at),
    _expired(events, events.c.purge_at),
    _expired(former_names, former_names.c.purge_at),
)

# Swept by whoever adds to them, because nothing may be issued in between.
BESIDE = (
    SWEEP_INTERACTIONS,
    SWEEP_KEY_READERS,
    SWEEP_REGISTRATION_TOKENS,
    SWEEP_REPLAYS,
    SWEEP_DEVICE_CODES,
    SWEEP_SHARES,
    SWEEP_THROTTLES,
    SWEEP_TRACES,
)


_IS_USED = exists().where(
    and_(same_tenant(families, clients), families.c.client_id == clients.c.client_id)
)
# What an administrator switched off stays, so that neither equal metadata nor the same document
# brings it back.
_STAYS = or_(
    _IS_USED,
    and_(
        clients.c.is_active.is_(False),
        or_(clients.c.metadata_hash.is_not(None), clients.c.origin == ClientOrigin.DOCUMENT.value),
    ),
)
_overdue = (
    select(clients.c.tenant, clients.c.client_id)
    .where(_over(clients.c.expires_at))
    .order_by(clients.c.expires_at)
)
_staying = (
    _overdue.where(_STAYS)
    .limit(SWEPT_ROWS_MAX)
    .with_for_update(skip_locked=True, of=clients)
    .cte("dead")
)
# Whoever registers also sweeps. Nobody used the ones; the others are put off, to be looked at once.
_CLIENTS = _sweep(clients, _overdue.where(~_STAYS), end=clients.c.expires_at)
# What people allowed a client goes with it, by whichever way it comes to its end.
_CONSENTS = Statement(
    delete(consents).where(
        and_(
            consents.c.tenant == TENANT,
            consents.c.client_id.in_(
                select(_overdue.where(~_STAYS).limit(SWEPT_ROWS_MAX).cte("dead").c.client_id)
            ),
        )
    )
)
_PUT_OFF = Statement(
    update(clients)
    .where(tuple_(clients.c.tenant, clients.c.client_id).in_(select(*_staying.c)))
    .values(expires_at=number("later"))
)


def sweep(tenant: str, *, chosen_by: bytes, now: int) -> Verb[None]:
    """Delete at most twenty dead rows of the table that the first two bytes choose."""
    yield from clear(tenant, SWEEPS[int.from_bytes(chosen_by[:2]) % len(SWEEPS)], now=now)


def sweep_all(tenant: str, *, now: int) -> Verb[bool]:
    """Delete at most twenty dead rows of every table; false where none had any."""
    found = False
    for each in (*SWEEPS, *BESIDE):
        found = (yield from clear(tenant, each, now=now)) or found
    return (yield from sweep_clients(tenant, now=now)) or found


def sweep_clients(tenant: str, *, now: int) -> Verb[bool]:
    """Delete at most twenty clients that came by themselves and that nobody used in time."""
    where: Parameters = {"in_tenant": tenant, "at": now}
    if not (yield Step(_CLIENTS.look, where)):
        return False
    yield Step(_CONSENTS, where)
    yield Step(_CLIENTS.delete, where)
    yield Step(_PUT_OFF, {**where, "later": now + USED_SECONDS})
    return True


def clear(tenant: str, swept: Sweep, *, now: int) -> Verb[bool]:
    """Delete at most twenty dead rows of one table; false where there is none."""
    where: Parameters = {"in_tenant": tenant, "at": now}
    if not (yield Step(swept.look, where)):
        return False
    yield Step(swept.delete, where)
    return True
