"""Signing keys: the public part in clear, the private part sealed before it comes here.

Source: oauth.md K-1; security.md rule 101.
"""

from sqlalchemy import and_, exists, insert, select

from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.stores.schema import signing_keys
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.rows import SIGNING_KEY, signing_key
from watchword.stores.verbs.tenants import LOCK_TENANT
from watchword.stores.verbs.terms import TENANT, blob, number, text

__all__ = ["add_first_signing_key", "list_signing_keys"]

_ACTIVE = and_(
    signing_keys.c.tenant == TENANT,
    signing_keys.c.alg == text("the_alg"),
    signing_keys.c.state == KeyState.ACTIVE.value,
)
_LIST = Statement(
    select(*SIGNING_KEY)
    .where(signing_keys.c.tenant == TENANT)
    .order_by(signing_keys.c.created_at, signing_keys.c.kid)
)
_STANDING = Statement(select(*SIGNING_KEY).where(_ACTIVE))
_ADD = Statement(
    insert(signing_keys).from_select(
        ["tenant", "kid", "alg", "public_jwk", "sealed_private", "state", "created_at"],
        select(
            TENANT, text("the_kid"), text("the_alg"), text("public"), blob("sealed"),
            text("the_state"), number("created"),
        ).where(~exists().where(_ACTIVE)),
    )
)  # fmt: skip


def list_signing_keys(tenant: str) -> Verb[tuple[SigningKeyRecord, ...]]:
    """Read every key, oldest first."""
    rows = yield Step(_LIST, {"in_tenant": tenant})
    return tuple(signing_key(row) for row in rows)


def add_first_signing_key(tenant: str, record: SigningKeyRecord) -> Verb[SigningKeyRecord]:
    """Insert an active key unless its algorithm has one; return the one that stands.

    Under concurrency every caller gets the same record.

    Raises:
        ValueError: the record is not an active key's.
    """
    if record.state is not KeyState.ACTIVE:
        raise ValueError("a first signing key is active")
    where = {
        "in_tenant": tenant,
        "the_kid": record.kid,
        "the_alg": record.alg,
        "public": record.public_jwk,
        "sealed": record.sealed_private,
        "the_state": record.state.value,
        "created": record.created_at,
    }
    yield Step(LOCK_TENANT, where)
    yield Step(_ADD, where)
    rows = yield Step(_STANDING, where)
    return signing_key(rows[0])
