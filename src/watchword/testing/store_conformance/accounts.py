"""An account in its person's hands.

Source: users.md U39, U46; security.md rules 42, 43 and 45.
"""

from dataclasses import replace

from watchword.accounts.origin import NOWHERE
from watchword.accounts.password_change import ChangePassword, OtherSessions, PasswordChange
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.accounts.person.overview import Overview
from watchword.accounts.person.profile import Profile, ProfileOutcome, UpdateProfile
from watchword.oauth.connections import Disconnect, Disconnection
from watchword.oauth.families import Facts, OpenFamilyInSession
from watchword.testing.store_conformance.expectation import ConformanceFailure, expect, kind
from watchword.testing.store_conformance.world import (
    CLIENT,
    HASH,
    NOW,
    ORIGIN,
    OTHER_CLIENT,
    OTHER_HASH,
    RESOURCE,
    SCOPES,
    World,
)

__all__ = ["CHECKS", "changing"]


async def profile_says_what_was_last_written(world: World) -> None:
    """A change is a change once; nobody has no profile."""
    user_id, store = await world.user(), world.store
    wish = UpdateProfile(user_id, "Ada Byron", "de", NOWHERE, "sid_1", NOW)
    outcomes = [await store.update_profile(wish) for _ in range(2)]
    expect(outcomes, [ProfileOutcome.CHANGED, ProfileOutcome.UNCHANGED], "a change once")
    found = kind(await store.read_profile(user_id), Profile, "a user has a profile")
    expect((found.display_name, found.locale, found.has_password), ("Ada Byron", "de", True), "it")
    expect(await store.update_profile(replace(wish, locale=None)), ProfileOutcome.CHANGED, "none")
    found = kind(await store.read_profile(user_id), Profile, "a user has a profile")
    expect(found.locale, None, "nothing is a choice too")
    expect(await store.read_profile("user_0"), None, "nobody has no profile")
    nobody = await store.update_profile(replace(wish, user_id="user_0"))
    expect(nobody, ProfileOutcome.UNKNOWN_USER, "and none is written")


async def first_steps_are_dismissed_by_each_for_themselves(world: World) -> None:
    """And recalled; another administrator, and another tenant, still see them."""
    store, user_id, bob = world.store, await world.user(), await world.user("bob")
    expect(await store.has_dismissed_first_steps(user_id), False, "they are shown")
    await store.dismiss_first_steps(user_id, now=NOW)
    await store.dismiss_first_steps(user_id, now=NOW + 1)
    expect(await store.has_dismissed_first_steps(user_id), True, "dismissed")
    expect(await store.has_dismissed_first_steps(bob), False, "not for another")
    other = await world.open_other_tenant()
    await other.recall_first_steps(user_id)
    expect(await store.has_dismissed_first_steps(user_id), True, "not by another tenant")
    await store.recall_first_steps(user_id)
    expect(await store.has_dismissed_first_steps(user_id), False, "shown again")
    await store.dismiss_first_steps("user_0", now=NOW)
    expect(await store.has_dismissed_first_steps("user_0"), False, "nobody has dismissed them")


async def overview_counts_what_is_live(world: World) -> None:
    """Ended sessions and revoked families do not count, and neither does another's."""
    login = await world.log_in()
    user_id = login.facts.user.id
    await world.log_in(user_id)
    await world.log_in(await world.user("bob"))
    seen = kind(await world.store.read_overview(user_id, now=NOW + 1), Overview, "it is there")
    expect((seen.sessions, seen.connections), (2, 1), "two sessions, one application")
    expect(seen.profile.user.name, "alice", "of this user")
    await world.store.end_session(login.facts.sid, now=NOW + 1)
    seen = kind(await world.store.read_overview(user_id, now=NOW + 1), Overview, "it is there")
    expect((seen.sessions, seen.connections), (1, 1), "one has ended")
    expect(await world.store.read_overview("user_0", now=NOW), None, "nobody has none")


async def connections_are_live_families(world: World) -> None:
    """The one used last comes first, each with its client and scopes."""
    first = await world.log_in(now=NOW)
    second = await world.log_in(first.facts.user.id, now=NOW + 5)
    found = await world.store.list_connections(first.facts.user.id, now=NOW + 6)
    ids = [family.family_id for family in found]
    expect(ids, [second.facts.family_id, first.facts.family_id], "the last use comes first")
    expect(found[0].client_name, CLIENT.name, "whose it is")
    expect(found[0].granted, {RESOURCE.identifier: SCOPES}, "as it was granted")
    expect((found[0].created_at, found[0].used_at), (NOW + 5, NOW + 5), "and when")
    await world.refresh(first.token, now=NOW + 9)
    found = await world.store.list_connections(first.facts.user.id, now=NOW + 10)
    expect(found[0].family_id, first.facts.family_id, "a refresh is a use")
    expect(found[0].used_at, NOW + 9, "of its moment")
    await world.store.end_session(first.facts.sid, now=NOW + 10)
    found = await world.store.list_connections(first.facts.user.id, now=NOW + 10)
    expect([f.family_id for f in found], [second.facts.family_id], "what has ended is not live")


