"""Signing keys: the public part in clear, the private part sealed before it comes here.

Source: oauth.md K-1, K-5; security.md rule 101.
"""

from sqlalchemy import and_, delete, exists, insert, null, select, update

from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.oauth.feed import RevocationKind
from watchword.stores.schema import signing_keys
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.revocations import publish
from watchword.stores.verbs.rows import SIGNING_KEY, signing_key
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.upkeep.tenants import LOCK_TENANT

__all__ = [
    "activate_signing_key",
    "add_first_signing_key",
    "add_pending_signing_key",
    "delete_signing_key",
    "list_signing_keys",
    "replace_signing_key",
]

_ACTIVE = and_(
    signing_keys.c.tenant == TENANT,
    signing_keys.c.alg == text("the_alg"),
    signing_keys.c.state == KeyState.ACTIVE.value,
)
_PENDING = and_(
    signing_keys.c.tenant == TENANT,
    signing_keys.c.alg == text("the_alg"),
    signing_keys.c.state == KeyState.PENDING.value,
)
_THIS = and_(signing_keys.c.tenant == TENANT, signing_keys.c.kid == text("the_kid"))
_COLUMNS = [
    "tenant", "kid", "alg", "public_jwk", "sealed_private", "state", "created_at", "activates_at",
]  # fmt: skip
_VALUES = (
    TENANT, text("the_kid"), text("the_alg"), text("public"), blob("sealed"), text("the_state"),
    number("created"), number("activates"),
)  # fmt: skip
_LIST = Statement(
    select(*SIGNING_KEY)
    .where(signing_keys.c.tenant == TENANT)
    .order_by(signing_keys.c.created_at, signing_keys.c.kid)
)
_STANDING = Statement(select(*SIGNING_KEY).where(_ACTIVE))
_ADD = Statement(
    insert(signing_keys).from_select(_COLUMNS, select(*_VALUES).where(~exists().where(_ACTIVE)))
)
_ADD_PENDING = Statement(
    insert(signing_keys)
    .from_select(_COLUMNS, select(*_VALUES).where(~exists().where(_PENDING)))
    .returning(signing_keys.c.kid)
)
_ALG = Statement(select(signing_keys.c.alg, signing_keys.c.state).where(_THIS))
_RETIRE = Statement(
    update(signing_keys)
    .where(_ACTIVE)
    .values(
        state=KeyState.RETIRED.value, activates_at=null(), retired_at=NOW, deletes_at=number("end")
    )
)
_ACTIVATE = Statement(
    update(signing_keys)
    .where(and_(_THIS, signing_keys.c.state == KeyState.PENDING.value))
    .values(state=KeyState.ACTIVE.value, activated_at=NOW)
    .returning(signing_keys.c.kid)
)
_DELETE = Statement(
    delete(signing_keys)
    .where(
        and_(
            _THIS,
            signing_keys.c.state == KeyState.RETIRED.value,
            signing_keys.c.deletes_at <= NOW,
        )
    )
    .returning(signing_keys.c.kid)
)
_DESTROY = Statement(delete(signing_keys).where(_THIS).returning(signing_keys.c.state))


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
    where = _row(tenant, record)
    yield Step(LOCK_TENANT, where)
    yield Step(_ADD, where)
    rows = yield Step(_STANDING, where)
    return signing_key(rows[0])


def add_pending_signing_key(tenant: str, record: SigningKeyRecord) -> Verb[bool]:
    """Insert a pending key unless its algorithm has one; say whether this call did it.

    Raises:
        ValueError: the record is not a pending key's.
    """
    if record.state is not KeyState.PENDING:
        raise ValueError("a key is announced while it is pending")
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    return bool((yield Step(_ADD_PENDING, _row(tenant, record))))


def activate_signing_key(tenant: str, kid: str, *, now: int, retired_deletes_at: int) -> Verb[bool]:
    """Retire the active key and make the pending one active; say whether this call did it."""
    where: Parameters = {"in_tenant": tenant, "the_kid": kid, "at": now}
    yield Step(LOCK_TENANT, where)
    rows = yield Step(_ALG, where)
    if not rows or rows[0][1] != KeyState.PENDING.value:
        return False
    yield Step(_RETIRE, {**where, "the_alg": rows[0][0], "end": retired_deletes_at})
    yield Step(_ACTIVATE, where)
    return True


def delete_signing_key(tenant: str, kid: str, *, now: int) -> Verb[bool]:
    """Delete a retired key whose time has come; say whether this call did it."""
    return bool((yield Step(_DELETE, {"in_tenant": tenant, "the_kid": kid, "at": now})))


def replace_signing_key(
    tenant: str, kid: str, record: SigningKeyRecord, *, now: int, until: int
) -> Verb[bool]:
    """Delete a compromised key, put a fresh one where it was active, revoke what was issued."""
    yield Step(LOCK_TENANT, {"in_tenant": tenant})
    destroyed = yield Step(_DESTROY, {"in_tenant": tenant, "the_kid": kid})
    if not destroyed:
        return False
    if destroyed[0][0] == KeyState.ACTIVE.value:
        yield Step(_ADD, _row(tenant, record))
    yield from publish(tenant, RevocationKind.ISSUED_BEFORE, [kid], now=now, until=until)
    return True


def _row(tenant: str, record: SigningKeyRecord) -> Parameters:
    return {
        "in_tenant": tenant,
        "the_kid": record.kid,
        "the_alg": record.alg,
        "public": record.public_jwk,
        "sealed": record.sealed_private,
        "the_state": record.state.value,
        "created": record.created_at,
        "activates": record.activates_at,
    }
