"""Users, roles, status and password hashes.

Source: users.md U46; access.md F2; security.md D5, rules 33 and 42.
"""

from watchword.accounts.credentials import UpgradeOutcome
from watchword.accounts.users import AddOutcome, NewUser, StatusOutcome, User, UserStatus
from watchword.testing.store_conformance.expectation import ConformanceFailure, expect
from watchword.testing.store_conformance.world import (
    HASH,
    LABEL,
    NOW,
    OTHER_HASH,
    OTHER_LABEL,
    World,
)

__all__ = ["CHECKS"]


async def added_user_is_found_as_it_was_added(world: World) -> None:
    """An added user is active, has version 1 and all roles."""
    outcome = await world.store.add_user(
        NewUser("user_1", "alice", HASH, frozenset({"admin", "editor"}), NOW)
    )
    expect(outcome, AddOutcome.ADDED, "a free name is taken")
    user = User("user_1", "alice", UserStatus.ACTIVE, frozenset({"admin", "editor"}), 1, NOW)
    expect(await world.store.find_user("alice"), user, "the user is found by name")
    expect(await world.store.find_user("Alice"), None, "a name is found as it is stored")


async def taken_name_is_refused_and_leaves_no_role(world: World) -> None:
    """A second user of a name changes nothing, whatever else it has."""
    await world.user("alice")
    before = await world.store.find_user("alice")
    outcome = await world.store.add_user(
        NewUser("user_2", "alice", OTHER_HASH, frozenset({"admin"}), NOW)
    )
    expect(outcome, AddOutcome.NAME_TAKEN, "a name belongs to one user")
    expect(await world.store.find_user("alice"), before, "the first user stands")
    expect(len(await world.store.hash_histogram()), 1, "the refused hash is not counted")


async def users_are_listed_by_name(world: World) -> None:
    """The order is by code point, whatever the locale of the database."""
    for name in ("carol", "alice", "émile", "bob"):
        await world.user(name)
    names = [user.name for user in await world.store.list_users()]
    expect(names, ["alice", "bob", "carol", "émile"], "users are listed by name")


async def credential_has_hash_or_none(world: World) -> None:
    """A user without a password has a credential that nothing matches."""
    await world.store.add_user(NewUser("user_1", "alice", None, frozenset(), NOW))
    await world.user("bob")
    without, with_ = [await world.store.find_credential(name) for name in ("alice", "bob")]
    if without is None or with_ is None:
        raise ConformanceFailure("both users have a credential")
    expect((without.password_hash, with_.password_hash), (None, HASH), "hashes are read as stored")
    expect(await world.store.find_credential("carol"), None, "nobody has no credential")


async def suspended_user_keeps_its_credential(world: World) -> None:
    """Suspension is decided after the comparison, so that it takes the same time."""
    user_id = await world.user()
    await world.store.suspend_user(user_id, now=NOW)
    found = await world.store.find_credential("alice")
    if found is None:
        raise ConformanceFailure("a suspended user has a credential")
    expect(found.password_hash, HASH, "it is compared like any other")
    expect(found.user.status, UserStatus.SUSPENDED, "and then refused")


async def suspension_ends_sessions_and_families(world: World) -> None:
    """One transaction ends everything of the user, and nothing of another."""
    login = await world.log_in(await world.user("alice"))
    other = await world.log_in(await world.user("bob"))
    user_id = login.facts.user.id
    outcome = await world.store.suspend_user(user_id, now=NOW + 1)
    expect(outcome, StatusOutcome.CHANGED, "an active user is suspended")
    state = await world.state(login.facts)
    expect(state.is_live, False, "its tokens are dead")
    expect(state.user and state.user.version, 2, "its version grows")
    expect(await world.is_live(other.facts), True, "other users go on")
    outcome = await world.store.suspend_user(user_id, now=NOW + 2)
    expect(outcome, StatusOutcome.UNCHANGED, "it was suspended already")


async def restored_user_begins_afresh(world: World) -> None:
    """Restoring lets the user log in again; what was ended stays ended."""
    login = await world.log_in()
    user_id = login.facts.user.id
    expect(
        await world.store.restore_user(user_id, now=NOW),
        StatusOutcome.UNCHANGED,
        "an active user needs no restoring",
    )
    await world.store.suspend_user(user_id, now=NOW)
    outcome = await world.store.restore_user(user_id, now=NOW + 1)
    expect(outcome, StatusOutcome.CHANGED, "a suspended user is restored")
    expect(await world.is_live(login.facts), False, "the ended login stays ended")
    again = await world.log_in(user_id, now=NOW + 2)
    expect(again.facts.user.version, 3, "both changes of status count")


