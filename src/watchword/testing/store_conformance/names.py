"""User names that change: one person each, the earlier one kept for a while.

Source: users.md U46; security.md rule 43; decisions/0114.
"""

from dataclasses import replace

from watchword.accounts.events import EventKind
from watchword.accounts.mail.messages import MailKind
from watchword.accounts.person.rename import (
    FORMER_NAMES_MAX,
    NAME_KEPT_SECONDS,
    ChangeName,
    NameChange,
)
from watchword.accounts.users import AddOutcome, NewUser
from watchword.base.chance import SYSTEM, new_id
from watchword.testing.store_conformance.emails import confirm
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import HASH, NOW, ORIGIN, World

__all__ = ["CHECKS", "renaming"]


def renaming(user_id: str, name: str, *, now: int = NOW) -> ChangeName:
    """Return the command that gives a user another name."""
    return ChangeName(user_id, name, "sid_1", ORIGIN, now)


async def _add(world: World, name: str, *, now: int) -> AddOutcome:
    new = NewUser(new_id(SYSTEM, "user"), name, HASH, frozenset({"editor"}), now)
    return await world.store.add_user(new)


async def changed_name_finds_the_same_account(world: World) -> None:
    """Its sessions go on; its owner is told in the same transaction."""
    login = await world.log_in()
    user_id, store = login.facts.user.id, world.store
    await confirm(world, user_id)
    expect(await store.change_name(renaming(user_id, "alicia")), NameChange.CHANGED, "a free name")
    expect(await store.change_name(renaming(user_id, "alicia")), NameChange.UNCHANGED, "once")
    found = await store.find_user("alicia")
    expect(found and found.id, user_id, "by the other name")
    expect(await store.find_user("alice"), None, "and not by the earlier one")
    expect(await store.find_credential("alice"), None, "which signs in nobody")
    expect(await world.is_live(login.facts), True, "the login goes on")
    (newest, *_) = [one.event for one in await store.list_events(user_id)]
    expect(newest.kind, EventKind.NAME_CHANGED, "an event")
    expect(newest.detail, {"from": "alice", "to": "alicia"}, "that says what it was")
    mails = [one for one in await store.list_mails(most=10, now=NOW) if one.sealed is None]
    expect([one.kind for one in mails], [MailKind.NAME_CHANGED], "a notice")


async def name_of_somebody_is_not_given_twice(world: World) -> None:
    """Nor to nobody."""
    alice = await world.user()
    await world.user("bob")
    expect(await world.store.change_name(renaming(alice, "bob")), NameChange.TAKEN, "bob's")
    unknown = await world.store.change_name(renaming("user_nobody", "carol"))
    expect(unknown, NameChange.UNKNOWN_USER, "nobody")


async def earlier_name_is_kept_for_its_person_for_a_while(world: World) -> None:
    """Against additions and changes; then it is free."""
    alice, bob, store = await world.user(), await world.user("bob"), world.store
    await store.change_name(renaming(alice, "alicia"))
    last = NOW + NAME_KEPT_SECONDS - 1
    expect(await _add(world, "alice", now=last), AddOutcome.NAME_TAKEN, "no addition")
    expect(await store.find_user("alice"), None, "which left nothing")
    taken = await store.change_name(renaming(bob, "alice", now=last))
    expect(taken, NameChange.TAKEN, "no change")
    back = await store.change_name(renaming(alice, "alice", now=last))
    expect(back, NameChange.CHANGED, "but its own person's")
    expect(await store.change_name(renaming(bob, "alicia", now=last)), NameChange.TAKEN, "turned")
    end = last + NAME_KEPT_SECONDS
    expect(await _add(world, "alicia", now=end), AddOutcome.ADDED, "free in the end")


async def earlier_names_of_a_person_are_few(world: World) -> None:
    """One that is taken back makes no more of them."""
    alice, store = await world.user(), world.store
    for number in range(FORMER_NAMES_MAX):
        changed = await store.change_name(renaming(alice, f"alice{number}"))
        expect(changed, NameChange.CHANGED, "a few")
    one_more = renaming(alice, "alice-again")
    expect(await store.change_name(one_more), NameChange.TOO_MANY, "no more")
    back = await store.change_name(renaming(alice, "alice"))
    expect(back, NameChange.CHANGED, "an earlier one may come back")
    later = replace(one_more, now=NOW + NAME_KEPT_SECONDS)
    expect(await store.change_name(later), NameChange.CHANGED, "and others in time")


CHECKS = (
    changed_name_finds_the_same_account,
    name_of_somebody_is_not_given_twice,
    earlier_name_is_kept_for_its_person_for_a_while,
    earlier_names_of_a_person_are_few,
)
