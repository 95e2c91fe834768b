"""Browser sessions.

Source: OWASP ASVS 5.0 V7; security.md rules 38 to 42.
"""

from dataclasses import replace

from watchword.accounts.events import EventKind
from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import (
    SESSIONS_MAX,
    EndOutcome,
    NewSession,
    OwnedSession,
    RaiseSession,
    Session,
)
from watchword.oauth.families import Facts, OpenFamilyInSession, Rotated
from watchword.testing.store_conformance.expectation import ConformanceFailure, expect, kind
from watchword.testing.store_conformance.world import (
    CLIENT,
    HASH,
    LIFETIME,
    NOW,
    ORIGIN,
    OTHER_HASH,
    SESSION_IDLE,
    World,
)

__all__ = ["CHECKS"]


PASSWORD = Proof(Method.PASSWORD, NOW)
OTHER_COOKIE = b"c" * 32


async def _open(
    world: World, *, lifetime: int = LIFETIME, proofs: tuple[Proof, ...] = (PASSWORD,)
) -> tuple[NewSession, Session]:
    new = replace(world.session(), expires_at=NOW + lifetime, proofs=proofs)
    user_id = await world.user()
    opened = await world.store.open_session(new, user_id=user_id, password_hash=HASH, now=NOW)
    return new, kind(opened, Session, "an active user signs in")


def _raising(new: NewSession) -> RaiseSession:
    code = Proof(Method.TOTP, NOW + 5)
    return RaiseSession(new.sid, new.cookie_hash, OTHER_COOKIE, (code,), ORIGIN, NOW + 5)


def _cookie(new: NewSession) -> bytes:
    if new.cookie_hash is None:
        raise ConformanceFailure("the session of a check has a cookie")
    return new.cookie_hash


async def opened_session_is_found_by_its_cookie(world: World) -> None:
    """What is found is what was opened, with the user as it stands."""
    new, opened = await _open(world)
    level = (opened.amr, opened.acr, opened.auth_time)
    expect(level, (("pwd",), "aal1", NOW), "the level is computed from the proofs")
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


async def session_without_a_password_is_bound_to_no_hash(world: World) -> None:
    """After a passkey alone; the user must be active all the same."""
    user_id, new = await world.user(), world.session()
    opened = await world.store.open_session(new, user_id=user_id, password_hash=None, now=NOW)
    expect(kind(opened, Session, "opened").user.id, user_id, "no password was asked")
    await world.store.suspend_user(user_id, now=NOW)
    late = await world.store.open_session(
        world.session(), user_id=user_id, password_hash=None, now=NOW
    )
    expect(late, None, "a suspended user opens nothing")


async def raised_session_has_the_proofs_of_both_and_another_cookie(world: World) -> None:
    """The level grows, the cookie of before is nobody's, and the person is told."""
    new, opened = await _open(world, proofs=(PASSWORD,))
    expect(opened.acr, "aal1", "a password is one factor")
    raised = await world.store.raise_session(_raising(new))
    session = kind(raised, Session, "a live session is raised")
    expect((session.acr, session.auth_time), ("aal2", NOW + 5), "both proofs count")
    expect(await world.store.find_session(_cookie(new), now=NOW + 6), None, "the old cookie")
    expect(await world.store.find_session(OTHER_COOKIE, now=NOW + 6), session, "the other one")
    (event, _) = await world.store.list_events(opened.user.id)
    told = (event.event.kind, event.event.origin, event.event.sid)
    expect(told, (EventKind.STEPPED_UP, ORIGIN, new.sid), "the event tells of it")


async def only_the_holder_of_the_cookie_raises_a_live_session(world: World) -> None:
    """Another cookie, an ended session and a suspended user raise nothing."""
    new, opened = await _open(world)
    store = world.store
    for cookie in (None, b"x" * 32):
        stolen = replace(_raising(new), cookie_hash=cookie)
        expect(await store.raise_session(stolen), None, "another cookie")
    late = replace(_raising(new), now=NOW + SESSION_IDLE)
    expect(await store.raise_session(late), None, "idle for too long")
    await store.suspend_user(opened.user.id, now=NOW)
    expect(await store.raise_session(_raising(new)), None, "suspended")
    expect(await store.raise_session(replace(_raising(new), sid="sid_0")), None, "unknown")


