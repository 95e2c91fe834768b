"""Roles and their inheritance, shares, suspensions, the audit log, and that an administrator stays.

Source: access.md P8, S8, F2; security.md rules 90, 95 and 100.
"""

from watchword.accounts.administration.audit import (
    AuditAction,
    Author,
    Deed,
)
from watchword.accounts.administration.chain import (
    START,
    Head,
    Stretch,
    first_broken,
    verify_log,
)
from watchword.accounts.administration.roles import (
    ROLES_MAX,
    Assignment,
    InheritOutcome,
    Role,
    RoleOutcome,
    Suspension,
)
from watchword.accounts.administration.shares import Share, ShareOutcome, StoredShare
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.accounts.users import NewUser, StatusOutcome
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import HASH, NOW, ORIGIN, World, written

__all__ = ["BY", "CHECKS", "note"]

BY = Author("user_boss", "ticket 7", ORIGIN)
ADMIN = frozenset({"admin"})
MONTH = 31 * 86_400


def note(number: int = 7, holder: str = "editor", *, to: str = "role") -> Share:
    """Return a share of a note."""
    return Share("note", str(number), "editor", to, holder)


async def roles_are_written_down_and_struck_out(world: World) -> None:
    """A role has a meaning; one that is held or inherited stays."""
    store = world.store
    outcomes = [await store.add_role("editor", "Edits", by=BY, now=NOW) for _ in range(2)]
    expect(outcomes, [RoleOutcome.DONE, RoleOutcome.UNCHANGED], "a role is added once")
    again = await store.add_role("editor", "Edits notes", by=BY, now=NOW)
    expect(again, RoleOutcome.DONE, "its meaning is changed")
    await world.user(roles=frozenset({"reader"}))
    expect(
        await store.list_role_records(),
        (Role("editor", "Edits notes", frozenset(), 0), Role("reader", "", frozenset(), 1)),
        "a role that is given is written down too",
    )
    await store.add_role("chief", "", by=BY, now=NOW)
    await store.add_inheritance("chief", "editor", by=BY, now=NOW)
    for name in ("reader", "editor", "chief"):
        used = await store.forget_role(name, by=BY, now=NOW)
        expect(used, RoleOutcome.IN_USE, f"{name} is in use")
    await store.remove_inheritance("chief", "editor", by=BY, now=NOW)
    gone = [await store.forget_role("editor", by=BY, now=NOW) for _ in range(2)]
    expect(gone, [RoleOutcome.DONE, RoleOutcome.UNCHANGED], "what nobody uses goes")
    names = [role.name for role in await store.list_role_records()]
    expect(names, ["chief", "reader"], "the others stay")


async def roles_are_bounded(world: World) -> None:
    """What every role includes is written anew at an edit, so there are not too many."""
    for n in range(ROLES_MAX):
        await world.store.add_role(f"r{n}", "", now=NOW)
    outcome = await world.store.add_role("more", "", now=NOW)
    expect(outcome, RoleOutcome.TOO_MANY, "there is a limit")
    expect(len(await world.store.list_role_records()), ROLES_MAX, "and it holds")


async def inherited_roles_are_held(world: World) -> None:
    """Whoever holds a role holds what it inherits, at once and through others."""
    store, user_id = world.store, await world.user(roles=frozenset({"chief"}))
    for role in ("editor", "reader"):
        await store.add_role(role, "", now=NOW)
    pairs = (("chief", "editor"), ("editor", "reader"))
    for pair in pairs:
        outcomes = [await store.add_inheritance(*pair, by=BY, now=NOW) for _ in range(2)]
        wanted = [InheritOutcome.CHANGED, InheritOutcome.UNCHANGED]
        expect(outcomes, wanted, "a role inherits another once")
    found = await store.find_user("alice")
    expect(found and found.roles, {"chief", "editor", "reader"}, "it is closed over inheritance")
    expect(found and found.version, 3, "each change grows the version of whoever is concerned")
    given = [one.role for one in await store.list_assignments(user_id)]
    expect(given, ["chief"], "what was given is told apart")
    login = await world.log_in(user_id)
    expect(login.facts.user.roles, {"chief", "editor", "reader"}, "tokens carry them")
    ended = await store.remove_inheritance("editor", "reader", by=BY, now=NOW)
    expect(ended, InheritOutcome.CHANGED, "an inheritance ends")
    expect(await world.is_live(login.facts), False, "and the families of whoever loses a role")
    found = await store.find_user("alice")
    expect(found and (found.roles, found.version), ({"chief", "editor"}, 4), "at once")
    again = await store.remove_inheritance("editor", "reader", by=BY, now=NOW)
    expect(again, InheritOutcome.UNCHANGED, "once")