def _disconnect(facts: Facts, *, client_id: str = CLIENT.client_id) -> Disconnect:
    return Disconnect(facts.user.id, client_id, NOWHERE, facts.sid, NOW + 1)


async def disconnected_application_holds_nothing(world: World) -> None:
    """All its families of this user end, and nobody else's; once."""
    alice = await world.log_in(await world.user("alice"))
    again = await world.log_in(alice.facts.user.id)
    bob = await world.log_in(await world.user("bob"))
    store = world.store
    stranger = await store.disconnect(_disconnect(alice.facts, client_id=OTHER_CLIENT.client_id))
    expect(stranger, Disconnection.NOT_CONNECTED, "another client has nothing to lose")
    outcomes = [await store.disconnect(_disconnect(alice.facts)) for _ in range(2)]
    wanted = [Disconnection.DISCONNECTED, Disconnection.NOT_CONNECTED]
    expect(outcomes, wanted, "an application is disconnected once")
    live = [await world.is_live(login.facts) for login in (alice, again, bob)]
    expect(live, [False, False, True], "tokens of this user and client are dead")
    seen = kind(await store.read_overview(alice.facts.user.id, now=NOW + 1), Overview, "it is")
    expect(seen.sessions, 0, "a session that only it used is over")


async def one_login_of_an_application_ends_alone(world: World) -> None:
    """The others of the same application go on; nobody ends another's, or one that is over."""
    alice = await world.log_in(await world.user("alice"))
    again = await world.log_in(alice.facts.user.id)
    bob = await world.log_in(await world.user("bob"))
    mine = replace(_disconnect(alice.facts), family_id=again.facts.family_id)
    foreign = replace(mine, user_id=bob.facts.user.id)
    other = replace(mine, client_id=OTHER_CLIENT.client_id)
    outcomes = [await world.store.disconnect(each) for each in (foreign, other, mine, mine)]
    none, done = Disconnection.NOT_CONNECTED, Disconnection.DISCONNECTED
    expect(outcomes, [none, none, done, none], "it is ended by its person, once")
    live = [await world.is_live(login.facts) for login in (alice, again, bob)]
    expect(live, [True, False, True], "and it alone")
    seen = kind(await world.store.read_overview(alice.facts.user.id, now=NOW + 1), Overview, "")
    expect(seen.sessions, 1, "the session that only it used is over")


async def disconnecting_leaves_a_browser_signed_in(world: World) -> None:
    """The session of a browser is more than the applications that it opened."""
    user_id, opened = await world.user(), world.session()
    await world.store.open_session(opened, user_id=user_id, password_hash=HASH, now=NOW)
    command = OpenFamilyInSession(opened.sid, world.family(), ORIGIN, NOW)
    facts = kind(await world.store.open_family_in_session(command), Facts, "a family is opened")
    await world.store.disconnect(_disconnect(facts))
    if opened.cookie_hash is None:
        raise ConformanceFailure("the session of a check has a cookie")
    found = await world.store.find_session(opened.cookie_hash, now=NOW + 2)
    expect(found and found.sid, opened.sid, "the browser goes on")


def changing(user_id: str, sid: str, others: OtherSessions) -> ChangePassword:
    """Return the command of a change in a session."""
    return ChangePassword(user_id, OTHER_HASH, others, sid, b"c" * 32, NOWHERE, NOW + 1)


async def changed_password_ends_what_hangs_on_the_old_one(world: World) -> None:
    """Its links die, the cookie is another, and other sessions end if the person wants it."""
    store, here = world.store, world.session()
    login = await world.log_in()
    user_id, link = login.facts.user.id, world.link(login.facts.user.id)
    await store.open_session(here, user_id=user_id, password_hash=HASH, now=NOW)
    await store.add_link(link)
    outcome = await store.change_password(changing(user_id, here.sid, OtherSessions.KEEP))
    expect(outcome, PasswordChange.CHANGED, "a live session changes it")
    found = await store.find_credential("alice")
    expect(found and found.password_hash, OTHER_HASH, "the hash is the new one")
    expect(await store.find_link(link.token_hash, link.purpose, now=NOW + 1), None, "no link")
    if here.cookie_hash is None:
        raise ConformanceFailure("the session of a check has a cookie")
    expect(await store.find_session(here.cookie_hash, now=NOW + 2), None, "the old cookie is dead")
    renewed = await store.find_session(b"c" * 32, now=NOW + 2)
    expect(renewed and renewed.sid, here.sid, "the new one is of the same session")
    expect(await world.is_live(login.facts, now=NOW + 2), True, "others go on")
    await store.change_password(changing(user_id, here.sid, OtherSessions.END))
    expect(await world.is_live(login.facts, now=NOW + 2), False, "until they shall not")
    renewed = await store.find_session(b"c" * 32, now=NOW + 2)
    expect(renewed and renewed.sid, here.sid, "this one stays")


