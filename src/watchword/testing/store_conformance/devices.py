"""Devices: met in the transaction that opens a session, and told of where they are strange.

Source: security.md rules 35 and 43; OWASP ASVS 5.0 V6.3.7; decisions/0112.
"""

from dataclasses import replace

from watchword.accounts.events import EventKind
from watchword.accounts.levels import Method, Proof
from watchword.accounts.mail.messages import MailKind
from watchword.accounts.origin import Origin
from watchword.accounts.sessions import RaiseSession, Session
from watchword.accounts.throttle import DEVICE_MEMORY_SECONDS, DEVICES_MAX
from watchword.oauth.families import Facts
from watchword.testing.store_conformance.emails import confirm
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.flows import new_code, redeeming
from watchword.testing.store_conformance.world import HASH, NOW, ORIGIN, OTHER_HASH, World

__all__ = ["CHECKS"]

LAPTOP, PHONE = b"l" * 32, b"p" * 32
ELSEWHERE = Origin("198.51.100.9", "Another program")


async def _sign_in(
    world: World, user_id: str, device: bytes | None, *, at: int, origin: Origin = ORIGIN
) -> tuple[int, int]:
    """Open a session; return how often its person was told so far: by event, and by mail."""
    new = replace(world.session(now=at), device_hash=device, origin=origin)
    await world.store.open_session(new, user_id=user_id, password_hash=HASH, now=at)
    return await _told(world, user_id)


async def _told(world: World, user_id: str) -> tuple[int, int]:
    events = [one.event.kind for one in await world.store.list_events(user_id)]
    mails = [one.kind for one in await world.store.list_mails(most=100, now=NOW + 1)]
    return events.count(EventKind.DEVICE_SEEN), mails.count(MailKind.DEVICE_SEEN)


async def device_is_known_to_its_user_for_a_while(world: World) -> None:
    """Every login with it begins that while again."""
    alice, bob, store = await world.user(), await world.user("bob"), world.store
    expect(await store.is_known_device(alice, LAPTOP, now=NOW), False, "not yet")
    await _sign_in(world, alice, LAPTOP, at=NOW)
    expect(await store.is_known_device(alice, LAPTOP, now=NOW), True, "it is")
    expect(await store.is_known_device(bob, LAPTOP, now=NOW), False, "to nobody else")
    expect(await store.is_known_device(alice, PHONE, now=NOW), False, "nor another")
    later = NOW + DEVICE_MEMORY_SECONDS - 1
    await _sign_in(world, alice, LAPTOP, at=later)
    expect(await store.is_known_device(alice, LAPTOP, now=later + 9), True, "used again")
    end = later + DEVICE_MEMORY_SECONDS
    expect(await store.is_known_device(alice, LAPTOP, now=end), False, "unused for too long")


async def devices_of_a_user_are_bounded(world: World) -> None:
    """The ones unused for longest make room."""
    alice, bob, store = await world.user(), await world.user("bob"), world.store
    await _sign_in(world, bob, PHONE, at=NOW)
    devices = [bytes([number]) * 32 for number in range(DEVICES_MAX + 2)]
    for later, device in enumerate(devices):
        await _sign_in(world, alice, device, at=NOW + later)
    known = [await store.is_known_device(alice, device, now=NOW + 100) for device in devices]
    expect(known, [False, False] + [True] * DEVICES_MAX, "the latest are kept")
    expect(await store.is_known_device(bob, PHONE, now=NOW + 100), True, "others' are too")