async def circle_of_roles_is_refused(world: World) -> None:
    """No role inherits itself, directly or through others; nothing is written of it."""
    store = world.store
    for role in ("a", "b", "c"):
        await store.add_role(role, "", now=NOW)
    await store.add_inheritance("a", "b", now=NOW)
    await store.add_inheritance("b", "c", now=NOW)
    before = await store.list_role_records()
    for role, inherits in (("c", "a"), ("b", "a"), ("a", "a")):
        outcome = await store.add_inheritance(role, inherits, now=NOW)
        expect(outcome, InheritOutcome.CYCLE, f"{role} would inherit itself")
    for role, inherits in (("a", "nobody"), ("nobody", "a")):
        outcome = await store.add_inheritance(role, inherits, now=NOW)
        expect(outcome, InheritOutcome.UNKNOWN_ROLE, "both roles are written down first")
    expect(await store.list_role_records(), before, "nothing is changed")


async def assignments_and_suspensions_say_who_and_why(world: World) -> None:
    """When, by whom and why stands beside what was decided."""
    store, user_id = world.store, await world.user()
    await store.assign_role(user_id, "editor", by=BY, now=NOW + 1)
    given = (Assignment(user_id, "editor", NOW + 1, BY.actor, BY.reason),)
    expect(await store.list_assignments(user_id), given, "a role was given")
    expect(await store.find_suspension(user_id), None, "nobody is suspended")
    await store.suspend_user(user_id, by=BY, now=NOW + 2)
    suspended = Suspension(user_id, NOW + 2, BY.actor, BY.reason)
    expect(await store.find_suspension(user_id), suspended, "a user was suspended")
    await store.restore_user(user_id, by=BY, now=NOW + 3)
    expect(await store.find_suspension(user_id), None, "and may act again")


async def shares_are_given_and_ended(world: World) -> None:
    """A share is one row, of a user who exists or a role that is written down."""
    store, user_id = world.store, await world.user()
    own = note(holder=user_id, to="subject")
    for share in (note(), note(holder="user_0", to="subject")):
        outcome = await store.add_share(share, expires_at=None, by=BY, now=NOW)
        expect(outcome, ShareOutcome.UNKNOWN_HOLDER, "whom it is for has to be there")
    ends = (None, None, NOW + 60)
    changed = [await store.add_share(own, expires_at=end, by=BY, now=NOW) for end in ends]
    wanted = [ShareOutcome.CHANGED, ShareOutcome.UNCHANGED, ShareOutcome.CHANGED]
    expect(changed, wanted, "sharing again changes the end alone")
    stored = (StoredShare(own, NOW + 60, NOW, BY.actor, BY.reason),)
    expect(await store.list_shares("note", "7"), stored, "it says until when, by whom and why")
    removed = [await store.remove_share(own, by=BY, now=NOW) for _ in range(2)]
    expect(removed, [ShareOutcome.CHANGED, ShareOutcome.UNCHANGED], "it is ended once")
    expect(await store.list_shares(), (), "nothing is left")