async def roles_are_given_and_taken(world: World) -> None:
    """Each change grows the version once; repeating one changes nothing."""
    user_id = await world.user(roles=frozenset({"reader"}))
    store = world.store
    await world.user("boss", roles=frozenset({"admin"}))
    given = [await store.assign_role(user_id, "admin", now=NOW) for _ in range(2)]
    expect(given, [StatusOutcome.CHANGED, StatusOutcome.UNCHANGED], "a role is given once")
    found = await store.find_user("alice")
    expect(found and (found.roles, found.version), ({"admin", "reader"}, 2), "the role is read")
    taken = [await store.remove_role(user_id, "admin", now=NOW) for _ in range(2)]
    expect(taken, [StatusOutcome.CHANGED, StatusOutcome.UNCHANGED], "a role is taken once")
    found = await store.find_user("alice")
    expect(found and (found.roles, found.version), ({"reader"}, 3), "the role is gone")
    expect(
        await store.list_roles(),
        (("admin", 1), ("reader", 1)),
        "the roles that are held are counted",
    )


async def removed_role_revokes_families(world: World) -> None:
    """Tokens that carry the role are not refreshed; the session itself goes on."""
    login = await world.log_in(await world.user(roles=frozenset({"admin"})))
    await world.user("boss", roles=frozenset({"admin"}))
    await world.store.assign_role(login.facts.user.id, "editor", now=NOW)
    expect(await world.is_live(login.facts), True, "a further role revokes nothing")
    await world.store.remove_role(login.facts.user.id, "admin", now=NOW)
    expect(await world.is_live(login.facts), False, "a role less revokes the families")


async def unknown_user_is_told_apart(world: World) -> None:
    """Administration is told that there is nobody."""
    store = world.store
    outcomes = (
        await store.suspend_user("user_0", now=NOW),
        await store.restore_user("user_0", now=NOW),
        await store.assign_role("user_0", "admin", now=NOW),
        await store.remove_role("user_0", "admin", now=NOW),
    )
    expect(set(outcomes), {StatusOutcome.UNKNOWN_USER}, "there is no such user")


async def role_with_a_space_is_refused(world: World) -> None:
    """Two roles cannot be smuggled in as one."""
    user_id = await world.user()
    for role in ("admin reader", " ", ""):
        try:
            await world.store.assign_role(user_id, role, now=NOW)
        except ValueError:
            continue
        raise ConformanceFailure(f"the role {role!r} was accepted")
    found = await world.store.find_user("alice")
    expect(found and found.roles, frozenset(), "nothing was given")


async def histogram_follows_the_hashes(world: World) -> None:
    """It counts the labels of the hashes as they are stored at this moment."""
    store = world.store
    expect(await store.hash_histogram(), (), "there are no hashes")
    ids = [await world.user(name) for name in ("alice", "bob")]
    await store.add_user(NewUser("user_3", "carol", None, frozenset(), NOW))
    expect(await store.hash_histogram(), ((LABEL, 2),), "hashes of one label are counted")
    await store.upgrade_password_hash(ids[0], old=HASH, new=OTHER_HASH, must_change=False)
    expect(await store.hash_histogram(), ((LABEL, 1), (OTHER_LABEL, 1)), "an upgrade moves one")
    await store.upgrade_password_hash(ids[1], old=HASH, new=OTHER_HASH, must_change=False)
    expect(
        await store.hash_histogram(), ((OTHER_LABEL, 2),), "a label without hashes is not listed"
    )


async def hash_is_upgraded_only_where_unchanged(world: World) -> None:
    """A password changed between comparison and upgrade stands."""
    user_id = await world.user()
    store = world.store
    outcome = await store.upgrade_password_hash(
        user_id, old=OTHER_HASH, new=OTHER_HASH, must_change=False
    )
    expect(outcome, UpgradeOutcome.CHANGED_MEANWHILE, "the hash is another")
    outcome = await store.upgrade_password_hash(
        user_id, old=HASH, new=OTHER_HASH, must_change=False
    )
    expect(outcome, UpgradeOutcome.UPGRADED, "the hash is the compared one")
    found = await store.find_credential("alice")
    expect(found and found.password_hash, OTHER_HASH, "the new hash is stored")


CHECKS = (
    added_user_is_found_as_it_was_added,
    taken_name_is_refused_and_leaves_no_role,
    users_are_listed_by_name,
    credential_has_hash_or_none,
    suspended_user_keeps_its_credential,
    suspension_ends_sessions_and_families,
    restored_user_begins_afresh,
    roles_are_given_and_taken,
    removed_role_revokes_families,
    unknown_user_is_told_apart,
    role_with_a_space_is_refused,
    histogram_follows_the_hashes,
    hash_is_upgraded_only_where_unchanged,
)
