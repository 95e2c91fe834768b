"""What one search of an administrator finds: addresses, clients, roles and events of its tenant.

Source: users.md U40.
"""

from dataclasses import replace

from watchword.accounts.events import Event, EventKind
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.search import CLIENTS_LOOKED_AT_MAX
from watchword.testing.store_conformance.emails import confirm
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, OTHER_CLIENT, World

__all__ = ["CHECKS"]


async def addresses_are_found_by_how_they_begin(world: World) -> None:
    """By those that were proved, with whose they are; in this tenant alone."""
    store, alice, bob = world.store, await world.user(), await world.user("bob")
    await confirm(world, alice, EmailAddress("alice@example.com"))
    await confirm(world, bob, EmailAddress("bob@example.com"))
    found = await store.find_addresses("alice@", limit=9)
    expect([(one, user.id) for one, user in found], [("alice@example.com", alice)], "hers alone")
    expect(len(await store.find_addresses("", limit=1)), 1, "no more than were asked for")
    expect(await store.find_addresses("alice@example.org", limit=9), (), "nobody's")
    other = await world.open_other_tenant()
    expect(await other.find_addresses("", limit=9), (), "another tenant")


async def clients_are_found_by_a_part_of_their_name(world: World) -> None:
    """In any case, the newest first, and among a bounded number of them."""
    store = world.store
    for n in range(3):
        client = replace(OTHER_CLIENT, client_id=f"shop-{n}", name=f"Shop {n}")
        await store.add_client(client, now=NOW + n)
    await store.add_client(replace(OTHER_CLIENT, client_id="till", name="Till"), now=NOW)
    found = await store.find_named_clients("SHOP", limit=2)
    expect(found, (("shop-2", "Shop 2"), ("shop-1", "Shop 1")), "the newest two")
    expect(CLIENTS_LOOKED_AT_MAX <= 10_000, True, "a look at all of them is no search")
    other = await world.open_other_tenant()
    expect(await other.find_named_clients("shop", limit=9), (), "another tenant")


async def roles_are_listed_with_what_they_are_for(world: World) -> None:
    """By name, in this tenant alone."""
    store = world.store
    await store.add_role("reader", "Reads notes", now=NOW)
    await store.add_role("author", "", now=NOW)
    found = await store.list_role_meanings()
    expect(found, (("author", ""), ("reader", "Reads notes")), "all of them")
    other = await world.open_other_tenant()
    expect(await other.list_role_meanings(), (), "another tenant")


async def event_is_found_by_its_id(world: World) -> None:
    """In its own tenant."""
    event = Event(EventKind.SIGN_IN_FAILED, NOW)
    event_id = await world.store.record_event(event)
    found = await world.store.find_event(event_id)
    expect(None if found is None else (found.id, found.event), (event_id, event), "the event")
    expect(await world.store.find_event("evt_0"), None, "an unknown id")
    other = await world.open_other_tenant()
    expect(await other.find_event(event_id), None, "another tenant")


CHECKS = (
    addresses_are_found_by_how_they_begin,
    clients_are_found_by_a_part_of_their_name,
    roles_are_listed_with_what_they_are_for,
    event_is_found_by_its_id,
)