async def family_keeps_the_level_at_which_it_was_opened(world: World) -> None:
    """What a person proves in one place raises the tokens of no other (oauth.md R-3)."""
    new, _ = await _open(world, proofs=(PASSWORD,))
    command = OpenFamilyInSession(new.sid, world.family(), ORIGIN, NOW)
    before = kind(await world.store.open_family_in_session(command), Facts, "opened")
    await world.store.raise_session(_raising(new))
    answer, _ = await world.present(command.family.refresh, now=NOW + 6)
    after = kind(answer, Rotated, "accepted").facts
    expect((before.acr, after.acr, after.auth_time), ("aal1", "aal1", NOW), "it does not grow")
    later = OpenFamilyInSession(new.sid, world.family(), ORIGIN, NOW + 7)
    facts = kind(await world.store.open_family_in_session(later), Facts, "opened")
    expect(facts.acr, "aal2", "one that is opened later has the level of its moment")


async def sessions_of_everybody_are_paged(world: World) -> None:
    """Live ones, the one that began last first; one is found by its id."""
    store = world.store
    logins = [await world.log_in(await world.user(name), now=NOW) for name in ("ada", "bob")]
    later = world.session(now=NOW + 1)
    ada = logins[0].facts.user.id
    await store.open_session(later, user_id=ada, password_hash=HASH, now=NOW + 1)
    gone = world.session()
    await store.open_session(gone, user_id=ada, password_hash=HASH, now=NOW)
    await store.end_session(gone.sid, now=NOW)
    everything = await store.page_sessions(now=NOW + 2)
    sids = sorted((login.facts.sid for login in logins), reverse=True)
    expect([one.session.sid for one in everything], [later.sid, *sids], "the last begun first")
    found = await store.page_sessions(limit=1, now=NOW + 2)
    while more := await store.page_sessions(before=_seam(found[-1]), limit=1, now=NOW + 2):
        found += more
    expect(found, everything, "pages join without a seam")
    one = await store.find_owned_session(logins[1].facts.sid, now=NOW + 2)
    expect(one in everything, True, "by its id")
    seen = (one.user_name, one.session.clients) if one else None
    expect(seen, ("bob", (CLIENT.name,)), "with its user and who holds tokens")
    for sid, now in ((gone.sid, NOW), ("sid_0", NOW), (later.sid, NOW + SESSION_IDLE + 1)):
        expect(await store.find_owned_session(sid, now=now), None, "none that is over")
    other = await world.open_other_tenant()
    expect(await other.page_sessions(now=NOW + 2), (), "another tenant")


def _seam(one: OwnedSession) -> tuple[int, str]:
    return one.session.created_at, one.session.sid


async def sessions_are_listed_to_their_person(world: World) -> None:
    """Live ones alone, the one used last first, with who holds tokens of them and where."""
    login = await world.log_in(now=NOW)
    user_id, browser = login.facts.user.id, world.session(now=NOW + 1)
    store = world.store
    await store.open_session(browser, user_id=user_id, password_hash=HASH, now=NOW + 1)
    moved = Origin("198.51.100.1", "Another browser")
    await store.find_session(_cookie(browser), now=NOW + 100, origin=moved)
    gone = world.session()
    await store.open_session(gone, user_id=user_id, password_hash=HASH, now=NOW)
    await store.end_session(gone.sid, now=NOW)
    await world.log_in(await world.user("bob"))
    found = await store.list_sessions(user_id, now=NOW + 101)
    listed = found.listed
    seen = [(one.sid, one.has_cookie, one.clients, one.origin, one.used_at) for one in listed]
    wanted = [
        (browser.sid, True, (), moved, NOW + 100),
        (login.facts.sid, False, (CLIENT.name,), ORIGIN, NOW),
    ]
    expect(seen, wanted, "two live sessions of one person")
    expect(listed[0].proofs, browser.proofs, "with what was proved")
    expect(found.more, 0, "and no more")