async def shares_are_listed_completely(world: World) -> None:
    """By type, resource and holder; every page begins after the one before."""
    store, user_id = world.store, await world.user()
    await store.add_role("editor", "", now=NOW)
    shares = [note(n) for n in range(3)] + [note(1, user_id, to="subject")]
    shares.append(Share("mail", "1", "reader", "role", "editor"))
    for share in shares:
        await store.add_share(share, expires_at=None, now=NOW)

    async def listed(*of: str, holder: str | None = None) -> list[Share]:
        found: list[Share] = []
        while page := await store.list_shares(
            *of, holder=holder, after=found[-1] if found else None, limit=2
        ):
            found += [one.share for one in page]
        return found

    expect(sorted(await listed()), sorted(shares), "all")
    expect(sorted(await listed("note")), sorted(shares[:4]), "of a type")
    expect(sorted(await listed("note", "1")), sorted([shares[1], shares[3]]), "of a resource")
    expect(await listed(holder=user_id), [shares[3]], "of a holder")
    expect(await listed("mail", holder="editor"), [shares[4]], "of a type and a holder")
    expect(await listed("note", "2", holder="editor"), [shares[2]], "of all three")


async def ended_shares_are_swept(world: World) -> None:
    """A month after its end a share is gone; one without an end stays."""
    store = world.store
    await store.add_role("editor", "", now=NOW)
    await store.add_share(note(1), expires_at=NOW + 60, now=NOW)
    await store.add_share(note(2), expires_at=None, now=NOW)
    await store.add_share(note(3), expires_at=None, now=NOW + MONTH)
    left = [one.share.resource_id for one in await store.list_shares("note")]
    expect(left, ["2", "3"], "what ended a month ago is gone")


async def shares_of_a_subject_are_all_or_too_many(world: World) -> None:
    """Those of its own and of its roles, without what has ended; one more says that there are."""
    store, user_id = world.store, await world.user()
    await store.add_role("editor", "", now=NOW)
    own = note(1, user_id, to="subject")
    for share, end in ((own, NOW + 60), (note(2), None), (note(3), NOW), (note(4), NOW + 1)):
        await store.add_share(share, expires_at=end, now=NOW)
    roles = frozenset({"editor", "reader"})
    held = await store.shares_of(user_id, roles, now=NOW, at_most=3)
    expect(
        {(one.resource_id, one.subject_id, one.role, one.expires_at) for one in held},
        {
            ("1", user_id, None, NOW + 60),
            ("2", None, "editor", None),
            ("4", None, "editor", NOW + 1),
        },
        "all that is live",
    )
    more = await store.shares_of(user_id, roles, now=NOW, at_most=1)
    expect(len(more), 2, "one more than was asked for")
    none = await store.shares_of("user_0", frozenset(), now=NOW, at_most=3)
    expect(len(none), 0, "nothing of others")


async def every_change_is_in_the_audit_log(world: World) -> None:
    """Who, what, to whom, when, from where and why, in one unbroken chain."""
    store, user_id = world.store, await world.user()
    own = note(holder=user_id, to="subject")
    await store.add_role("editor", "", by=BY, now=NOW)
    await store.add_role("reader", "", by=BY, now=NOW)
    await store.add_inheritance("editor", "reader", by=BY, now=NOW)
    await store.assign_role(user_id, "editor", by=BY, now=NOW)
    await store.assign_role(user_id, "editor", by=BY, now=NOW)
    await store.add_share(own, expires_at=None, by=BY, now=NOW)
    await store.remove_share(own, by=BY, now=NOW)
    await store.remove_inheritance("editor", "reader", by=BY, now=NOW)
    await store.forget_role("reader", by=BY, now=NOW)
    await store.remove_role(user_id, "editor", by=BY, now=NOW)
    await store.suspend_user(user_id, by=BY, now=NOW)
    await store.restore_user(user_id, by=BY, now=NOW)
    await store.add_user(NewUser("user_2", "bob", HASH, ADMIN, NOW), by=BY)
    await store.delete_account(DeleteAccount(user_id, None, NOW, by=BY))
    await store.record_deed(Deed(AuditAction.LINK_MADE, "user", "user_2"), by=BY, now=NOW)
    entries = written(await store.list_audit())
    expect(
        [entry.deed.action.value for entry in reversed(entries)],
        [
            "role_added", "role_added", "role_inherits", "role_given", "share_added",
            "share_removed", "role_inherits_no_more", "role_removed", "role_taken",
            "user_suspended", "user_resumed", "user_added", "user_deleted", "link_made",
        ],
        "each change that was made has an entry",
    )  # fmt: skip
    expect({(entry.author, entry.at) for entry in entries}, {(BY, NOW)}, "who, why and when")
    expect(first_broken(reversed(entries)), None, "the chain holds")
    of_user = written(await store.list_audit(target=user_id, limit=2))
    kinds = [entry.deed.action for entry in of_user]
    expect(kinds, [AuditAction.USER_DELETED, AuditAction.USER_RESUMED], "one target, newest first")
    rest = await store.list_audit(before=entries[9].position)
    expect(rest, entries[10:], "what came before is asked for")


