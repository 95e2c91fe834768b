"""Accounts that follow the rows of a directory.

Source: users.md U10 and U46; security.md rule 42; OWASP ASVS 5.0 V6.8.1.
"""

from dataclasses import replace

from watchword.accounts.directory import Follow, Followed, Identity, NoteMark, mark
from watchword.accounts.events import EventKind
from watchword.accounts.mail.addresses import parse_email
from watchword.accounts.password_change import OtherSessions, PasswordChange
from watchword.accounts.person.rename import NameChange
from watchword.accounts.users import StatusOutcome, User, UserStatus
from watchword.base.chance import SYSTEM, new_id
from watchword.testing.store_conformance.accounts import changing
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.links import redeeming
from watchword.testing.store_conformance.names import renaming
from watchword.testing.store_conformance.races import in_one_loop, in_threads
from watchword.testing.store_conformance.world import (
    HASH,
    LABEL,
    NOW,
    OTHER_HASH,
    OTHER_LABEL,
    Login,
    World,
)

__all__ = ["CHECKS", "RACES"]

AUTHOR = "directory people"
ALICE = Follow(
    issuer="people",
    key="7",
    born="2026-01-01",
    name="alice",
    address=parse_email("Alice@example.org"),
    is_verified=False,
    is_active=True,
    password_hash=HASH,
    mark=mark("theirs"),
    is_same_row=False,
    new_id="user_1",
    now=NOW,
)


async def _add(world: World, wanted: Follow = ALICE) -> Login:
    expect(await world.store.follow_entry(wanted), Followed.ADDED, "a row gets an account")
    return await world.log_in(wanted.new_id)


async def _account(world: World, wanted: Follow = ALICE) -> User:
    known = kind(await world.store.find_identity("people", wanted.key), Identity, "it is followed")
    return kind(await world.store.read_user(known.user_id), User, "it is an account")


async def row_gets_an_account_once(world: World) -> None:
    """It has name, address and hash of the row, no role, and is found by the key."""
    store = world.store
    expect(await store.find_identity("people", "7"), None, "nobody yet")
    absent = await store.follow_entry(replace(ALICE, is_active=False))
    expect(absent, Followed.INACTIVE, "an inactive row gets none")
    await _add(world)
    known = kind(await store.find_identity("people", "7"), Identity, "it is found by the key")
    expect(await store.find_identity_of("people", "user_1"), known, "and by the account")
    expect(await store.find_identity("others", "7"), None, "not in another directory")
    expect(await store.find_identity_of("others", "user_1"), None, "as above")
    stands = (known.name, known.status, known.born, known.address, known.mark)
    row = ("alice", UserStatus.ACTIVE, ALICE.born, "alice@example.org", ALICE.mark)
    expect(stands, row, "it is as the row is")
    expect((await _account(world)).roles, frozenset(), "it has no role")
    [address] = await store.list_emails("user_1")
    expect(address.verified_at, None, "nobody has proved the address")
    again = await store.follow_entry(replace(ALICE, new_id="user_2", now=NOW + 1))
    expect(again, Followed.UNCHANGED, "once")
    other = await world.open_other_tenant()
    expect(await other.find_identity("people", "7"), None, "another tenant knows nothing of it")


async def name_of_another_account_stays_its_own(world: World) -> None:
    """Nobody is joined to an account by a name; one that was given up is free for a row."""
    store, bob = world.store, await world.user("bob")
    taken = replace(ALICE, name="bob")
    expect(await store.follow_entry(taken), Followed.NAME_TAKEN, "bob is somebody else")
    expect(await store.find_identity("people", "7"), None, "nobody follows")
    expect(await store.change_name(renaming(bob, "bobby")), NameChange.CHANGED, "given up")
    expect(await store.follow_entry(taken), Followed.ADDED, "the directory gives it away")
    wanted = replace(taken, name="bobby")
    expect(await store.follow_entry(wanted), Followed.NAME_TAKEN, "and not that of an account")
    expect((await _account(world)).name, "bob", "it stays as it was called")


async def renamed_row_is_the_same_account(world: World) -> None:
    """Its sessions go on, and the earlier name is free at once for another row."""
    login = await _add(world)
    renamed = await world.store.follow_entry(replace(ALICE, name="alicia"))
    expect(renamed, Followed.CHANGED, "another name")
    expect((await _account(world)).id, "user_1", "the account is the same")
    expect(await world.is_live(login.facts), True, "the login goes on")
    second = replace(ALICE, key="8", new_id="user_2")
    expect(await world.store.follow_entry(second), Followed.ADDED, "another person's row")
    found = await world.store.find_user("alice")
    expect(found and found.id, "user_2", "is another account")
    (newest, *_) = [one.event for one in await world.store.list_events("user_1")]
    expect((newest.kind, newest.actor), (EventKind.NAME_CHANGED, AUTHOR), "it is told")


