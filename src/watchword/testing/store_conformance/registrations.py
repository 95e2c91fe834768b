"""Dynamic registrations.

Source: oauth.md C-6; RFC 7591 section 3; RFC 7592 section 2.
"""

from dataclasses import replace

from watchword.base.chance import SYSTEM, new_id
from watchword.oauth.clients import ClientOrigin
from watchword.oauth.families import Facts
from watchword.oauth.feed import BEGINNING, RevocationKind
from watchword.oauth.registration.administration import ClientChange
from watchword.oauth.registration.records import (
    UNUSED_SECONDS,
    ChangedRegistration,
    HourlyLimits,
    NewRegistration,
    NotRegistered,
    Registered,
    RegistrationToken,
)
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.interactions import allow, new_consent
from watchword.testing.store_conformance.world import NOW, OTHER_CLIENT, World

__all__ = ["CHECKS"]

INITIAL = RegistrationToken(b"i" * 32, uses=2, created_at=NOW, expires_at=NOW + 100)
TOKEN, NEXT = b"t" * 32, b"n" * 32


def registration(*, fingerprint: bytes | None = None, now: int = NOW) -> NewRegistration:
    """Return a registration of a client that nobody knows."""
    client = replace(
        OTHER_CLIENT,
        client_id=new_id(SYSTEM, "client"),
        is_first_party=False,
        scopes=None,
        origin=ClientOrigin.DYNAMIC,
    )
    return NewRegistration(client, fingerprint, b"software", TOKEN, None, now)


async def registered_client_manages_itself(world: World) -> None:
    """By its token alone, which a change replaces; its end ends all that it was given."""
    store, asked = world.store, registration()
    client_id = asked.client.client_id
    registered = await store.register_dynamic(asked)
    expect(registered, Registered(client_id, NOW, is_shared=False), "it is there")
    expect(await store.find_client(client_id), asked.client, "as it was registered")
    found = await store.find_registration(client_id, TOKEN)
    expect(found and found.client, asked.client, "its token opens it")
    expect(await store.find_registration(client_id, NEXT), None, "another does not")
    expect(await store.find_registration("cli", TOKEN), None, "nor does it open another")
    renamed = replace(asked.client, name="Renamed", redirect_uris=("https://app.example/cb",))
    change = ChangedRegistration(renamed, TOKEN, NEXT)
    expect(await store.change_registration(change), ClientChange.CHANGED, "it changes")
    expect(await store.find_client(client_id), renamed, "all of it")
    expect(await store.change_registration(change), ClientChange.UNKNOWN, "a token works once")
    expect(await store.find_registration(client_id, TOKEN), None, "the first is worth nothing")
    user = await world.user()
    opening = world.opening(user)
    family = replace(opening.family, client_id=client_id)
    facts = kind(await store.open_family(replace(opening, family=family)), Facts, "a login")
    ended = await store.end_registration(client_id, TOKEN, now=NOW + 1)
    expect(ended, ClientChange.UNKNOWN, "the first token ends nothing")
    ended = await store.end_registration(client_id, NEXT, now=NOW + 1)
    expect(ended, ClientChange.CHANGED, "the second one does")
    expect(await store.find_client(client_id), None, "it is gone")
    expect(await world.is_live(facts, now=NOW + 2), False, "and its login with it")
    events = (await store.read_feed(BEGINNING, now=NOW + 2)).events
    told = [(event.kind, event.value) for event in events]
    expect(told, [(RevocationKind.CLIENT, client_id)], "the feed says so")


async def equal_public_metadata_is_one_client(world: World) -> None:
    """Which nobody manages any longer: neither who came first nor who came second."""
    store, first = world.store, registration(fingerprint=b"f" * 32)
    await store.register_dynamic(first)
    second = replace(registration(fingerprint=b"f" * 32, now=NOW + 5), token_hash=NEXT)
    answer = await store.register_dynamic(second)
    shared = Registered(first.client.client_id, NOW, is_shared=True)
    expect(answer, shared, "the same client, with its own age")
    for token in (TOKEN, NEXT):
        found = await store.find_registration(first.client.client_id, token)
        expect(found, None, "no token opens it")
    other = registration(fingerprint=b"g" * 32)
    expect(
        await store.register_dynamic(other),
        Registered(other.client.client_id, NOW, is_shared=False),
        "other metadata is another client",
    )
    changed = ChangedRegistration(replace(other.client, name="Changed"), TOKEN, NEXT)
    await store.change_registration(changed)
    again = registration(fingerprint=b"g" * 32)
    found_again = await store.register_dynamic(again)
    expect(
        found_again,
        Registered(again.client.client_id, NOW, is_shared=False),
        "nor is one that was changed since",
    )
    await store.disable_client(first.client.client_id, now=NOW + 6)
    answer = await store.register_dynamic(registration(fingerprint=b"f" * 32))
    expect(answer, NotRegistered.SWITCHED_OFF, "what was switched off does not come back")


