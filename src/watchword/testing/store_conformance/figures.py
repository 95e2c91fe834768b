"""What an overview counts: figures of this moment, and sign-ins by stretches of time.

Source: users.md U41.
"""

from dataclasses import replace

from watchword.accounts.administration.figures import DAY_SECONDS, Figures, SignIns
from watchword.accounts.events import Event, EventKind
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.traces import TRACE
from watchword.testing.store_conformance.world import NOW, SESSION_IDLE, World

__all__ = ["CHECKS"]


async def figures_count_what_there_is(world: World) -> None:
    """Users, live sessions, and what was refused within a day; of this tenant alone."""
    store = world.store
    expect(await store.read_figures(now=NOW), Figures(0, 0, 0), "nothing yet")
    alice = await world.user()
    await world.user("bob")
    for now in (NOW, NOW + 1):
        session = world.session(now=now)
        await store.open_session(session, user_id=alice, password_hash=None, now=now)
    ended = world.session()
    await store.open_session(ended, user_id=alice, password_hash=None, now=NOW)
    await store.end_session(ended.sid, now=NOW)
    old = replace(TRACE, id="failure_2", at=NOW - DAY_SECONDS)
    await store.add_traces((TRACE, old), now=NOW)
    expect(await store.read_figures(now=NOW), Figures(2, 2, 1), "of this moment")
    later = await store.read_figures(now=NOW + SESSION_IDLE)
    expect(later, Figures(2, 1, 1), "a session that nobody used is none")
    other = await world.open_other_tenant()
    expect(await other.read_figures(now=NOW), Figures(0, 0, 0), "another tenant")


async def sign_ins_are_counted_by_stretch(world: World) -> None:
    """By kind and application too; what is no sign-in is not counted."""
    store = world.store
    for at, kind, client_id in (
        (NOW - 1, EventKind.SIGNED_IN, None),
        (NOW, EventKind.SIGNED_IN, None),
        (NOW + 9, EventKind.SIGNED_IN, None),
        (NOW + 9, EventKind.SIGN_IN_FAILED, None),
        (NOW + 10, EventKind.FAMILY_OPENED, "web"),
        (NOW + 10, EventKind.REFRESHED, "web"),
    ):
        await store.record_event(Event(kind, at, client_id=client_id))
    found = await store.count_sign_ins(since=NOW, stretch_seconds=10)
    wanted = {
        SignIns(0, EventKind.SIGNED_IN, None, 2),
        SignIns(0, EventKind.SIGN_IN_FAILED, None, 1),
        SignIns(1, EventKind.FAMILY_OPENED, "web", 1),
    }
    expect(set(found), wanted, "since the moment, in stretches of ten seconds")
    other = await world.open_other_tenant()
    none = await other.count_sign_ins(since=NOW, stretch_seconds=10)
    expect(none, (), "another tenant")


async def administrators_are_counted_who_may_act(world: World) -> None:
    """Each once, whether the role was given or comes with another; of this tenant alone."""
    store = world.store
    await world.user("bob", roles=frozenset({"editor"}))
    expect(await store.count_administrators(), 0, "another role is none")
    await store.add_role("chief", "", now=NOW)
    await store.add_role("admin", "", now=NOW)
    await store.add_inheritance("chief", "admin", now=NOW)
    await world.user("ada", roles=frozenset({"admin", "chief"}))
    carl = await world.user("carl", roles=frozenset({"chief"}))
    expect(await store.count_administrators(), 2, "given and inherited, each once")
    await store.suspend_user(carl, now=NOW)
    expect(await store.count_administrators(), 1, "who is suspended may not act")
    other = await world.open_other_tenant()
    expect(await other.count_administrators(), 0, "another tenant")


CHECKS = (
    administrators_are_counted_who_may_act,
    figures_count_what_there_is,
    sign_ins_are_counted_by_stretch,
)
