"""Browser sessions.

Source: OWASP ASVS 5.0 V7; security.md rules 38 to 42.
"""

from dataclasses import replace

from watchword.accounts.sessions import EndOutcome, NewSession, Session
from watchword.testing.store_conformance.expectation import ConformanceFailure, expect, kind
from watchword.testing.store_conformance.world import (
    HASH,
    LIFETIME,
    NOW,
    OTHER_HASH,
    SESSION_IDLE,
    World,
)

__all__ = ["CHECKS"]


async def _open(world: World, *, lifetime: int = LIFETIME) -> tuple[NewSession, Session]:
    new = replace(world.session(), expires_at=NOW + lifetime)
    user_id = await world.user()
    opened = await world.store.open_session(new, user_id=user_id, password_hash=HASH, now=NOW)
    return new, kind(opened, Session, "an active user signs in")


def _cookie(new: NewSession) -> bytes:
    if new.cookie_hash is None:
        raise ConformanceFailure("the session of a check has a cookie")
    return new.cookie_hash


async def opened_session_is_found_by_its_cookie(world: World) -> None:
    """What is found is what was opened, with the user as it stands."""
    new, opened = await _open(world)
    expect((opened.amr, opened.auth_time), (("pwd", "otp"), NOW), "the level is recorded")
    expect(opened.idle_expires_at, NOW + SESSION_IDLE, "the idle limit is set")
    found = await world.store.find_session(_cookie(new), now=NOW + 1)
    expect(found, opened, "the cookie finds the session")
    expect(await world.store.find_session(b"x" * 32, now=NOW + 1), None, "no other does")


async def session_needs_an_active_user_and_the_compared_hash(world: World) -> None:
    """A password changed or an account suspended after the comparison wins."""
    new, user_id = world.session(), await world.user()
    store = world.store
    wrong = await store.open_session(new, user_id=user_id, password_hash=OTHER_HASH, now=NOW)
    expect(wrong, None, "the hash is another by now")
    await store.suspend_user(user_id, now=NOW)
    late = await store.open_session(new, user_id=user_id, password_hash=HASH, now=NOW)
    expect(late, None, "the user is suspended by now")
    expect(await store.find_session(_cookie(new), now=NOW), None, "nothing was opened")


async def idle_limit_moves_with_use_once_a_minute(world: World) -> None:
    """A use within a minute of the last writes nothing; a later one moves the limit."""
    new, _ = await _open(world)
    for seconds, limit in ((59, SESSION_IDLE), (60, 60 + SESSION_IDLE), (119, 60 + SESSION_IDLE)):
        found = await world.store.find_session(_cookie(new), now=NOW + seconds)
        expect(found and found.idle_expires_at, NOW + limit, f"the limit after {seconds} s")


async def idle_session_is_gone(world: World) -> None:
    """At the limit, not after it."""
    new, _ = await _open(world)
    last = NOW + SESSION_IDLE
    expect(await world.store.find_session(_cookie(new), now=last), None, "it has expired")


async def use_never_outlives_the_absolute_limit(world: World) -> None:
    """However often it is used, a session ends."""
    new, _ = await _open(world, lifetime=SESSION_IDLE + 500)
    found = await world.store.find_session(_cookie(new), now=NOW + 1_000)
    expect(found and found.idle_expires_at, NOW + SESSION_IDLE + 500, "the limits are one")
    gone = await world.store.find_session(_cookie(new), now=NOW + SESSION_IDLE + 500)
    expect(gone, None, "it has expired")


async def ended_session_is_gone_with_its_families(world: World) -> None:
    """Logout ends server state at once, and tells one caller that it did."""
    login = await world.log_in()
    outcomes = [
        await world.store.end_session(sid, now=NOW + 1)
        for sid in (login.facts.sid, login.facts.sid, "sid_0")
    ]
    wanted = [EndOutcome.ENDED, EndOutcome.ALREADY_ENDED, EndOutcome.UNKNOWN]
    expect(outcomes, wanted, "a session ends once")
    expect(await world.is_live(login.facts), False, "its families are revoked")


async def ended_session_is_not_found(world: World) -> None:
    """The old cookie fails on the next request."""
    new, opened = await _open(world)
    await world.store.end_session(opened.sid, now=NOW + 1)
    expect(await world.store.find_session(_cookie(new), now=NOW + 1), None, "it has ended")


async def session_of_a_suspended_user_is_not_found(world: World) -> None:
    """Also after the user is restored."""
    new, opened = await _open(world)
    await world.store.suspend_user(opened.user.id, now=NOW)
    expect(await world.store.find_session(_cookie(new), now=NOW), None, "suspended")
    await world.store.restore_user(opened.user.id, now=NOW)
    expect(await world.store.find_session(_cookie(new), now=NOW), None, "restored")


async def session_of_an_earlier_epoch_is_not_found(world: World) -> None:
    """What was ended after a backup must not live again after its restore."""
    new, _ = await _open(world)
    await world.store.bump_epoch(now=NOW)
    expect(await world.store.find_session(_cookie(new), now=NOW + 1), None, "of an old epoch")


CHECKS = (
    opened_session_is_found_by_its_cookie,
    session_needs_an_active_user_and_the_compared_hash,
    idle_limit_moves_with_use_once_a_minute,
    idle_session_is_gone,
    use_never_outlives_the_absolute_limit,
    ended_session_is_gone_with_its_families,
    ended_session_is_not_found,
    session_of_a_suspended_user_is_not_found,
    session_of_an_earlier_epoch_is_not_found,
)
