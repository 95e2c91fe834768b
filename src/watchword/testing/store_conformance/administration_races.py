"""Administrators at once: somebody who can act is left, and no circle of roles is closed.

Source: access.md S8; security.md rule 95; STYLE section 8.
"""

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.accounts.administration.chain import first_broken
from watchword.accounts.administration.roles import InheritOutcome
from watchword.accounts.person.deletion import DeleteAccount
from watchword.oauth.feed import BEGINNING, AccountChange, RevocationKind
from watchword.testing.store_conformance.administration import BY
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.races import RACERS, in_one_loop, in_threads
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["RACES"]

ADMIN = frozenset({"admin"})
ROUNDS = (("ben", in_one_loop), ("cleo", in_threads))


async def one_administrator_stays(world: World) -> None:
    """However many leave at the same time, somebody can still act."""
    left = await world.user("ada", roles=ADMIN)
    for name, run in ROUNDS:
        ids = [left, await world.user(name, roles=ADMIN)]
        turns = iter(range(10**6))
        await run(
            world.store,
            lambda: world.store.delete_account(
                DeleteAccount(ids[next(turns) % 2], None, NOW)  # noqa: B023  # run ends before the next round
            ),
        )
        left = await _the_one(world)


async def one_administrator_is_not_demoted(world: World) -> None:
    """Roles are taken, accounts suspended and deleted at once, and one of two stays."""
    left = await world.user("ada", roles=ADMIN)
    for name, run in ROUNDS:
        ids = [left, await world.user(name, roles=ADMIN)]
        turns = iter(range(10**6))

        async def lessen() -> None:
            turn = next(turns)  # noqa: B023  # as above
            user_id = ids[turn % 2]  # noqa: B023  # as above
            if turn % 3 == 0:
                await world.store.remove_role(user_id, "admin", now=NOW)
            elif turn % 3 == 1:
                await world.store.suspend_user(user_id, now=NOW)
            else:
                await world.store.delete_account(DeleteAccount(user_id, None, NOW))

        await run(world.store, lessen)
        left = await _the_one(world)


async def no_circle_of_roles_is_closed(world: World) -> None:
    """Of edits that together would close a circle, the last one is refused."""
    for prefix, run in (("a", in_one_loop), ("b", in_threads)):
        names = [f"{prefix}{n}" for n in range(4)]
        for name in names:
            await world.store.add_role(name, "", now=NOW)
        turns = iter(range(10**6))

        async def inherit() -> InheritOutcome:
            turn = next(turns)  # noqa: B023  # as above
            return await world.store.add_inheritance(
                names[turn % 4],  # noqa: B023  # as above
                names[(turn + 1) % 4],  # noqa: B023  # as above
                now=NOW,
            )

        outcomes = await run(world.store, inherit)
        expect(outcomes.count(InheritOutcome.CHANGED), 3, "all edits but one are made")
        expect(InheritOutcome.CYCLE in outcomes, True, "and the last is refused")


async def entries_of_the_audit_log_have_no_gap(world: World) -> None:
    """Positions follow one another, and so does the chain."""
    deed = Deed(AuditAction.LINK_MADE, "user", "user_1")
    for run in (in_one_loop, in_threads):
        await run(world.store, lambda: world.store.record_deed(deed, by=BY, now=NOW))
    entries = await world.store.list_audit(limit=3 * RACERS)
    expect(len(entries), 2 * RACERS, "each deed has an entry")
    expect(first_broken(reversed(entries)), None, "the chain holds")


async def _the_one(world: World) -> str:
    able = [one.id for one in await world.store.list_users() if one.is_superuser and one.is_active]
    expect(len(able), 1, "of two administrators one stays")
    return able[0]


async def versions_are_said_in_their_order(world: World) -> None:
    """Each change of an account is on the feed, and a login has the roles of its version."""
    for name, run in ROUNDS:
        user_id = await world.user(name)
        turns, roles = iter(range(10**6)), dict[int, frozenset[str]]()

        async def change() -> None:
            turn = next(turns)  # noqa: B023  # run ends before the next round
            if turn % 2:
                facts = (await world.log_in(user_id)).facts.user  # noqa: B023  # as above
                known = roles.setdefault(facts.version, facts.roles)  # noqa: B023  # as above
                expect(facts.roles, known, "a version has one set of roles")
                return
            verb = (world.store.assign_role, world.store.remove_role)[turn % 4 // 2]
            await verb(user_id, "editor", now=NOW)  # noqa: B023  # as above

        await run(world.store, change)
        said = await _said_of(world, user_id)
        user = await world.store.find_user(name)
        expect(said, list(range(2, len(said) + 2)), "each version, in the order of commits")
        expect(user is not None and user.version, (said or [1])[-1], "the last is the one there is")


async def _said_of(world: World, user_id: str) -> list[int]:
    """Return the versions of an account that the feed says, in its order."""
    versions: list[int] = []
    cursor, events = BEGINNING, True
    while events:
        page = await world.store.read_feed(cursor, now=NOW)
        cursor, events = page.cursor, bool(page.events)
        changes = [
            AccountChange.from_text(event.value)
            for event in page.events
            if event.kind is RevocationKind.ACCOUNT
        ]
        versions += [change.version for change in changes if change.user_id == user_id]
    return versions


RACES = (
    one_administrator_stays,
    one_administrator_is_not_demoted,
    no_circle_of_roles_is_closed,
    entries_of_the_audit_log_have_no_gap,
    versions_are_said_in_their_order,
)
