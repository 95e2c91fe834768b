"""What stands behind an access token.

Source: ARCHITECTURE section 6 (suspension); access.md F4, F5.
"""

from watchword.oauth.families import TokenState
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import FAMILY_IDLE, NOW, World

__all__ = ["CHECKS"]


async def state_shows_the_user_as_it_stands(world: World) -> None:
    """A role given a moment ago is effective at the next request."""
    login = await world.log_in()
    facts = login.facts
    await world.store.assign_role(facts.user.id, "admin", now=NOW)
    state = await world.store.read_token_state(
        user_id=facts.user.id, sid=facts.sid, family_id=facts.family_id, now=NOW
    )
    expect(state, TokenState(await world.store.find_user("alice"), is_live=True), "as it stands")


async def token_of_nobody_has_no_user(world: World) -> None:
    """An account that does not exist is told apart from one that may not act."""
    state = await world.store.read_token_state(
        user_id="user_0", sid="sid_0", family_id="fam_0", now=NOW
    )
    expect(state, TokenState(user=None, is_live=False), "there is nobody")


async def parts_of_different_logins_do_not_add_up(world: World) -> None:
    """User, session and family have to belong together."""
    one = (await world.log_in(await world.user("alice"))).facts
    two = (await world.log_in(await world.user("bob"))).facts
    mixed = (
        (one.user.id, one.sid, two.family_id),
        (one.user.id, two.sid, one.family_id),
        (two.user.id, one.sid, one.family_id),
    )
    for user_id, sid, family_id in mixed:
        state = await world.store.read_token_state(
            user_id=user_id, sid=sid, family_id=family_id, now=NOW
        )
        expect(state.is_live, False, "they are of different logins")


async def expired_and_outdated_families_are_dead(world: World) -> None:
    """At the limit, and in a later epoch."""
    login = await world.log_in()
    expect(await world.is_live(login.facts, now=NOW + FAMILY_IDLE), False, "idle too long")
    await world.store.bump_epoch(now=NOW)
    expect(await world.is_live(login.facts), False, "of an old epoch")


async def first_sight_is_marked_once(world: World) -> None:
    """A later sight, or one of an unknown generation, changes nothing and fails nowhere."""
    login = await world.log_in()
    for now in (NOW + 1, NOW + 2):
        await world.store.mark_access_seen(login.token.generation_id, now=now)
    await world.store.mark_access_seen("gen_0", now=NOW)
    await world.refresh(login.token, now=NOW + 3)


CHECKS = (
    state_shows_the_user_as_it_stands,
    token_of_nobody_has_no_user,
    parts_of_different_logins_do_not_add_up,
    expired_and_outdated_families_are_dead,
    first_sight_is_marked_once,
)
