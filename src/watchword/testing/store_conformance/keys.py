"""Signing keys.

Source: oauth.md K-1, K-5.
"""

from dataclasses import replace

from watchword.keys.readers import PROCESSES_MAX, READER_SECONDS, KeyReader
from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.oauth.feed import BEGINNING, Revocation, RevocationKind
from watchword.testing.store_conformance.expectation import ConformanceFailure, expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS", "KEY"]

KEY = SigningKeyRecord("kid-1", "RS256", '{"kty":"RSA"}', b"\x00sealed\xff", KeyState.ACTIVE, NOW)


async def first_key_stands(world: World) -> None:
    """A second first key of an algorithm gets the one that stands."""
    second = replace(KEY, kid="kid-2", created_at=NOW - 1)
    expect(await world.store.add_first_signing_key(KEY), KEY, "the first is stored")
    expect(await world.store.add_first_signing_key(second), KEY, "the second is not")
    expect(await world.store.list_signing_keys(), (KEY,), "there is one")


async def keys_of_other_algorithms_are_listed_by_age(world: World) -> None:
    """Each algorithm has a first key; the list begins with the oldest."""
    older = replace(KEY, kid="kid-0", alg="ES256", created_at=NOW - 1)
    for key in (KEY, older):
        await world.store.add_first_signing_key(key)
    expect(await world.store.list_signing_keys(), (older, KEY), "oldest first")


async def first_key_is_active(world: World) -> None:
    """A pending or retired key cannot sign, so it cannot be the first."""
    for state in (KeyState.PENDING, KeyState.RETIRED):
        try:
            await world.store.add_first_signing_key(replace(KEY, state=state))
        except ValueError:
            continue
        raise ConformanceFailure(f"a {state.value} key was taken for the first")


NEXT = replace(KEY, kid="kid-2", state=KeyState.PENDING, created_at=NOW + 1, activates_at=NOW + 100)


async def key_lives_through_its_states(world: World) -> None:
    """Announced, active, retired, deleted: each step is taken once, by one caller."""
    store = world.store
    await store.add_first_signing_key(KEY)
    expect(await store.add_pending_signing_key(NEXT), True, "announced")
    again = replace(NEXT, kid="kid-3")
    expect(await store.add_pending_signing_key(again), False, "one at a time")
    expect(await store.list_signing_keys(), (KEY, NEXT), "both are published")
    took = await store.activate_signing_key("kid-2", now=NOW + 100, retired_deletes_at=NOW + 200)
    expect(took, True, "the announced key signs")
    took = await store.activate_signing_key("kid-2", now=NOW + 101, retired_deletes_at=NOW + 201)
    expect(took, False, "once")
    old = replace(KEY, state=KeyState.RETIRED, retired_at=NOW + 100, deletes_at=NOW + 200)
    new = replace(NEXT, state=KeyState.ACTIVE, activated_at=NOW + 100)
    expect(await store.list_signing_keys(), (old, new), "the other one is kept")
    expect(await store.delete_signing_key("kid-1", now=NOW + 199), False, "until its time")
    expect(await store.delete_signing_key("kid-2", now=NOW + 999), False, "an active key stays")
    expect(await store.delete_signing_key("kid-1", now=NOW + 200), True, "then it goes")
    expect(await store.list_signing_keys(), (new,), "one is left")


async def compromised_key_goes_at_once(world: World) -> None:
    """A fresh one signs in its place, and the feed says that what it signed is dead."""
    store = world.store
    await store.add_first_signing_key(KEY)
    fresh = replace(KEY, kid="kid-9", created_at=NOW + 5)
    gone = await store.replace_signing_key("nobody", fresh, now=NOW + 5, until=NOW + 305)
    expect(gone, False, "an unknown key")
    expect((await store.read_feed(BEGINNING, now=NOW + 5)).events, (), "says nothing")
    gone = await store.replace_signing_key("kid-1", fresh, now=NOW + 5, until=NOW + 305)
    expect(gone, True, "the active key")
    expect(await store.list_signing_keys(), (fresh,), "another one signs")
    page = await store.read_feed(BEGINNING, now=NOW + 5)
    said = Revocation(1, RevocationKind.ISSUED_BEFORE, "kid-1", NOW + 5, NOW + 305)
    expect(page.events, (said,), "what it signed is dead")
    await store.add_pending_signing_key(NEXT)
    gone = await store.replace_signing_key("kid-2", fresh, now=NOW + 6, until=NOW + 306)
    expect(gone, True, "a pending key goes as well")
    expect(await store.list_signing_keys(), (fresh,), "and the active one goes on")


async def verifiers_are_remembered_with_the_age_of_their_keys(world: World) -> None:
    """What one once held is not forgotten; one that is silent for a day is."""
    store = world.store
    await store.note_key_reader("b", "1", is_current=False, now=NOW)
    await store.note_key_reader("a", "1", is_current=True, now=NOW)
    expected = (KeyReader("a 1", NOW, NOW), KeyReader("b 1", 0, NOW))
    expect(await store.list_key_readers(now=NOW), expected, "by name")
    await store.note_key_reader("a", "1", is_current=False, now=NOW + 10)
    await store.note_key_reader("b", "1", is_current=True, now=NOW + 20)
    expected = (KeyReader("a 1", NOW, NOW + 10), KeyReader("b 1", NOW + 20, NOW + 20))
    expect(await store.list_key_readers(now=NOW + 20), expected, "as they are now")
    other = await world.open_other_tenant()
    expect(await other.list_key_readers(now=NOW), (), "another tenant's are others")
    later = NOW + 10 + READER_SECONDS
    expect(await store.list_key_readers(now=later), expected[1:], "the silent one is not listed")
    await store.note_key_reader("c", "1", is_current=True, now=later)
    names = [reader.name for reader in await store.list_key_readers(now=NOW)]
    expect(names, ["b 1", "c 1"], "and is swept by the next word of another")


async def processes_of_a_verifier_are_bounded(world: World) -> None:
    """The latest are remembered, and nobody else is forgotten for them."""
    store = world.store
    await store.note_key_reader("quiet", "1", is_current=False, now=NOW)
    for number in range(PROCESSES_MAX + 2):
        await store.note_key_reader("loud", f"{number:03}", is_current=True, now=NOW + number)
    readers = await store.list_key_readers(now=NOW)
    names = [reader.name for reader in readers]
    expect(names[0], "loud 002", "the earliest two went")
    expect((names[-1], len(names)), ("quiet 1", PROCESSES_MAX + 1), "another's stays")


CHECKS = (
    verifiers_are_remembered_with_the_age_of_their_keys,
    processes_of_a_verifier_are_bounded,
    first_key_stands,
    keys_of_other_algorithms_are_listed_by_age,
    first_key_is_active,
    key_lives_through_its_states,
    compromised_key_goes_at_once,
)