async def initial_token_is_spent_as_often_as_it_says(world: World) -> None:
    """And not after its end."""
    store = world.store
    await store.add_registration_token(INITIAL)
    asked = replace(registration(), initial_token_hash=INITIAL.token_hash)
    for wanted in (Registered, Registered, NotRegistered):
        client = replace(asked.client, client_id=new_id(SYSTEM, "client"))
        kind(await store.register_dynamic(replace(asked, client=client)), wanted, "spent twice")
    late = replace(INITIAL, token_hash=b"j" * 32)
    await store.add_registration_token(late)
    answer = await store.register_dynamic(
        replace(asked, initial_token_hash=late.token_hash, now=late.expires_at)
    )
    expect(answer, NotRegistered.NOT_ALLOWED, "it is over")
    saved = replace(INITIAL, token_hash=b"k" * 32, uses=1)
    await store.add_registration_token(saved)
    again = replace(registration(), initial_token_hash=saved.token_hash)
    refused = await store.register_dynamic(replace(again, limits=HourlyLimits(0, 0)))
    expect(isinstance(refused, NotRegistered), True, "nobody is let in at this hour")
    kind(await store.register_dynamic(again), Registered, "and the refusal cost nothing")
    unknown = replace(asked, initial_token_hash=b"x" * 32)
    expect(await store.register_dynamic(unknown), NotRegistered.NOT_ALLOWED, "nobody made it")


async def registrations_of_an_hour_are_counted(world: World) -> None:
    """Those of one program, and all; equal metadata costs nothing."""
    store, limits = world.store, HourlyLimits(all=5, of_software=3)
    shared = replace(registration(fingerprint=b"f" * 32), limits=limits)
    await store.register_dynamic(shared)
    for software in (b"software", b"software", b"other", b"third"):
        asked = replace(registration(), software=software, limits=limits)
        kind(await store.register_dynamic(asked), Registered, "within the bounds")
    refused = await store.register_dynamic(replace(registration(), limits=limits))
    expect(refused, NotRegistered.TOO_MANY_OF_SOFTWARE, "too many of one program")
    other = replace(registration(), software=b"fourth", limits=limits)
    expect(await store.register_dynamic(other), NotRegistered.TOO_MANY, "too many")
    known = replace(registration(fingerprint=b"f" * 32), limits=limits)
    kind(await store.register_dynamic(known), Registered, "the same client again")
    later = replace(other, now=NOW + 3600)
    kind(await store.register_dynamic(later), Registered, "an hour later")


async def unused_registration_goes_after_a_day(world: World) -> None:
    """One with a login stays, and one that an administrator switched off."""
    store = world.store
    unused, used, banned = registration(), registration(), registration(fingerprint=b"f" * 32)
    for asked in (unused, used, banned):
        await store.register_dynamic(asked)
    await store.disable_client(banned.client.client_id, now=NOW)
    opening = world.opening(await world.user())
    family = replace(opening.family, client_id=used.client.client_id)
    kind(await store.open_family(replace(opening, family=family)), Facts, "a login")
    for now in (NOW + UNUSED_SECONDS - 1, NOW + UNUSED_SECONDS):
        is_over = now == NOW + UNUSED_SECONDS
        await store.register_dynamic(registration(now=now))
        kept = await store.find_kept_client(unused.client.client_id)
        expect(kept is None, is_over, "who was never used goes")
        for stays in (used, banned):
            found = await store.find_kept_client(stays.client.client_id)
            expect(found is not None, True, "the others stay")


async def consent_goes_with_a_client_that_is_swept(world: World) -> None:
    """Whatever wrote it: nothing is remembered for a client that is gone."""
    store, user_id = world.store, await world.user()
    unused = registration()
    await store.register_dynamic(unused)
    allowed = new_consent(user_id, client_id=unused.client.client_id)
    other = new_consent(user_id)
    await allow(world, allowed, other)
    await store.register_dynamic(registration(now=NOW + UNUSED_SECONDS - 1))  # which sweeps
    expect(len(await store.list_consents(user_id)), 2, "while the client is there")
    await store.register_dynamic(registration(now=NOW + UNUSED_SECONDS))  # which sweeps
    expect(await store.list_consents(user_id), (other,), "another client's stays")


async def who_is_registered_by_an_operator_is_nobodys_to_sweep(world: World) -> None:
    """The row of a stranger that code or an administrator takes over is theirs for good."""
    store, stranger = world.store, registration(fingerprint=b"f" * 32)
    await store.register_dynamic(stranger)
    own = replace(stranger.client, origin=ClientOrigin.ADMINISTRATOR)
    await store.register_client(own)
    managed = await store.find_registration(own.client_id, TOKEN)
    expect(managed, None, "nobody manages it by a registration access token")
    await store.register_dynamic(registration(now=NOW + UNUSED_SECONDS))  # which sweeps
    expect(await store.find_client(own.client_id), own, "unused, and still there")


CHECKS = (
    consent_goes_with_a_client_that_is_swept,
    who_is_registered_by_an_operator_is_nobodys_to_sweep,
    registered_client_manages_itself,
    equal_public_metadata_is_one_client,
    initial_token_is_spent_as_often_as_it_says,
    registrations_of_an_hour_are_counted,
    unused_registration_goes_after_a_day,
)
