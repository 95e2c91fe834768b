"""Throttles: attempts that are counted before they are made.

The counting statement is one upsert whose WHERE holds the limit, so that PostgreSQL decides on the
row that the attempt before it left, and SQLite has one writer anyway.

Source: security.md rules 35 and 36; NIST SP 800-63B-4 section 3.2.2.
"""

from collections.abc import Sequence

from sqlalchemy import and_, case, delete, or_, select, update

from watchword.accounts.events import Event
from watchword.accounts.throttle import PENDING_SECONDS, Bucket, Delayed
from watchword.stores.schema import throttles
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.events import record
from watchword.stores.verbs.terms import NOW, TENANT, blob, number
from watchword.stores.verbs.upkeep.sweep import SWEEP_THROTTLES, clear
from watchword.stores.verbs.upsert import insert

__all__ = [
    "count_failure",
    "forget_failures",
    "return_attempt",
    "take_attempt",
    "take_turn",
]

_NOW_MS = number("at_ms")
_IS_FORGOTTEN = throttles.c.purge_at <= NOW
_THE_BUCKET = and_(throttles.c.tenant == TENANT, throttles.c.bucket == blob("the_bucket"))
_FAILURES = case((_IS_FORGOTTEN, 0), else_=throttles.c.failures)
_PENDING = case((throttles.c.pending_until <= NOW, 0), else_=throttles.c.pending)
_NONE, _ONE = number("none"), number("one")
_SOON = number("soon")
_TAKE = Statement(
    insert(throttles)
    .values(
        tenant=TENANT,
        bucket=blob("the_bucket"),
        due_at_ms=_NOW_MS,
        failures=_NONE,
        pending=_ONE,
        pending_until=_SOON,
        purge_at=_SOON,
    )
    .on_conflict_do_update(
        index_elements=[throttles.c.tenant, throttles.c.bucket],
        set_={
            "due_at_ms": case((_IS_FORGOTTEN, _NOW_MS), else_=throttles.c.due_at_ms),
            "failures": _FAILURES,
            "pending": _PENDING + _ONE,
            "pending_until": _SOON,
            # What holds failures is kept as long as the last of them said.
            "purge_at": case(
                (or_(_IS_FORGOTTEN, throttles.c.failures == _NONE), _SOON),
                else_=throttles.c.purge_at,
            ),
        },
        where=and_(
            or_(_IS_FORGOTTEN, throttles.c.due_at_ms <= number("horizon_ms")),
            number("failures_max") > _FAILURES + _PENDING,
        ),
    )
    .returning(throttles.c.bucket)
)
_READ = Statement(
    select(throttles.c.due_at_ms, throttles.c.failures, throttles.c.purge_at).where(_THE_BUCKET)
)
_LESS_PENDING = case((throttles.c.pending > 0, throttles.c.pending - 1), else_=0)
_RETURN = Statement(
    update(throttles)
    .where(_THE_BUCKET)
    .values(pending=_LESS_PENDING)
    .returning(throttles.c.failures)
)
_FAIL = Statement(
    update(throttles)
    .where(_THE_BUCKET)
    .values(
        due_at_ms=case((throttles.c.due_at_ms < _NOW_MS, _NOW_MS), else_=throttles.c.due_at_ms)
        + number("interval_ms"),
        failures=throttles.c.failures + _ONE,
        pending=_LESS_PENDING,
        purge_at=number("purge"),
    )
)
_FORGET = Statement(delete(throttles).where(_THE_BUCKET))


def take_attempt(tenant: str, buckets: Sequence[Bucket], *, now: int) -> Verb[Delayed | None]:
    """Take a place in every bucket, or in none and say how long to wait."""
    for position, each in enumerate(buckets):
        if not (yield Step(_TAKE, _take_parameters(tenant, each, now=now))):
            yield from return_attempt(tenant, buckets[:position])
            return Delayed((yield from _wait(tenant, each, now=now)))
    yield from clear(tenant, SWEEP_THROTTLES, now=now)
    return None


def return_attempt(tenant: str, buckets: Sequence[Bucket]) -> Verb[int]:
    """Give the places back; return the failures in the last bucket."""
    failures = 0
    for each in buckets:
        rows = yield Step(_RETURN, {"in_tenant": tenant, "the_bucket": each.key})
        failures = rows[0][0] if rows else 0
    return failures


def count_failure(tenant: str, buckets: Sequence[Bucket], event: Event) -> Verb[None]:
    """Turn the places into failures, and write the event."""
    yield from _fail(tenant, buckets, now=event.at)
    yield from record(tenant, event)


def take_turn(tenant: str, buckets: Sequence[Bucket], *, now: int) -> Verb[Delayed | None]:
    """Count what nobody gets back, such as a mail, in every bucket; or in none."""
    delayed = yield from take_attempt(tenant, buckets, now=now)
    if delayed is None:
        yield from _fail(tenant, buckets, now=now)
    return delayed


def forget_failures(tenant: str, buckets: Sequence[Bucket]) -> Verb[None]:
    """Empty the buckets."""
    for each in buckets:
        yield Step(_FORGET, {"in_tenant": tenant, "the_bucket": each.key})


def _fail(tenant: str, buckets: Sequence[Bucket], *, now: int) -> Verb[None]:
    for each in buckets:
        yield Step(
            _FAIL,
            {
                "in_tenant": tenant,
                "the_bucket": each.key,
                "at_ms": now * 1000,
                "interval_ms": each.limit.interval_seconds * 1000,
                "one": 1,
                "purge": now + each.limit.memory_seconds,
            },
        )


def _take_parameters(tenant: str, taken: Bucket, *, now: int) -> Parameters:
    limit = taken.limit
    return {
        "in_tenant": tenant,
        "the_bucket": taken.key,
        "none": 0,
        "one": 1,
        "at": now,
        "at_ms": now * 1000,
        "horizon_ms": now * 1000 + (limit.burst - 1) * limit.interval_seconds * 1000,
        "failures_max": limit.failures_max,
        "soon": now + PENDING_SECONDS,
    }


def _wait(tenant: str, full: Bucket, *, now: int) -> Verb[int]:
    """Return the seconds after which the bucket lets an attempt through."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_bucket": full.key})
    due_at_ms: int
    failures: int
    purge_at: int
    due_at_ms, failures, purge_at = rows[0]
    if failures >= full.limit.failures_max:
        return max(1, purge_at - now)
    tolerance_ms = (full.limit.burst - 1) * full.limit.interval_seconds * 1000
    return max(1, -((now * 1000 + tolerance_ms - due_at_ms) // 1000))
