"""Code generators: one enrolment at a time, and each time step used by one statement.

Source: RFC 6238 section 5.2; security.md rule 37, section 3.6 and C7.
"""

from sqlalchemy import and_, delete, exists, func, insert, literal, null, or_, select, update

from watchword.accounts.factors.together import Change, FactorOutcome
from watchword.accounts.factors.totp import (
    STEP_SECONDS,
    TOTP,
    TOTPS_MAX,
    WINDOW_STEPS,
    SpendStep,
    StepOutcome,
)
from watchword.stores.schema import tenants, totps
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.factors.standing import of_user, remove_factor, tell
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.users import LOCK_USER

__all__ = [
    "add_totp",
    "cancel_enrolment",
    "confirm_totp",
    "list_totps",
    "remove_totp",
    "rename_totp",
    "spend_totp_step",
]

_THE_TOTP = and_(of_user(totps), totps.c.id == text("the_totp"))
_CONFIRMED = totps.c.confirmed_at.is_not(None)
# A code may be used a window before its step begins: a step counts as unused only if all of that
# lies after the beginning of the epoch, because a restored store has forgotten what came before.
_KNOWN_SINCE = number("possible_since")
_REMEMBERED = exists().where(
    and_(
        tenants.c.tenant == TENANT,
        or_(tenants.c.epoch == 1, tenants.c.epoch_began_at <= _KNOWN_SINCE),
    )
)
_FIND = Statement(select(totps.c.id).where(and_(_THE_TOTP, _CONFIRMED)))
_COUNT = Statement(select(func.count()).select_from(totps).where(and_(of_user(totps), _CONFIRMED)))
_FORGET_PENDING = Statement(
    delete(totps).where(and_(of_user(totps), totps.c.confirmed_at.is_(None))).returning(totps.c.id)
)
_COLUMNS = (
    totps.c.id, totps.c.user_id, totps.c.name, totps.c.sealed_secret, totps.c.created_at,
    totps.c.confirmed_at, totps.c.last_step, totps.c.used_at,
)  # fmt: skip
_ADD = Statement(
    insert(totps).from_select(
        ["tenant", *(column.name for column in _COLUMNS)],
        select(
            TENANT, text("the_totp"), text("the_user"), text("the_name"), blob("the_key"),
            number("created"), null(), literal(0), null(),
        ),
    )
)  # fmt: skip
_LIST = Statement(select(*_COLUMNS).where(of_user(totps)).order_by(totps.c.created_at, totps.c.id))
_CONFIRM = Statement(
    update(totps)
    .where(and_(_THE_TOTP, totps.c.confirmed_at.is_(None)))
    .values(confirmed_at=NOW, used_at=NOW, last_step=number("step"))
    .returning(totps.c.id)
)
_SPEND = Statement(
    update(totps)
    .where(and_(_THE_TOTP, _CONFIRMED, totps.c.last_step < number("step"), _REMEMBERED))
    .values(used_at=NOW, last_step=number("step"))
    .returning(totps.c.id)
)
_RENAME = Statement(
    update(totps)
    .where(and_(_THE_TOTP, _CONFIRMED))
    .values(name=text("the_name"))
    .returning(totps.c.id)
)
_REMOVE = Statement(delete(totps).where(_THE_TOTP))


def add_totp(tenant: str, totp: TOTP) -> Verb[FactorOutcome]:
    """Store an enrolment in the place of one that was never confirmed."""
    where: Parameters = {
        "in_tenant": tenant,
        "the_user": totp.user_id,
        "the_totp": totp.id,
        "the_name": totp.name,
        "the_key": totp.sealed_key,
        "created": totp.created_at,
    }
    yield Step(LOCK_USER, where)
    ((confirmed,),) = yield Step(_COUNT, where)
    if confirmed >= TOTPS_MAX:
        return FactorOutcome.TOO_MANY
    yield Step(_FORGET_PENDING, where)
    yield Step(_ADD, where)
    return FactorOutcome.CHANGED


def list_totps(tenant: str, user_id: str) -> Verb[tuple[TOTP, ...]]:
    """Read the generators of a user, the oldest first."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "the_user": user_id})
    return tuple(TOTP(*row) for row in rows)


def cancel_enrolment(tenant: str, user_id: str) -> Verb[FactorOutcome]:
    """Forget the enrolment that waits for its first code."""
    forgotten = yield Step(_FORGET_PENDING, {"in_tenant": tenant, "the_user": user_id})
    return FactorOutcome.CHANGED if forgotten else FactorOutcome.UNKNOWN


def confirm_totp(tenant: str, spend: SpendStep, change: Change) -> Verb[FactorOutcome]:
    """Make an unconfirmed generator count, with its first step used."""
    where = _parameters(tenant, spend)
    yield Step(LOCK_USER, where)
    if not (yield Step(_CONFIRM, where)):
        return FactorOutcome.UNKNOWN
    yield from tell(tenant, change)
    return FactorOutcome.CHANGED


def spend_totp_step(tenant: str, spend: SpendStep) -> Verb[StepOutcome]:
    """Use a step of a confirmed generator; of concurrent callers with one step one is told SPENT.

    The one statement both asks whether a later step was used and writes this one down.
    """
    spent = yield Step(_SPEND, _parameters(tenant, spend))
    return StepOutcome.SPENT if spent else StepOutcome.REFUSED


def rename_totp(tenant: str, totp_id: str, *, name: str, change: Change) -> Verb[FactorOutcome]:
    """Give a generator another name."""
    renamed = yield Step(
        _RENAME,
        {
            "in_tenant": tenant,
            "the_user": change.user_id,
            "the_totp": totp_id,
            "the_name": name,
        },
    )
    if not renamed:
        return FactorOutcome.UNKNOWN
    yield from tell(tenant, change)
    return FactorOutcome.CHANGED


def remove_totp(tenant: str, totp_id: str, change: Change) -> Verb[FactorOutcome]:
    """Remove a generator unless the account needs it."""
    factor = (_FIND, _REMOVE, {"the_totp": totp_id})
    return (yield from remove_factor(tenant, change, factor=factor))


def _parameters(tenant: str, spend: SpendStep) -> Parameters:
    return {
        "in_tenant": tenant,
        "the_user": spend.user_id,
        "the_totp": spend.totp_id,
        "step": spend.step,
        "possible_since": (spend.step - WINDOW_STEPS) * STEP_SECONDS,
        "at": spend.now,
    }
