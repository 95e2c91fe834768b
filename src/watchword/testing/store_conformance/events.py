"""Events: what happened to an account, and to a family of tokens.

Source: users.md U58; security.md rule 45.
"""

from watchword.accounts.events import Event, EventKind, EventOutcome
from watchword.accounts.origin import Origin
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS"]


async def event_is_read_as_it_was_written(world: World) -> None:
    """Every member of it."""
    written = Event(
        EventKind.REFRESH_REUSED,
        NOW,
        outcome=EventOutcome.REFUSED,
        user_id="user_alice",
        origin=Origin("192.0.2.7", "curl/8"),
        actor="user_root",
        client_id="web",
        sid="sid_1",
        family_id="fam_1",
        detail={"reason": 'a "quoted" text, ünïcode'},
    )
    event_id = await world.store.record_event(written)
    (read,) = await world.store.list_events("user_alice")
    expect((read.id, read.event), (event_id, written), "the event comes back whole")


async def events_are_listed_newest_first_and_in_pages(world: World) -> None:
    """Those of one second in the order in which they were written; no event twice, none lost."""
    for at in (NOW, NOW + 5, NOW + 5, NOW + 1):
        await world.store.record_event(Event(EventKind.SIGNED_IN, at, user_id="user_alice"))
    await world.store.record_event(Event(EventKind.SIGNED_IN, NOW + 9, user_id="user_bob"))
    everything = await world.store.list_events("user_alice")
    times = [each.event.at for each in everything]
    expect(times, [NOW + 5, NOW + 5, NOW + 1, NOW], "the newest comes first")
    first = await world.store.list_events("user_alice", limit=1)
    rest = await world.store.list_events("user_alice", before=first[0])
    expect((*first, *rest), everything, "pages join without a seam")


async def family_has_its_own_list(world: World) -> None:
    """In the order in which things happened, and only for its own user."""
    for kind, at in ((EventKind.FAMILY_REVOKED, NOW + 9), (EventKind.FAMILY_OPENED, NOW)):
        event = Event(kind, at, user_id="user_alice", family_id="fam_1")
        await world.store.record_event(event)
    await world.store.record_event(Event(EventKind.REFRESHED, NOW, family_id="fam_2"))
    story = await world.store.list_family_events("user_alice", "fam_1")
    kinds = [each.event.kind for each in story]
    expect(kinds, [EventKind.FAMILY_OPENED, EventKind.FAMILY_REVOKED], "oldest first")
    newest = await world.store.list_family_events("user_alice", "fam_1", limit=1)
    expect(newest, story[1:], "the newest are kept where not all fit")
    expect(await world.store.list_family_events("user_bob", "fam_1"), (), "nobody else's")


async def events_of_another_tenant_are_not_seen(world: World) -> None:
    """Ids of users may be the same there."""
    other = await world.open_other_tenant()
    await other.record_event(Event(EventKind.SIGNED_IN, NOW, user_id="user_alice"))
    expect(await world.store.list_events("user_alice"), (), "they are the other tenant's")


async def events_of_everybody_are_paged(world: World) -> None:
    """The newest first, by any seam; sign-ins have a list of their own."""
    store = world.store
    for at, kind in (
        (NOW, EventKind.SIGNED_IN),
        (NOW + 5, EventKind.EMAIL_ADDED),
        (NOW + 5, EventKind.SIGN_IN_FAILED),
        (NOW + 5, EventKind.SECOND_FACTOR_FAILED),
        (NOW + 1, EventKind.FAMILY_OPENED),
    ):
        await store.record_event(Event(kind, at, user_id=f"user_{kind.value}"))
    await (await world.open_other_tenant()).record_event(Event(EventKind.SIGNED_IN, NOW + 9))
    everything = await store.page_events()
    times = [each.event.at for each in everything]
    expect(times, [NOW + 5, NOW + 5, NOW + 5, NOW + 1, NOW], "the newest comes first")
    sign_ins = tuple(one for one in everything if one.event.kind is not EventKind.EMAIL_ADDED)
    expect(await store.page_sign_ins(), sign_ins, "sign-ins alone")
    for every, page in ((everything, store.page_events), (sign_ins, store.page_sign_ins)):
        found = await page(limit=1)
        while more := await page(before=found[-1], limit=1):
            found += more
        expect(found, every, "pages join without a seam")


CHECKS = (
    event_is_read_as_it_was_written,
    events_are_listed_newest_first_and_in_pages,
    family_has_its_own_list,
    events_of_another_tenant_are_not_seen,
    events_of_everybody_are_paged,
)
