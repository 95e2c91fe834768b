"""Accounts as subjects of a policy: with their roles, their status and what is shared with them.

Source: access.md S6, S8 and Z16.
"""

from watchword.stores.subjects import SharedUser
from watchword.testing.store_conformance.administration import note
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS"]

RULES = {"lead": frozenset({"lead", "reader"})}  # what an application's policy adds


async def subject_is_read_with_its_shares(world: World) -> None:
    """Its own, and those of each role that it was given or inherits by store or policy."""
    store = world.store
    alice = await world.user(roles=frozenset({"chief"}))
    await store.add_role("reader", "", now=NOW)
    await store.add_role("lead", "", now=NOW)
    await store.add_inheritance("chief", "lead", now=NOW)
    for share, end in (
        (note(1, alice, to="subject"), NOW + 1),
        (note(2, "lead"), None),
        (note(3, "reader"), None),
        (note(4, alice, to="subject"), NOW),
    ):
        await store.add_share(share, expires_at=end, now=NOW)
    found = await store.read_subject(alice, RULES, now=NOW)
    expect(found and found[0], await store.read_user(alice), "the user")
    expect(_shared(found), ["1", "2", "3"], "all that is live")
    expect(_shared(await store.read_subject(alice, {}, now=NOW)), ["1", "2"], "without the rules")
    more = await store.read_subject(alice, RULES, now=NOW, shares_max=1)
    expect(len(_shared(more)), 2, "one more than was asked for")
    expect(await store.read_subject("user_0", RULES, now=NOW), None, "nobody has another id")
    other = await world.open_other_tenant()
    expect(await other.read_subject(alice, RULES, now=NOW), None, "another tenant")


async def subjects_are_paged(world: World) -> None:
    """Each once, in an order of ids, with exactly what reading it alone says."""
    store = world.store
    people = [await world.user(f"user{n}", roles=frozenset({"lead"})) for n in range(4)]
    people.append(await world.user("guest"))
    await store.suspend_user(people[0], now=NOW)
    await store.add_role("reader", "", now=NOW)
    for share, end in (
        (note(1, people[0], to="subject"), None),
        (note(2, people[4], to="subject"), NOW + 1),
        (note(3, people[3], to="subject"), NOW),
        (note(4, "reader"), None),
        (note(5, "lead"), None),
    ):
        await store.add_share(share, expires_at=end, now=NOW)
    found: list[SharedUser] = []
    after = ""
    while page := await store.page_subjects(RULES, after=after, limit=2, now=NOW):
        expect(len(page) <= 2, True, "no longer than was asked for")
        found += page
        after = page[-1][0].id
    expect(sorted(user.id for user, _ in found), sorted(people), "all of them, each once")
    for each in found:
        expect(each, await store.read_subject(each[0].id, RULES, now=NOW), "as it is read alone")
    few = await store.page_subjects(RULES, after="", limit=9, now=NOW, shares_max=1)
    expect({len(held) for user, held in few if "lead" in user.roles}, {2}, "one more says so")
    other = await world.open_other_tenant()
    nobody = await other.page_subjects(RULES, after="", limit=9, now=NOW)
    expect(nobody, (), "nobody of another tenant")


def _shared(found: SharedUser | None) -> list[str]:
    return sorted(share.resource_id for share in found[1]) if found else []


CHECKS = (subject_is_read_with_its_shares, subjects_are_paged)
