"""Attempts that are counted before they are made, and devices that are known.

Source: security.md rules 35 and 36; NIST SP 800-63B-4 section 3.2.2.
"""

from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.throttle import (
    PENDING_SECONDS,
    Bucket,
    Delayed,
    Limit,
)
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS", "LIMIT"]

LIMIT = Limit(burst=3, interval_seconds=10, failures_max=5, memory_seconds=1_000)
ALICE = Bucket(b"a" * 32, LIMIT)
BOB = Bucket(b"b" * 32, LIMIT)


async def _fail(world: World, bucket: Bucket, *, at: int) -> Delayed | None:
    """Make an attempt that is wrong, if it is let through."""
    delayed = await world.store.take_attempt([bucket], now=at)
    if delayed is None:
        event = Event(EventKind.SIGN_IN_FAILED, at, outcome=EventOutcome.REFUSED)
        await world.store.count_failure([bucket], event)
    return delayed


async def failures_come_in_a_burst_and_then_one_at_a_time(world: World) -> None:
    """The generic cell rate algorithm: each failure takes its interval."""
    for _ in range(3):
        expect(await _fail(world, ALICE, at=NOW), None, "the burst is let through")
    expect(await _fail(world, ALICE, at=NOW), Delayed(10), "then a delay")
    expect(await _fail(world, ALICE, at=NOW + 9), Delayed(1), "to its last second")
    expect(await _fail(world, ALICE, at=NOW + 10), None, "then one more")
    expect(await _fail(world, ALICE, at=NOW + 10), Delayed(10), "and only one")
    expect(await _fail(world, BOB, at=NOW + 10), None, "others are not delayed")


async def consecutive_failures_have_an_end(world: World) -> None:
    """After the last one only rest helps, and attempts meanwhile do not prolong it."""
    for at in (0, 0, 0, 10, 20):
        expect(await _fail(world, ALICE, at=NOW + at), None, "within the limit")
    for at, wait in ((500, 520), (1_019, 1)):
        expect(await _fail(world, ALICE, at=NOW + at), Delayed(wait), "it rests")
    for _ in range(3):
        expect(await _fail(world, ALICE, at=NOW + 1_020), None, "and begins again")
    expect(await _fail(world, ALICE, at=NOW + 1_020), Delayed(10), "with a whole burst")


async def success_leaves_nothing_behind(world: World) -> None:
    """And failures before it stay until they are forgotten."""
    for _ in range(20):
        expect(await world.store.take_attempt([ALICE], now=NOW), None, "every one is let through")
        expect(await world.store.return_attempt([ALICE]), 0, "no failure is left")
    await _fail(world, ALICE, at=NOW)
    expect(await world.store.take_attempt([ALICE], now=NOW), None, "one failure is no burst")
    expect(await world.store.return_attempt([ALICE]), 1, "it is remembered")
    await world.store.forget_failures([ALICE])
    expect(await world.store.return_attempt([ALICE]), 0, "and forgotten")


async def attempts_under_way_are_bounded(world: World) -> None:
    """Each of them may fail. What has no outcome after a minute was given up."""
    await _fail(world, ALICE, at=NOW)
    for _ in range(4):
        expect(await world.store.take_attempt([ALICE], now=NOW), None, "four more may fail")
    expect(await world.store.take_attempt([ALICE], now=NOW), Delayed(1), "and no other")
    await world.store.return_attempt([ALICE])
    expect(await world.store.take_attempt([ALICE], now=NOW), None, "unless one succeeds")
    later = NOW + PENDING_SECONDS
    for _ in range(4):
        expect(await world.store.take_attempt([ALICE], now=later), None, "given up")
    expect(await world.store.take_attempt([ALICE], now=later), Delayed(1), "the failure stays")


async def full_bucket_leaves_the_others_alone(world: World) -> None:
    """An attempt that is not let through takes a place nowhere."""
    for _ in range(3):
        await _fail(world, BOB, at=NOW)
    for _ in range(9):
        expect(await world.store.take_attempt([ALICE, BOB], now=NOW), Delayed(10), "one is full")
    for _ in range(5):
        expect(await world.store.take_attempt([ALICE], now=NOW), None, "the other is untouched")
    expect(await world.store.take_attempt([], now=NOW), None, "nothing counts nothing")


async def failure_is_an_event(world: World) -> None:
    """Written in the transaction that counts it."""
    event = Event(EventKind.SIGN_IN_FAILED, NOW, outcome=EventOutcome.REFUSED, user_id="user_alice")
    await world.store.take_attempt([ALICE], now=NOW)
    await world.store.count_failure([ALICE], event)
    (read,) = await world.store.list_events("user_alice")
    expect(read.event, event, "it is the failure's")


async def forgotten_buckets_are_swept(world: World) -> None:
    """Names that nobody has leave no rows for ever."""
    buckets = [Bucket(bytes([number]) * 32, LIMIT) for number in range(40)]
    for each in buckets:
        await _fail(world, each, at=NOW)
    for _ in range(3):
        await world.store.take_attempt([ALICE], now=NOW + 2_000)
    left = [await world.store.return_attempt([each]) for each in buckets]
    expect(left, [0] * 40, "their rows are gone")


async def turns_are_counted_in_every_bucket_or_in_none(world: World) -> None:
    """What is not given back counts at once, and a full bucket leaves the others alone."""
    small = Limit(burst=2, interval_seconds=60, failures_max=2**31, memory_seconds=600)
    buckets = [Bucket(b"network".ljust(32), small), Bucket(b"address".ljust(32), small)]
    taken = [await world.store.take_turn(buckets, now=NOW) for _ in range(3)]
    expect(taken, [None, None, Delayed(60)], "two, and then one a minute")
    other = [buckets[0], Bucket(b"other".ljust(32), small)]
    expect(await world.store.take_turn(other, now=NOW), Delayed(60), "the first is full")
    expect(await world.store.take_turn(other[1:], now=NOW), None, "the other was not counted")
    expect(await world.store.take_turn(buckets, now=NOW + 60), None, "a minute later")


CHECKS = (
    failures_come_in_a_burst_and_then_one_at_a_time,
    consecutive_failures_have_an_end,
    success_leaves_nothing_behind,
    attempts_under_way_are_bounded,
    full_bucket_leaves_the_others_alone,
    turns_are_counted_in_every_bucket_or_in_none,
    failure_is_an_event,
    forgotten_buckets_are_swept,
)