async def other_password_ends_what_hangs_on_the_old_one(world: World) -> None:
    """Sessions, families and links; the histogram counts what is stored."""
    login, store = await _add(world), world.store
    link = world.link("user_1")
    await store.add_link(link)
    other = replace(ALICE, password_hash=OTHER_HASH, mark=mark("other"))
    expect(await store.follow_entry(other), Followed.CHANGED, "another password")
    expect(await world.is_live(login.facts), False, "the login has ended")
    expect(await store.redeem_link(redeeming(link)), None, "the link is dead")
    expect(await store.hash_histogram(), ((OTHER_LABEL, 1),), "it is counted")
    (newest, *_) = [one.event for one in await store.list_events("user_1")]
    expect((newest.kind, newest.actor), (EventKind.PASSWORD_CHANGED, AUTHOR), "it is told")
    for _ in range(2):
        unread = replace(ALICE, password_hash=None, mark=mark(f"unread {_}"))
        expect(await store.follow_entry(unread), Followed.CHANGED, "one that is not read")
    found = await store.find_credential("alice")
    expect(found and found.password_hash, None, "leaves none")
    expect(await store.hash_histogram(), (), "and is not counted")


async def inactive_row_is_suspended_until_it_is_active(world: World) -> None:
    """Whom an administrator suspended stays so; the last administrator is no exception."""
    login, store = await _add(world), world.store
    await store.assign_role("user_1", "admin", now=NOW)
    closed = replace(ALICE, is_active=False)
    expect(await store.follow_entry(closed), Followed.CHANGED, "closed")
    expect((await _account(world)).is_active, False, "suspended")
    expect(await world.is_live(login.facts), False, "the login has ended")
    expect(await store.follow_entry(closed), Followed.UNCHANGED, "once")
    expect(await store.follow_entry(ALICE), Followed.CHANGED, "opened")
    expect((await _account(world)).is_active, True, "it may act")
    await store.remove_role("user_1", "admin", now=NOW)
    await world.user("boss", roles=frozenset({"admin"}))
    expect(await store.suspend_user("user_1", now=NOW), StatusOutcome.CHANGED, "by somebody here")
    expect(await store.follow_entry(closed), Followed.UNCHANGED, "suspended already")
    expect(await store.follow_entry(ALICE), Followed.UNCHANGED, "and not for the directory to end")
    expect((await _account(world)).is_active, False, "it stays suspended")


async def other_address_takes_the_place_of_the_one_before(world: World) -> None:
    """What was verified through the earlier one does not outlive it."""
    await _add(world)
    store, links = world.store, [world.link("user_1"), world.link("user_1", now=NOW + 1)]
    wanted = replace(ALICE, address=parse_email("al@example.net"), is_verified=True)
    await store.add_link(replace(links[0], address="alice@example.org"))
    expect(await store.follow_entry(wanted), Followed.CHANGED, "another address")
    [address] = await store.list_emails("user_1")
    stands = (str(address.address), address.verified_at, address.is_primary)
    expect(stands, ("al@example.net", NOW, True), "as the directory knows it")
    found = await store.find_credential("", address="al@example.net")
    expect(found and found.user.id, "user_1", "it signs in by it")
    expect(await store.redeem_link(redeeming(links[0])), None, "a link to the other is dead")
    same = replace(wanted, key="8", new_id="user_2", name="bob")
    expect(await store.follow_entry(same), Followed.ADDED, "another row of that address")
    [claimed] = await store.list_emails("user_2")
    expect(claimed.verified_at, None, "has not verified it as well")
    expect(await store.follow_entry(replace(wanted, address=None)), Followed.CHANGED, "none")
    expect(await store.list_emails("user_1"), (), "it has none")


async def address_is_verified_when_the_directory_says_so(world: World) -> None:
    """Later than it came, once, and by one account; what the person gave up stays given up."""
    await _add(world)
    store, proved = world.store, replace(ALICE, is_verified=True)
    expect(await store.follow_entry(proved), Followed.CHANGED, "it is proved by now")
    [address] = await store.list_emails("user_1")
    expect(address.verified_at, NOW, "here as well")
    expect(await store.follow_entry(proved), Followed.UNCHANGED, "once")
    expect(await store.follow_entry(ALICE), Followed.UNCHANGED, "and for good")
    kinds = [one.event.kind for one in await store.list_events("user_1")]
    expect(kinds.count(EventKind.EMAIL_VERIFIED), 1, "it is told")
    second = replace(ALICE, key="8", new_id="user_2", name="bob")
    expect(await store.follow_entry(second), Followed.ADDED, "another row with the address")
    await store.follow_entry(replace(second, is_verified=True))
    [claimed] = await store.list_emails("user_2")
    expect(claimed.verified_at, None, "one account has an address")