async def audit_log_is_walked_from_its_beginning_to_its_head(world: World) -> None:
    """In stretches, the oldest first; each tells where the log ends at that moment."""
    store, deed = world.store, Deed(AuditAction.LINK_MADE, "user", "user_1")
    expect(await store.walk_audit(after=0, limit=9), Stretch((), START), "nothing is there yet")
    for turn in range(5):
        await store.record_deed(deed, by=BY, now=NOW + turn)
    entries = written(await store.list_audit())[::-1]
    head = Head(5, entries[-1].chain)
    for after, limit in ((0, 2), (2, 2), (4, 2), (5, 2), (1, 9)):
        stretch = await store.walk_audit(after=after, limit=limit)
        wanted = Stretch(entries[after : after + limit], head)
        expect(stretch, wanted, f"what follows entry {after}, and the head")
    expect(await verify_log(store), head, "it is whole")
    expect(await verify_log(store, kept=Head(3, entries[2].chain)), head, "it grew from a head")


async def users_are_paged(world: World) -> None:
    """Each page begins after the one before; a part of a name finds it, and is no pattern."""
    for name in ("ada", "adam", "a_m", "bob"):
        await world.user(name)
    store = world.store
    found: list[str] = []
    while page := await store.page_users(after=found[-1] if found else "", limit=3):
        found += [user.name for user in page]
    expect(sorted(found), ["a_m", "ada", "adam", "bob"], "all of them")
    for part, names in (("ad", ["ada", "adam"]), ("a_m", ["a_m"]), ("%", []), ("ob", ["bob"])):
        page = await store.page_users(part)
        expect([user.name for user in page], names, f"whose name holds {part}")
    ada = await store.find_user("ada")
    expect(await store.read_user(ada.id if ada else ""), ada, "a user is read by id")
    expect(await store.read_user("user_0"), None, "nobody has another id")


async def holders_are_paged(world: World) -> None:
    """Whoever was given a role or inherits it is listed once, page by page, and nobody else."""
    store = world.store
    for name, roles in (("ada", ["editor", "reader"]), ("ben", ["editor"]), ("cyd", ["reader"])):
        await world.user(name, roles=frozenset(roles))
    await world.user("dan", roles=ADMIN)
    await store.add_inheritance("editor", "reader", now=NOW)
    found: list[tuple[str, bool]] = []
    after = ""
    while page := await store.page_holders("reader", after=after, limit=2):
        found += [(one.user.name, one.is_given) for one in page]
        after = page[-1].user.name
    expect(found, [("ada", True), ("ben", False), ("cyd", True)], "given or inherited")
    editors = await store.page_holders("editor")
    expect([one.user.name for one in editors], ["ada", "ben"], "not those of the inherited role")
    expect(await store.page_holders("nothing"), (), "nobody holds what there is not")


