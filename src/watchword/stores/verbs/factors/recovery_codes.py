"""Recovery codes: a sheet replaced whole, a code used by one conditional statement.

Source: users.md U48; security.md rule 37 and C7.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, null, select, update

from watchword.accounts.factors.recovery_codes import RecoverySheet, UseOutcome, UseRecoveryCode
from watchword.accounts.factors.together import Change, FactorOutcome, has_second
from watchword.stores.schema import recovery_codes
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.events import record
from watchword.stores.verbs.factors.standing import FORGET_CODES, of_user, read_standing, tell
from watchword.stores.verbs.outbox import notify
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.users import LOCK_USER

__all__ = ["read_recovery_sheet", "replace_recovery_codes", "use_recovery_code"]

_ADD = Statement(
    insert(recovery_codes).from_select(
        ["tenant", "user_id", "code_hash", "created_at", "used_at"],
        select(TENANT, text("the_user"), blob("the_code"), number("created"), null()),
    )
)
_SHEET: tuple[ColumnElement[Any], ...] = (
    func.max(recovery_codes.c.created_at),
    func.count(),
    func.count(recovery_codes.c.used_at),
)
_READ = Statement(select(*_SHEET).where(of_user(recovery_codes)))
_USE = Statement(
    update(recovery_codes)
    .where(
        and_(
            of_user(recovery_codes),
            recovery_codes.c.code_hash == blob("the_code"),
            recovery_codes.c.used_at.is_(None),
        )
    )
    .values(used_at=NOW)
    .returning(recovery_codes.c.user_id)
)


def replace_recovery_codes(
    tenant: str, hashes: tuple[bytes, ...], change: Change
) -> Verb[FactorOutcome]:
    """Store the codes of a sheet in the place of all earlier ones."""
    where: Parameters = {"in_tenant": tenant, "the_user": change.user_id}
    yield Step(LOCK_USER, where)
    standing = yield from read_standing(tenant, change.user_id)
    if not has_second(standing):
        return FactorOutcome.UNKNOWN
    yield Step(FORGET_CODES, where)
    for code_hash in hashes:
        yield Step(_ADD, {**where, "the_code": code_hash, "created": change.event.at})
    yield from tell(tenant, change)
    return FactorOutcome.CHANGED


def read_recovery_sheet(tenant: str, user_id: str) -> Verb[RecoverySheet]:
    """Read how many codes are left."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_user": user_id})
    made_at, codes, used = rows[0]
    return RecoverySheet(made_at, codes - used, used)


def use_recovery_code(tenant: str, use: UseRecoveryCode) -> Verb[UseOutcome]:
    """Use a code and tell its owner; of concurrent callers exactly one is told USED."""
    used = yield Step(
        _USE,
        {
            "in_tenant": tenant,
            "the_user": use.user_id,
            "the_code": use.code_hash,
            "at": use.now,
        },
    )
    if not used:
        return UseOutcome.REFUSED
    yield from record(tenant, use.event)
    yield from notify(tenant, use.notice)
    return UseOutcome.USED