async def another_row_under_the_key_is_another_person(world: World) -> None:
    """The account of the one before is deleted with all it had; the same row keeps its own."""
    login, store = await _add(world), world.store
    await store.assign_role("user_1", "admin", now=NOW)
    edited = replace(ALICE, born="2026-01-02", is_same_row=True)
    expect(await store.follow_entry(edited), Followed.CHANGED, "its birth was corrected")
    expect((await _account(world)).id, "user_1", "it is the same account")
    moved = replace(ALICE, born="2026-01-03")
    expect(await store.follow_entry(moved), Followed.CHANGED, "times are written otherwise")
    expect((await _account(world)).id, "user_1", "and the password is theirs")
    other = replace(ALICE, born="2026-06-01", mark=mark("another's"), new_id="user_2")
    expect(await store.follow_entry(other), Followed.ADDED, "another row")
    found = await _account(world)
    expect((found.id, found.roles), ("user_2", frozenset()), "is another account")
    expect(await store.read_user("user_1"), None, "the one before is gone")
    expect(await world.is_live(login.facts), False, "with its login")
    closed = replace(
        ALICE, born="2026-07-01", mark=mark("a third"), new_id="user_3", is_active=False
    )
    expect(await store.follow_entry(closed), Followed.INACTIVE, "an inactive one gets none")
    expect(await store.read_user("user_2"), None, "and ends the one before as well")


async def row_that_is_gone_takes_its_account_along(world: World) -> None:
    """Once."""
    store = world.store
    await _add(world)
    await store.assign_role("user_1", "admin", now=NOW)
    expect(await store.forget_identity("people", "7", now=NOW), Followed.CHANGED, "gone")
    expect(await store.forget_identity("people", "7", now=NOW), Followed.ABSENT, "once")
    expect(await store.read_user("user_1"), None, "no account")
    expect(await store.hash_histogram(), (), "no hash")


async def change_of_a_password_is_noted_with_what_the_directory_keeps(world: World) -> None:
    """All or nothing, so that the next look finds nothing to bring over."""
    store, new = world.store, world.session()
    await _add(world)
    kept = replace(ALICE, password_hash=OTHER_HASH, mark=mark("chosen here"))
    note = NoteMark("people", "7", kept.mark)
    await store.open_session(new, user_id="user_1", password_hash=HASH, now=NOW)
    over = await store.change_password_there(changing("user_1", "sid_9", OtherSessions.END), note)
    expect(over, PasswordChange.SESSION_OVER, "in no session")
    expect(await store.follow_entry(ALICE), Followed.UNCHANGED, "nothing is noted")
    command = changing("user_1", new.sid, OtherSessions.END)
    expect(await store.change_password_there(command, note), PasswordChange.CHANGED, "in one")
    expect(await store.follow_entry(kept), Followed.UNCHANGED, "it is as the directory has it")
    link, back = world.link("user_1"), NoteMark("people", "7", mark("by a link"))
    await store.add_link(link)
    redeemed = await store.redeem_link_there(redeeming(link), back)
    expect(redeemed and redeemed.id, "user_1", "a link is redeemed")
    expect(await store.redeem_link_there(redeeming(link), note), None, "once")
    by_link = replace(kept, mark=back.mark)
    expect(await store.follow_entry(by_link), Followed.UNCHANGED, "and noted once")
    expect([label for label, _ in await store.hash_histogram()] != [LABEL], True, "counted")


async def one_account_follows_a_row(world: World) -> None:
    """However many sign in as its person for the first time at once."""
    for key, run in (("10", in_one_loop), ("11", in_threads)):
        answers = await run(
            world.store,
            lambda: world.store.follow_entry(
                replace(ALICE, key=key, name=f"name{key}", new_id=new_id(SYSTEM, "user"))  # noqa: B023  # run ends before the next round
            ),
        )
        expect(answers.count(Followed.ADDED), 1, "one of them adds it")
        expect(set(answers) - {Followed.ADDED}, {Followed.UNCHANGED}, "the others find it")
        expect([user.name for user in await world.store.list_users()].count(f"name{key}"), 1, "one")


CHECKS = (
    row_gets_an_account_once,
    name_of_another_account_stays_its_own,
    renamed_row_is_the_same_account,
    other_password_ends_what_hangs_on_the_old_one,
    inactive_row_is_suspended_until_it_is_active,
    other_address_takes_the_place_of_the_one_before,
    address_is_verified_when_the_directory_says_so,
    another_row_under_the_key_is_another_person,
    row_that_is_gone_takes_its_account_along,
    change_of_a_password_is_noted_with_what_the_directory_keeps,
)
RACES = (one_account_follows_a_row,)