async def last_administrator_stays(world: World) -> None:
    """Neither suspended nor demoted nor deleted, given or inherited."""
    store = world.store
    ada, ben = [await world.user(name, roles=ADMIN) for name in ("ada", "ben")]
    await store.add_role("owner", "", now=NOW)
    expect(await store.suspend_user(ben, now=NOW), StatusOutcome.CHANGED, "another one stays")
    last = StatusOutcome.LAST_ADMINISTRATOR
    expect(await store.suspend_user(ada, now=NOW), last, "the last is not suspended")
    expect(await store.remove_role(ada, "admin", now=NOW), last, "nor demoted")
    gone = await store.delete_account(DeleteAccount(ada, None, NOW))
    expect(gone, DeletionOutcome.LAST_ADMINISTRATOR, "nor deleted")
    expect(await store.remove_role(ben, "admin", now=NOW), StatusOutcome.CHANGED, "who may not act")
    await store.assign_role(ada, "owner", now=NOW)
    expect(await store.remove_role(ada, "owner", now=NOW), StatusOutcome.CHANGED, "another role")
    await store.add_inheritance("owner", "admin", now=NOW)
    await store.assign_role(ada, "owner", now=NOW)
    taken = await store.remove_role(ada, "admin", now=NOW)
    expect(taken, StatusOutcome.CHANGED, "it holds the role by another")
    found = await store.find_user("ada")
    expect(found and found.is_superuser, True, "and is an administrator by inheritance")
    expect(await store.remove_role(ada, "owner", now=NOW), last, "that role stays")
    expect(await store.suspend_user(ada, now=NOW), last, "it still is the last")
    ended = await store.remove_inheritance("owner", "admin", now=NOW)
    expect(ended, InheritOutcome.LAST_ADMINISTRATOR, "so does what it inherits")
    await store.restore_user(ben, now=NOW)
    await store.assign_role(ben, "admin", now=NOW)
    ended = await store.remove_inheritance("owner", "admin", now=NOW)
    expect(ended, InheritOutcome.CHANGED, "unless somebody else is one")


async def administration_keeps_to_its_tenant(world: World) -> None:
    """Nothing that is decided in one tenant is seen in another."""
    store, other = world.store, await world.open_other_tenant()
    user_id = await world.user(roles=frozenset({"chief"}))
    await store.add_role("editor", "", now=NOW)
    await store.add_inheritance("chief", "editor", now=NOW)
    await store.add_share(note(holder=user_id, to="subject"), expires_at=None, now=NOW)
    await store.suspend_user(user_id, by=BY, now=NOW)
    expect(await other.list_role_records(), (), "roles")
    expect(await other.page_holders("chief"), (), "who holds them")
    expect(await other.list_assignments(user_id), (), "assignments")
    expect(await other.find_suspension(user_id), None, "suspensions")
    expect(await other.list_shares(), (), "shares")
    expect(await other.list_audit(), (), "the log")
    share = note(holder=user_id, to="subject")
    unknown = await other.add_share(share, expires_at=None, now=NOW)
    expect(unknown, ShareOutcome.UNKNOWN_HOLDER, "nobody of another tenant is shared with")
    expect(await other.remove_share(share, now=NOW), ShareOutcome.UNCHANGED, "no share is ended")
    expect(await other.forget_role("editor", now=NOW), RoleOutcome.UNCHANGED, "no role goes")


CHECKS = (
    roles_are_written_down_and_struck_out,
    roles_are_bounded,
    inherited_roles_are_held,
    circle_of_roles_is_refused,
    assignments_and_suspensions_say_who_and_why,
    shares_are_given_and_ended,
    shares_are_listed_completely,
    ended_shares_are_swept,
    shares_of_a_subject_are_all_or_too_many,
    users_are_paged,
    holders_are_paged,
    every_change_is_in_the_audit_log,
    audit_log_is_walked_from_its_beginning_to_its_head,
    last_administrator_stays,
    administration_keeps_to_its_tenant,
)
