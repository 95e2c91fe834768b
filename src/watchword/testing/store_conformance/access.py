"""What stands behind an access token.

Source: ARCHITECTURE section 6 (suspension); access.md F4, F5.
"""

from dataclasses import replace

from watchword.oauth.families import Sight, TokenState
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import FAMILY_IDLE, NOW, World

__all__ = ["CHECKS"]


async def state_shows_the_user_as_it_stands(world: World) -> None:
    """A role given a moment ago is effective at the next request."""
    login = await world.log_in()
    facts = login.facts
    await world.store.assign_role(facts.user.id, "admin", now=NOW)
    user = await world.store.find_user("alice")
    stands = TokenState(user, is_live=True, is_replaced=False)
    expect(await world.state(facts), stands, "as it stands")


async def token_of_nobody_has_no_user(world: World) -> None:
    """An account that does not exist is told apart from one that may not act."""
    state = await world.store.read_token_state(
        user_id="user_0", sid="sid_0", family_id="fam_0", generation_id="gen_0", now=NOW
    )
    nobody = TokenState(user=None, is_live=False, is_replaced=False)
    expect(state, nobody, "there is nobody")


async def parts_of_different_logins_do_not_add_up(world: World) -> None:
    """User, session and family have to belong together."""
    one = (await world.log_in(await world.user("alice"))).facts
    two = (await world.log_in(await world.user("bob"))).facts
    mixed = (
        replace(one, family_id=two.family_id),
        replace(one, sid=two.sid),
        replace(one, user=two.user),
        replace(one, generation_id=two.generation_id),
    )
    for facts in mixed:
        expect(await world.is_live(facts), False, "they are of different logins")


async def expired_and_outdated_families_are_dead(world: World) -> None:
    """At the limit, and in a later epoch."""
    login = await world.log_in()
    expect(await world.is_live(login.facts, now=NOW + FAMILY_IDLE), False, "idle too long")
    await world.store.bump_epoch(now=NOW)
    expect(await world.is_live(login.facts), False, "of an old epoch")


async def first_sight_is_marked_once(world: World) -> None:
    """A later sight, or one of an unknown generation, changes nothing and fails nowhere."""
    login = await world.log_in()
    expect((await world.state(login.facts)).is_seen, False, "nobody saw it yet")
    for now in (NOW + 1, NOW + 2):
        sight = await world.store.mark_access_seen(login.token.generation_id, now=now)
        expect(sight, Sight.SEEN, "it is of a live pair")
        state = await world.state(login.facts)
        expect(state.is_seen, True, "and the state says so")
    sight = await world.store.mark_access_seen("gen_0", now=NOW)
    expect(sight, Sight.REPLACED, "it is of no pair")
    await world.refresh(login.token, now=NOW + 3)


async def access_token_of_a_killed_pair_is_replaced(world: World) -> None:
    """The repeated refresh takes it back; those of other pairs stand until they expire."""
    login = await world.log_in()
    killed = await world.refresh(login.token, now=NOW + 1)
    facts = replace(login.facts, generation_id=killed.generation_id)
    expect(await world.is_live(facts), True, "it stands while nobody repeats the refresh")
    kept = await world.refresh(login.token, now=NOW + 2)
    state = await world.state(facts)
    expect((state.is_live, state.is_replaced), (True, True), "the login stands without it")
    expect(state.is_seen, False, "what was killed was never seen")
    sight = await world.store.mark_access_seen(killed.generation_id, now=NOW + 3)
    expect(sight, Sight.REPLACED, "a sight that comes too late revives nothing")
    for generation_id in (login.token.generation_id, kept.generation_id):
        facts = replace(facts, generation_id=generation_id)
        expect(await world.is_live(facts), True, "the other pairs of the login")
    await world.refresh(kept, now=NOW + 3)


CHECKS = (
    state_shows_the_user_as_it_stands,
    token_of_nobody_has_no_user,
    parts_of_different_logins_do_not_add_up,
    expired_and_outdated_families_are_dead,
    first_sight_is_marked_once,
    access_token_of_a_killed_pair_is_replaced,
)
