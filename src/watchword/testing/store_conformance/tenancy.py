"""Two tenants in one database see nothing of one another.

Source: security.md rule 95 and C12.
"""

from dataclasses import replace

from watchword.accounts.users import StatusOutcome
from watchword.oauth.families import Refusal, Refused, RevokeByRefreshToken
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.keys import KEY
from watchword.testing.store_conformance.links import PURPOSE, redeeming
from watchword.testing.store_conformance.world import CLIENT, HASH, NOW, OTHER_HASH, World

__all__ = ["CHECKS"]


async def other_tenant_reads_nothing(world: World) -> None:
    """Every reading verb, with the names and secrets of the first tenant."""
    login = await world.log_in()
    facts = login.facts
    link, new = world.link(facts.user.id), world.session()
    await world.store.add_link(link)
    await world.store.open_session(new, user_id=facts.user.id, password_hash=HASH, now=NOW)
    await world.store.add_first_signing_key(KEY)
    other = await world.open_other_tenant()
    state = await World(other, world.open_other_tenant, world.open_again).state(facts)
    seen = (
        await other.find_user("alice"),
        await other.list_users(),
        await other.find_credential("alice"),
        await other.hash_histogram(),
        await other.find_session(new.cookie_hash or b"", now=NOW),
        await other.find_link(link.token_hash, PURPOSE, now=NOW),
        await other.find_client(CLIENT.client_id),
        await other.default_client(),
        await other.list_resources(),
        await other.list_signing_keys(),
        state.user,
        state.is_live,
    )
    expect(seen, (None, (), None, (), None, None, None, None, (), (), None, False), "nothing")


async def other_tenant_changes_nothing(world: World) -> None:
    """Every writing verb, with the names and secrets of the first tenant."""
    login = await world.log_in()
    user_id = login.facts.user.id
    link = world.link(user_id)
    await world.store.add_link(link)
    other = await world.open_other_tenant()
    await other.redeem_link(redeeming(link))
    await other.end_session(login.facts.sid, now=NOW)
    await other.mark_access_seen(login.token.generation_id, now=NOW)
    await other.upgrade_password_hash(user_id, old=HASH, new=OTHER_HASH, must_change=False)
    await other.bump_epoch(now=NOW)
    command = RevokeByRefreshToken(login.token.token_hash, CLIENT.client_id, NOW)
    expect(await other.revoke_by_refresh_token(command), None, "no token of its own")
    outcomes = {
        await other.suspend_user(user_id, now=NOW),
        await other.assign_role(user_id, "admin", now=NOW),
    }
    expect(outcomes, {StatusOutcome.UNKNOWN_USER}, "no user of its own")
    answer = await other.rotate_refresh_token(world.presenting(login.token, now=NOW))
    expect(answer, Refused(Refusal.UNKNOWN), "no token of its own")
    opened = await other.open_family(world.opening(user_id))
    expect(opened, Refused(Refusal.USER_INACTIVE), "no user of its own")
    found = await world.store.find_credential("alice")
    expect(found and found.password_hash, HASH, "the password stands")
    expect(found and found.user, login.facts.user, "the user stands")
    expect(await world.is_live(login.facts), True, "the login stands")


async def tenants_share_names_and_ids(world: World) -> None:
    """The same names, clients and keys exist in both, each with its own content."""
    await world.user("alice")
    await world.store.add_first_signing_key(KEY)
    other = await world.open_other_tenant()
    twin = World(other, world.open_other_tenant, world.open_again)
    await twin.furnish()
    login = await twin.log_in(await twin.user("alice"))
    key = replace(KEY, sealed_private=b"other")
    expect(await other.add_first_signing_key(key), key, "a first key of its own")
    expect(await world.store.list_signing_keys(), (KEY,), "the first tenant keeps its own")
    expect(await twin.is_live(login.facts), True, "it works like the first")


CHECKS = (other_tenant_reads_nothing, other_tenant_changes_nothing, tenants_share_names_and_ids)