async def long_list_of_sessions_says_how_many_more_there_are(world: World) -> None:
    """Those that were used last are listed."""
    user_id, store = await world.user(), world.store
    for later in range(SESSIONS_MAX + 2):
        new = world.session(now=NOW + later)
        await store.open_session(new, user_id=user_id, password_hash=HASH, now=NOW + later)
    found = await store.list_sessions(user_id, now=NOW + later)
    expect((len(found.listed), found.more), (SESSIONS_MAX, 2), "all are told of")
    expect(found.listed[-1].created_at, NOW + 2, "the oldest two are left out")
    nobody = await store.list_sessions("user_nobody", now=NOW)
    expect((nobody.listed, nobody.more), ((), 0), "nobody has none")


async def person_ends_a_session_of_their_own_and_no_other(world: World) -> None:
    """A session of somebody else, an ended one and an absent one are all unknown."""
    mine, theirs = await world.log_in(), await world.log_in(await world.user("bob"))
    store, user_id = world.store, mine.facts.user.id
    for sid in (theirs.facts.sid, "sid_0"):
        outcome = await store.end_own_session(user_id, sid, now=NOW + 1)
        expect(outcome, EndOutcome.UNKNOWN, "not theirs to end")
    expect(await world.is_live(theirs.facts), True, "nothing has changed")
    for wanted in (EndOutcome.ENDED, EndOutcome.UNKNOWN):
        outcome = await store.end_own_session(user_id, mine.facts.sid, now=NOW + 1, origin=ORIGIN)
        expect(outcome, wanted, "a session ends once")
    expect(await world.is_live(mine.facts), False, "its families are revoked")
    newest, *_ = await store.list_events(user_id)
    expect(newest.event.kind, EventKind.SESSION_ENDED, "the event tells of it")


async def person_ends_all_sessions_or_all_others(world: World) -> None:
    """One transaction, whatever their number; other people's stay."""
    theirs = await world.log_in(await world.user("bob"))
    mine = [await world.log_in()]
    user_id = mine[0].facts.user.id
    mine += [await world.log_in(user_id) for _ in range(2)]
    kept = mine[0].facts
    store = world.store
    expect(await store.end_sessions(user_id, keep=kept.sid, now=NOW + 1), 2, "the others")
    expect([await world.is_live(one.facts) for one in mine], [True, False, False], "one stays")
    expect(await store.end_sessions(user_id, keep=None, now=NOW + 1), 1, "the last one")
    expect(await world.is_live(kept), False, "all of them")
    expect(await store.end_sessions(user_id, keep=None, now=NOW + 1), 0, "nothing is left")
    expect(await world.is_live(theirs.facts), True, "somebody else's stays")


async def beginning_and_end_of_a_session_are_events(world: World) -> None:
    """With place, device, application and session."""
    login = await world.log_in()
    await world.store.end_session(login.facts.sid, now=NOW + 1, origin=ORIGIN)
    ended, began = await world.store.list_events(login.facts.user.id)
    expect((ended.event.kind, ended.event.sid), (EventKind.SIGNED_OUT, login.facts.sid), "the end")
    told = (began.event.kind, began.event.client_id, began.event.family_id, began.event.origin)
    wanted = (EventKind.SIGNED_IN, CLIENT.client_id, login.facts.family_id, ORIGIN)
    expect(told, wanted, "the beginning")


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
    session_without_a_password_is_bound_to_no_hash,
    raised_session_has_the_proofs_of_both_and_another_cookie,
    only_the_holder_of_the_cookie_raises_a_live_session,
    family_keeps_the_level_at_which_it_was_opened,
    sessions_are_listed_to_their_person,
    sessions_of_everybody_are_paged,
    long_list_of_sessions_says_how_many_more_there_are,
    person_ends_a_session_of_their_own_and_no_other,
    person_ends_all_sessions_or_all_others,
    beginning_and_end_of_a_session_are_events,
)
