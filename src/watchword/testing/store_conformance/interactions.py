"""Authorization requests under way, and what people allowed for good.

Source: oauth.md S-4, S-9 and A-6; security.md rule 60.
"""

import asyncio
from dataclasses import replace

from watchword.base.chance import SYSTEM, new_secret
from watchword.oauth.authorize.consent import Consent
from watchword.oauth.authorize.interactions import (
    INTERACTION_LIFETIME_SECONDS,
    AnswerInteraction,
    Interaction,
    new_interaction,
)
from watchword.oauth.authorize.request import Asked
from watchword.oauth.connections import Disconnect, Disconnection
from watchword.oauth.families import Facts
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.flows import new_code, redeeming
from watchword.testing.store_conformance.world import (
    CLIENT,
    NOW,
    ORIGIN,
    OTHER_CLIENT,
    OTHER_RESOURCE,
    RESOURCE,
    SCOPES,
    World,
)

__all__ = ["CHECKS", "allow", "new_consent", "new_request"]

CALLERS = 12


def new_request() -> Interaction:
    """Return an interaction of a browser of its own, with a text that only JSON escapes."""
    members = {"client_id": CLIENT.client_id, "state": 'a"\u00e9\U0001f511'}
    asked = Asked(members, (RESOURCE.identifier, OTHER_RESOURCE.identifier))
    cookie = new_secret(SYSTEM)
    return new_interaction(asked, cookie=cookie, seen=b"s" * 32, now=NOW, chance=SYSTEM)


def new_consent(user_id: str, *, client_id: str = CLIENT.client_id, now: int = NOW) -> Consent:
    """Return what a user allows a client of `RESOURCE`."""
    return Consent(user_id, client_id, RESOURCE.identifier, SCOPES, b"c" * 32, now)


async def interaction_is_found_by_its_browser_alone(world: World) -> None:
    """As it was begun, until it expires, and in no later epoch."""
    store, begun = world.store, new_request()
    await store.add_interaction(begun, now=NOW)
    end = NOW + INTERACTION_LIFETIME_SECONDS

    async def find(cookie_hash: bytes = begun.cookie_hash, now: int = end - 1) -> object:
        return await store.find_interaction(begun.id, cookie_hash, now=now)

    expect(await find(), begun, "as it was begun")
    expect(await find(b"o" * 32), None, "another browser's")
    expect(await find(now=end), None, "expired")
    other = await store.find_interaction("interaction_none", begun.cookie_hash, now=NOW)
    expect(other, None, "another id")
    await store.bump_epoch(now=NOW)
    expect(await find(), None, "of an earlier epoch")


async def interaction_without_a_session_remembers_none(world: World) -> None:
    """A browser that nobody was signed in with."""
    begun = replace(new_request(), seen=None)
    await world.store.add_interaction(begun, now=NOW)
    found = await world.store.find_interaction(begun.id, begun.cookie_hash, now=NOW)
    expect(found, begun, "as it was begun")


async def interactions_that_expired_go(world: World) -> None:
    """Whoever begins another one sweeps."""
    store, begun = world.store, new_request()
    await store.add_interaction(begun, now=NOW)
    await store.add_interaction(new_request(), now=NOW + INTERACTION_LIFETIME_SECONDS)
    found = await store.find_interaction(begun.id, begun.cookie_hash, now=NOW)
    expect(found, None, "the row is gone, so that the time plays no part")


async def interaction_is_answered_once(world: World) -> None:
    """Of many answers at once one stores its code; the code buys a family."""
    user_id, begun = await world.user(), new_request()
    await world.store.add_interaction(begun, now=NOW)
    codes = [new_code(user_id) for _ in range(CALLERS)]
    answers = await asyncio.gather(
        *(
            world.store.answer_interaction(
                AnswerInteraction(begun.id, code, (new_consent(user_id),), NOW)
            )
            for code in codes
        )
    )
    expect(answers.count(True), 1, "winners")
    bought = [await world.store.redeem_code(redeeming(world, code)) for code in codes]
    expect([isinstance(one, Facts) for one in bought], answers, "only its code is there")
    expect(await world.store.list_consents(user_id), (new_consent(user_id),), "and its consent")
    found = await world.store.find_interaction(begun.id, begun.cookie_hash, now=NOW)
    expect(found, None, "an answered one is over")
    expect(await world.store.end_interaction(begun.id, now=NOW), False, "and cannot be ended")


