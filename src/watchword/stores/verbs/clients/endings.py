"""The end of what a client was given: one statement a table, however much it is.

The order is that of `endings`: what is under way, codes, families, and the feed as the last.

Source: oauth.md A-6 (consent is asked again), F-3; security.md rule 61.
"""

from collections.abc import Sequence

from sqlalchemy import Table, and_, delete, update

from watchword.oauth.families import RevokedBecause
from watchword.oauth.feed import RevocationKind
from watchword.stores.schema import (
    codes,
    consents,
    device_codes,
    families,
    interactions,
    opaque_tokens,
)
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.revocations import publish
from watchword.stores.verbs.terms import (
    NOW,
    RETENTION_SECONDS,
    TENANT,
    Condition,
    number,
    text,
)

__all__ = ["end_given", "end_given_and_tell"]


def _of_client(table: Table) -> Condition:
    return and_(table.c.tenant == TENANT, table.c.client_id == text("the_client"))


_END = (
    Statement(
        update(interactions)
        .where(and_(_of_client(interactions), interactions.c.ended_at.is_(None)))
        .values(ended_at=NOW)
    ),
    Statement(
        update(device_codes)
        .where(
            and_(
                _of_client(device_codes),
                device_codes.c.consumed_at.is_(None),
                device_codes.c.expires_at > NOW,
            )
        )
        .values(expires_at=NOW)
    ),
    Statement(
        update(codes)
        .where(and_(_of_client(codes), codes.c.consumed_at.is_(None), codes.c.expires_at > NOW))
        .values(expires_at=NOW)
    ),
    Statement(
        update(families)
        .where(and_(_of_client(families), families.c.revoked_at.is_(None)))
        .values(
            revoked_at=NOW,
            revoked_because=RevokedBecause.CLIENT_ENDED.value,
            purge_at=number("purge"),
        )
    ),
    Statement(
        update(opaque_tokens)
        .where(and_(_of_client(opaque_tokens), opaque_tokens.c.revoked_at.is_(None)))
        .values(revoked_at=NOW)
    ),
    Statement(delete(consents).where(_of_client(consents))),
)


def end_given(tenant: str, client_id: str, *, now: int) -> Verb[None]:
    """End every request under way, code, family and stored token of a client, and every consent."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_client": client_id,
        "at": now,
        "purge": now + RETENTION_SECONDS,
    }
    for statement in _END:
        yield Step(statement, where)


def end_given_and_tell(tenant: str, client_ids: Sequence[str], *, now: int) -> Verb[None]:
    """End what clients were given, and only then tell the feed."""
    for client_id in client_ids:
        yield from end_given(tenant, client_id, now=now)
    yield from publish(tenant, RevocationKind.CLIENT, client_ids, now=now)