async def password_is_changed_in_a_live_session_of_its_user(world: World) -> None:
    """An ended session and another's change nothing."""
    store, here = world.store, world.session()
    user_id, bob = await world.user("alice"), await world.user("bob")
    await store.open_session(here, user_id=user_id, password_hash=HASH, now=NOW)
    foreign = await store.change_password(changing(bob, here.sid, OtherSessions.END))
    expect(foreign, PasswordChange.SESSION_OVER, "it is not bob's session")
    await store.end_session(here.sid, now=NOW)
    ended = await store.change_password(changing(user_id, here.sid, OtherSessions.END))
    expect(ended, PasswordChange.SESSION_OVER, "it has ended")
    for name in ("alice", "bob"):
        found = await store.find_credential(name)
        expect(found and found.password_hash, HASH, "nothing changed")


async def holdings_are_of_this_user(world: World) -> None:
    """Everything of one user and nothing of another, without hashes."""
    login = await world.log_in(await world.user("alice", roles=frozenset({"editor"})))
    await world.log_in(await world.user("bob"))
    held = {one.section: one for one in await world.store.read_holdings(login.facts.user.id)}
    account = dict(zip(held["account"].columns, held["account"].rows[0], strict=True))
    expect((account["id"], account["name"]), (login.facts.user.id, "alice"), "the account")
    expect("password_hash" in account, False, "no hash is among it")
    counts = {name: len(held[name].rows) for name in ("roles", "sessions", "connections")}
    expect(counts, {"roles": 1, "sessions": 1, "connections": 1}, "the user's own")
    expect(len(held["refresh_tokens"].rows), 1, "and what hangs on it")
    nothing = [len(one.rows) for one in await world.store.read_holdings("user_0")]
    expect(sum(nothing), 0, "of nobody nothing is held")


async def deleted_account_leaves_nothing_that_works(world: World) -> None:
    """Its tokens, cookies and name are gone; another user goes on."""
    store, opened = world.store, world.session()
    login = await world.log_in(await world.user("alice", roles=frozenset({"editor"})))
    bob = await world.log_in(await world.user("bob"))
    user_id = login.facts.user.id
    await store.open_session(opened, user_id=user_id, password_hash=HASH, now=NOW)
    await store.add_link(world.link(user_id))
    command = DeleteAccount(user_id, None, NOW + 1)
    expect(await store.delete_account(command), DeletionOutcome.DELETED, "it is deleted")
    expect(await store.delete_account(command), DeletionOutcome.UNKNOWN_USER, "once")
    expect(await store.find_user("alice"), None, "nobody has the name")
    state = await world.state(login.facts)
    expect((state.user, state.is_live), (None, False), "its tokens are dead")
    if opened.cookie_hash is None:
        raise ConformanceFailure("the session of a check has a cookie")
    expect(await store.find_session(opened.cookie_hash, now=NOW + 1), None, "its cookie too")
    expect(await world.is_live(bob.facts), True, "others go on")
    expect(len(await store.hash_histogram()), 1, "the histogram forgets its hash")
    expect((await store.hash_histogram())[0][1], 1, "and no other")


async def last_administrator_is_not_deleted(world: World) -> None:
    """A suspended one does not count, and one who stays is enough."""
    store, admin = world.store, frozenset({"admin"})
    ada, ben = [await world.user(name, roles=admin) for name in ("ada", "ben")]
    await store.suspend_user(ben, now=NOW)
    refused = await store.delete_account(DeleteAccount(ada, None, NOW))
    expect(refused, DeletionOutcome.LAST_ADMINISTRATOR, "nobody else can act")
    found = await store.find_user("ada")
    expect(found and found.is_superuser, True, "nothing of it is gone")
    await store.restore_user(ben, now=NOW)
    deleted = await store.delete_account(DeleteAccount(ada, None, NOW))
    expect(deleted, DeletionOutcome.DELETED, "the other one stays")


CHECKS = (
    profile_says_what_was_last_written,
    first_steps_are_dismissed_by_each_for_themselves,
    overview_counts_what_is_live,
    connections_are_live_families,
    disconnected_application_holds_nothing,
    one_login_of_an_application_ends_alone,
    disconnecting_leaves_a_browser_signed_in,
    changed_password_ends_what_hangs_on_the_old_one,
    password_is_changed_in_a_live_session_of_its_user,
    holdings_are_of_this_user,
    deleted_account_leaves_nothing_that_works,
    last_administrator_is_not_deleted,
)
