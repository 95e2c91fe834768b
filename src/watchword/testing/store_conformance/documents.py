"""Client ID metadata documents, kept for every node.

Source: oauth.md D-4, D-6.
"""

from dataclasses import replace

from watchword.oauth.clients import AuthMethod, ClientOrigin
from watchword.oauth.families import Facts
from watchword.oauth.registration.administration import ClientAdded
from watchword.oauth.registration.document import KeptDocument, NotKept
from watchword.oauth.registration.records import UNUSED_SECONDS
from watchword.oauth.timeline import FamilyLife, MomentKind, moments
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.world import NOW, OTHER_CLIENT, World

__all__ = ["CHECKS", "DOCUMENT"]

DOCUMENT = KeptDocument(
    replace(
        OTHER_CLIENT,
        client_id="https://app.example/client.json",
        is_first_party=False,
        scopes=None,
        origin=ClientOrigin.DOCUMENT,
        redirect_uris=("https://app.example/cb",),
    ),
    is_active=True,
    fetched_at=NOW,
    fresh_until=NOW + 600,
)


async def document_is_kept_and_replaced(world: World) -> None:
    """As it was read last, with its times; it is a client as any other."""
    store, client_id = world.store, DOCUMENT.client.client_id
    expect(await store.find_document(client_id), None, "nobody read it")
    expect(await store.keep_document(DOCUMENT), DOCUMENT, "it is kept")
    expect(await store.find_document(client_id), DOCUMENT, "and found")
    expect(await store.find_client(client_id), DOCUMENT.client, "as a client")
    changed = replace(
        DOCUMENT,
        client=replace(
            DOCUMENT.client,
            name="Renamed",
            auth_methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}),
            jwks_uri="https://app.example/jwks.json",
        ),
        fetched_at=NOW + 700,
        fresh_until=NOW + 800,
    )
    expect(await store.keep_document(changed), changed, "read again")
    expect(await store.find_document(client_id), changed, "it is what it says at last")


async def address_that_was_switched_off_stays_off(world: World) -> None:
    """Whatever its document says then."""
    store, client_id = world.store, DOCUMENT.client.client_id
    await store.keep_document(DOCUMENT)
    await store.disable_client(client_id, now=NOW)
    expect(await store.keep_document(DOCUMENT), NotKept.SWITCHED_OFF, "it is not taken up again")
    found = await store.find_document(client_id)
    expect(found, replace(DOCUMENT, is_active=False), "it is known to be off")
    other = replace(DOCUMENT.client, client_id="https://app.example/other.json")
    later = replace(DOCUMENT, client=other, fetched_at=NOW + UNUSED_SECONDS)
    await store.keep_document(later)
    expect(await store.keep_document(DOCUMENT), NotKept.SWITCHED_OFF, "however long nobody came")


async def registered_address_is_no_document(world: World) -> None:
    """An administrator's word about a client stands above its own."""
    store = world.store
    known = replace(DOCUMENT.client, origin=ClientOrigin.ADMINISTRATOR)
    expect(await store.add_client(known, now=NOW), ClientAdded.ADDED, "registered by hand")
    kept = await store.keep_document(DOCUMENT)
    expect(kept, NotKept.SWITCHED_OFF, "a document changes nothing of it")
    found = await store.find_document(known.client_id)
    wanted = KeptDocument(known, is_active=True, fetched_at=0, fresh_until=0)
    expect(found, wanted, "as it was registered")


async def unknown_documents_of_an_hour_are_counted(world: World) -> None:
    """Those that are known are read again all the same, and unused ones go after a day."""
    store = world.store
    for number in range(3):
        client = replace(DOCUMENT.client, client_id=f"https://app.example/{number}")
        await store.keep_document(replace(DOCUMENT, client=client), unknown_max=3)
    refused = await store.keep_document(DOCUMENT, unknown_max=3)
    expect(refused, NotKept.TOO_MANY, "too many in this hour")
    known = replace(DOCUMENT.client, client_id="https://app.example/0")
    kept = replace(DOCUMENT, client=known)
    expect(await store.keep_document(kept, unknown_max=3), kept, "a known one is kept")
    later = replace(DOCUMENT, fetched_at=NOW + UNUSED_SECONDS)
    expect(await store.keep_document(later, unknown_max=3), later, "later there is room")
    gone = await store.find_document(known.client_id)
    expect(gone, None, "and who was never used is gone")


async def families_under_former_keys_are_flagged(world: World) -> None:
    """Once each, for their person and for the operator; later ones are not."""
    store, user_id = world.store, await world.user()
    client_id = DOCUMENT.client.client_id

    async def log_in() -> str:
        opening = world.opening(user_id)
        family = replace(opening.family, client_id=client_id)
        facts = kind(await store.open_family(replace(opening, family=family)), Facts, "a login")
        return facts.family_id

    async def flagged(family_id: str) -> int | None:
        life = kind(await store.read_family_life(user_id, family_id), FamilyLife, "a family")
        return life.keys_changed_at

    await store.keep_document(DOCUMENT)
    before = await log_in()
    await store.keep_document(replace(DOCUMENT, fetched_at=NOW + 1))
    expect(await flagged(before), None, "the same keys")
    for number in (2, 3):
        client = replace(DOCUMENT.client, jwks=f'{{"keys": [{number}]}}')
        await store.keep_document(replace(DOCUMENT, client=client, fetched_at=NOW + number))
        expect(await flagged(before), NOW + 2, "since the first change")
    after = await log_in()
    expect(await flagged(after), None, "one of the keys that stand")
    expect(await store.count_former_keys(client_id), 1, "the operator counts the one")
    life = kind(await store.read_family_life(user_id, before), FamilyLife, "a family")
    told = [(each.kind, each.at) for each in moments(life, now=NOW + 4)]
    expect(told[-1], (MomentKind.KEYS_CHANGED, NOW + 2), "it is told of, and goes on")
    await store.disable_client(client_id, now=NOW + 5)
    expect(await store.count_former_keys(client_id), 0, "until it is ended")


CHECKS = (
    families_under_former_keys_are_flagged,
    document_is_kept_and_replaced,
    address_that_was_switched_off_stays_off,
    registered_address_is_no_document,
    unknown_documents_of_an_hour_are_counted,
)