async def strange_device_is_told_of_once(world: World) -> None:
    """Not at the first sign-in ever, for which every device is strange."""
    alice, bob = await world.user(), await world.user("bob")
    await confirm(world, alice)
    expect(await _sign_in(world, alice, LAPTOP, at=NOW), (0, 0), "the first sign-in ever")
    expect(await _sign_in(world, alice, LAPTOP, at=NOW + 1), (0, 0), "a known device")
    expect(await _sign_in(world, alice, PHONE, at=NOW + 2), (1, 1), "a strange one")
    expect(await _sign_in(world, alice, PHONE, at=NOW + 3), (1, 1), "is known from then on")
    expect(await world.store.is_known_device(alice, PHONE, now=NOW + 4), True, "to the throttle")
    expect(await world.store.is_known_device(bob, PHONE, now=NOW), False, "to nobody else")


async def refused_sign_in_meets_no_device(world: World) -> None:
    """Nothing is remembered and nobody told where the session does not open."""
    alice = await world.user()
    await confirm(world, alice)
    await _sign_in(world, alice, LAPTOP, at=NOW)
    new = replace(world.session(), device_hash=PHONE)
    opened = await world.store.open_session(new, user_id=alice, password_hash=OTHER_HASH, now=NOW)
    expect(opened, None, "another password")
    expect(await world.store.is_known_device(alice, PHONE, now=NOW), False, "it stays strange")
    expect(await _told(world, alice), (0, 0), "and nobody is told")


async def program_without_a_secret_is_known_by_its_origin(world: World) -> None:
    """The same address and name, as far as a session of the account tells."""
    alice, bob = await world.user(), await world.user("bob")
    await confirm(world, alice)
    await _sign_in(world, bob, None, at=NOW, origin=ELSEWHERE)
    expect(await _sign_in(world, alice, None, at=NOW), (0, 0), "the first sign-in ever")
    expect(await _sign_in(world, alice, None, at=NOW + 1), (0, 0), "once more from there")
    strange = await _sign_in(world, alice, None, at=NOW + 2, origin=ELSEWHERE)
    expect(strange, (1, 1), "from elsewhere")
    again = await _sign_in(world, alice, None, at=NOW + 3, origin=ELSEWHERE)
    expect(again, (1, 1), "which is known from then on")


async def device_that_raises_a_session_is_met(world: World) -> None:
    """Nobody gets into the lane of known devices unseen; a program without a secret is not met."""
    alice, proofs = await world.user(), (Proof(Method.TOTP, NOW),)
    await confirm(world, alice)
    login = await world.log_in(alice)
    told = []
    for device in (None, PHONE, PHONE):
        raising = RaiseSession(login.facts.sid, None, None, proofs, ELSEWHERE, NOW, device)
        kind(await world.store.raise_session(raising), Session, "it is raised")
        told.append(await _told(world, alice))
    expect(told, [(0, 0), (1, 1), (1, 1)], "told once, of the strange one")
    expect(await world.store.is_known_device(alice, PHONE, now=NOW), True, "and known then")


async def logins_of_programs_meet_devices_too(world: World) -> None:
    """At the login endpoint, and where a code buys the session."""
    alice = await world.user()
    await confirm(world, alice)
    await world.log_in(alice)
    opening = world.opening(alice, now=NOW + 1)
    strange = replace(opening, session=replace(opening.session, device_hash=PHONE))
    kind(await world.store.open_family(strange), Facts, "a login")
    expect(await _told(world, alice), (1, 1), "a strange program")
    code = replace(new_code(alice), device_hash=LAPTOP)
    await world.store.add_code(code)
    expect(await _told(world, alice), (1, 1), "nobody is signed in by a code")
    kind(await world.store.redeem_code(redeeming(world, code)), Facts, "it is redeemed")
    expect(await _told(world, alice), (2, 2), "another one")
    expect(await world.store.is_known_device(alice, LAPTOP, now=NOW), True, "the code carries it")


CHECKS = (
    device_is_known_to_its_user_for_a_while,
    devices_of_a_user_are_bounded,
    strange_device_is_told_of_once,
    refused_sign_in_meets_no_device,
    program_without_a_secret_is_known_by_its_origin,
    device_that_raises_a_session_is_met,
    logins_of_programs_meet_devices_too,
)