async def interaction_that_ended_is_not_answered(world: World) -> None:
    """A refusal ends it; nothing of a later answer is stored."""
    store, user_id, begun = world.store, await world.user(), new_request()
    await store.add_interaction(begun, now=NOW)
    expect(await store.end_interaction(begun.id, now=NOW), True, "the first")
    code = new_code(user_id)
    command = AnswerInteraction(begun.id, code, (new_consent(user_id),), NOW)
    expect(await store.answer_interaction(command), False, "the answer")
    expect(await store.list_consents(user_id), (), "no consent")
    late = new_request()
    await store.add_interaction(late, now=NOW)
    command = replace(command, interaction_id=late.id, now=late.expires_at)
    expect(await store.answer_interaction(command), False, "one that is expired")


async def request_without_pages_needs_no_interaction(world: World) -> None:
    """The code is stored, and nothing else."""
    code = new_code(await world.user())
    expect(await world.store.answer_interaction(AnswerInteraction(None, code, (), NOW)), True, "it")
    kind(await world.store.redeem_code(redeeming(world, code)), Facts, "buys")


async def allow(world: World, *given: Consent) -> None:
    """Have consents written, as the answer to a request does."""
    code = new_code(given[0].user_id)
    await world.store.answer_interaction(AnswerInteraction(None, code, given, NOW))


async def consent_takes_the_place_of_the_one_before(world: World) -> None:
    """By user, client and resource; the latest is listed first."""
    alice, bob = await world.user(), await world.user("bob")
    first, other = new_consent(alice), new_consent(alice, client_id=OTHER_CLIENT.client_id)
    more = replace(first, scopes=SCOPES[:1], client_state=b"d" * 32, granted_at=NOW + 1)
    await allow(world, first, other)
    await allow(world, more, new_consent(bob))
    store = world.store
    expect(await store.list_consents(alice), (more, other), "all of alice")
    one = await store.list_consents(alice, client_id=other.client_id)
    expect(one, (other,), "those to one client")
    other_tenant = await world.open_other_tenant()
    expect(await other_tenant.list_consents(alice), (), "none of another tenant")


async def consent_goes_with_the_connection(world: World) -> None:
    """An application that is let go asks again, with live tokens or without any."""
    alice = await world.user()
    await allow(world, new_consent(alice), new_consent(alice, client_id=OTHER_CLIENT.client_id))
    leaving = Disconnect(alice, CLIENT.client_id, ORIGIN, "sid_1", NOW + 1)
    expect(await world.store.disconnect(leaving), Disconnection.DISCONNECTED, "a consent alone")
    expect(await world.store.disconnect(leaving), Disconnection.NOT_CONNECTED, "once")
    left = [one.client_id for one in await world.store.list_consents(alice)]
    expect(left, [OTHER_CLIENT.client_id], "the other stays")


async def consent_goes_with_a_family_that_is_revoked(world: World) -> None:
    """Because its code or token was used twice, or its client gave it up; not at a sign-out."""
    alice = await world.user()
    login = await world.log_in(alice)
    await allow(world, new_consent(alice), new_consent(await world.user("bob")))
    await world.refresh(await world.refresh(login.token, now=NOW + 1), now=NOW + 2)
    await world.present(login.token, now=NOW + 3)  # reuse
    expect(await world.store.list_consents(alice), (), "the family is revoked")
    later = await world.log_in(alice)
    await allow(world, new_consent(alice))
    await world.store.end_session(later.facts.sid, now=NOW + 4)
    expect(len(await world.store.list_consents(alice)), 1, "a sign-out is no change of mind")


async def consents_go_with_a_suspension(world: World) -> None:
    """Whoever had the account may have allowed them."""
    alice = await world.user()
    await allow(world, new_consent(alice))
    await world.store.suspend_user(alice, now=NOW + 1)
    expect(await world.store.list_consents(alice), (), "nothing is left")


CHECKS = (
    interaction_is_found_by_its_browser_alone,
    interaction_without_a_session_remembers_none,
    interactions_that_expired_go,
    interaction_is_answered_once,
    interaction_that_ended_is_not_answered,
    request_without_pages_needs_no_interaction,
    consent_takes_the_place_of_the_one_before,
    consent_goes_with_the_connection,
    consent_goes_with_a_family_that_is_revoked,
    consents_go_with_a_suspension,
)
