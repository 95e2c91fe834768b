"""Imported accounts: whole, once, and never in the way of those that exist.

Source: users.md U110 and U113; security.md D5.
"""

from dataclasses import replace

from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.accounts.events import EventKind
from watchword.accounts.imports.plan import ImportedTOTP, ImportedUser, Importer, ImportOutcome
from watchword.accounts.mail.addresses import parse_email
from watchword.accounts.users import User, UserStatus
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import HASH, NOW, World, written

__all__ = ["CHECKS"]

FOREIGN_LABEL = "pbkdf2-sha256$i=260000"
FOREIGN_HASH = f"${FOREIGN_LABEL}$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
ALICE = ImportedUser(
    id="user_1",
    name="alice",
    status=UserStatus.ACTIVE,
    password_hash=FOREIGN_HASH,
    roles=frozenset({"editor", "reader"}),
    email=parse_email("Alice@example.org"),
    is_verified=True,
    display_name="Alice Liddell",
    locale="en",
    created_at=NOW - 1000,
    totps=(ImportedTOTP("totp_1", b"sealed"),),
)


async def imported_user_has_everything_that_came_along(world: World) -> None:
    """Status, roles, hash, address, generator and age are those of the export."""
    (outcome,) = await world.store.import_users((ALICE,), now=NOW)
    expect(outcome, ImportOutcome.ADDED, "a free name is taken")
    user = User("user_1", "alice", UserStatus.ACTIVE, ALICE.roles, 1, NOW - 1000)
    expect(await world.store.find_user("alice"), user, "the user is as it was")
    found = await world.store.find_credential("alice")
    expect(found and found.password_hash, FOREIGN_HASH, "the hash is stored as it is")
    expect(await world.store.hash_histogram(), ((FOREIGN_LABEL, 1),), "the hash is counted")
    (totp,) = await world.store.list_totps("user_1")
    expect((totp.sealed_key, totp.confirmed_at), (b"sealed", NOW), "the generator counts at once")
    told = await world.store.list_events("user_1")
    expect([event.event.kind for event in told], [EventKind.ACCOUNT_CREATED], "it is recorded")


async def whoever_imports_answers_for_it(world: World) -> None:
    """Each transaction that adds somebody has one entry, which counts; roles say who gave them."""
    store, bob = world.store, replace(ALICE, id="user_2", name="bob", email=None, totps=())
    by = Importer(Author("user_boss", "ticket 7"), "keycloak")
    for _ in range(2):
        await store.import_users((ALICE, bob), by=by, now=NOW)
    deed = Deed(AuditAction.USERS_IMPORTED, "import", "keycloak", {"added": "2"})
    entries = [(entry.deed, entry.author) for entry in written(await store.list_audit())]
    expect(entries, [(deed, by.author)], "one entry, and none where everybody was there")
    given = {one.given_by for one in await store.list_assignments(ALICE.id)}
    expect(given, {"user_boss"}, "the roles are of the same author")


async def suspended_account_is_imported_suspended(world: World) -> None:
    """An account that was switched off does not come back to life."""
    await world.store.import_users((replace(ALICE, status=UserStatus.SUSPENDED),), now=NOW)
    found = await world.store.find_user("alice")
    expect(found and found.status, UserStatus.SUSPENDED, "the status is kept")


async def second_import_changes_nothing(world: World) -> None:
    """An import that was broken off is started again; whoever exists stands as it is."""
    other = replace(ALICE, id="user_2", password_hash=HASH, roles=frozenset({"admin"}), totps=())
    bob = replace(ALICE, id="user_3", name="bob", email=None, totps=())
    await world.store.import_users((ALICE,), now=NOW)
    before = await world.store.find_user("alice")
    outcomes = await world.store.import_users((other, bob), now=NOW + 1)
    expect(outcomes, (ImportOutcome.NAME_TAKEN, ImportOutcome.ADDED), "only free names are added")
    expect(await world.store.find_user("alice"), before, "the first stands")
    expect(await world.store.hash_histogram(), ((FOREIGN_LABEL, 2),), "no other hash is counted")


async def name_twice_in_a_batch_is_added_once(world: World) -> None:
    """The second of a batch sees the first."""
    outcomes = await world.store.import_users(
        (ALICE, replace(ALICE, id="user_2", totps=())), now=NOW
    )
    expect(outcomes, (ImportOutcome.ADDED, ImportOutcome.NAME_TAKEN), "the first is added")


async def address_that_somebody_has_verified_is_imported_unverified(world: World) -> None:
    """One account at most has proved that it reads an address; an export proves nothing more."""
    second = replace(ALICE, id="user_2", name="liddell", totps=())
    outcomes = await world.store.import_users((ALICE, second), now=NOW)
    expect(outcomes, (ImportOutcome.ADDED, ImportOutcome.ADDED_UNVERIFIED), "the mark is not taken")


async def taken_names_are_told_without_being_touched(world: World) -> None:
    """What a dry run asks."""
    await world.user("alice")
    taken = await world.store.taken_names(("alice", "bob", "Alice"))
    expect(taken, frozenset({"alice"}), "names are compared as they are stored")


async def broken_batch_leaves_nothing(world: World) -> None:
    """A role that no store can hold undoes the whole batch."""
    bad = replace(ALICE, id="user_2", name="bob", roles=frozenset({"two words"}), totps=())
    try:
        await world.store.import_users((ALICE, bad), now=NOW)
    except ValueError:
        pass
    else:
        expect("imported", "refused", "a role holds no space")
    expect(await world.store.find_user("alice"), None, "a batch is all or nothing")
    expect(await world.store.hash_histogram(), (), "and none of its hashes is counted")


CHECKS = (
    imported_user_has_everything_that_came_along,
    whoever_imports_answers_for_it,
    suspended_account_is_imported_suspended,
    second_import_changes_nothing,
    name_twice_in_a_batch_is_added_once,
    address_that_somebody_has_verified_is_imported_unverified,
    taken_names_are_told_without_being_touched,
    broken_batch_leaves_nothing,
)
