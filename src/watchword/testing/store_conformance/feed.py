"""The feed of what ended.

Source: oauth.md F-1 to F-3.
"""

from dataclasses import replace

from watchword.accounts.person.deletion import DeleteAccount
from watchword.oauth.feed import (
    BEGINNING,
    EVENTS_MAX,
    FEED_SECONDS,
    AccountChange,
    Cursor,
    Revocation,
    RevocationKind,
)
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.keys import KEY
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS"]


async def _end(world: World, number: int, *, until: int = NOW + 1000) -> None:
    key = replace(KEY, kid=f"kid-{number + 1}")
    await world.store.add_first_signing_key(KEY)
    await world.store.replace_signing_key(f"kid-{number}", key, now=NOW, until=until)


async def reader_gets_what_is_after_its_cursor(world: World) -> None:
    """Each event once and in order; nothing after the last."""
    for number in (1, 2, 3):
        await _end(world, number)
    first = await world.store.read_feed(BEGINNING, now=NOW)
    expect([event.position for event in first.events], [1, 2, 3], "all, in order")
    expect(first.cursor.position, 3, "the cursor is the last")
    nothing = await world.store.read_feed(first.cursor, now=NOW)
    expect((nothing.events, nothing.cursor), ((), first.cursor), "nothing is new")
    await _end(world, 4)
    second = await world.store.read_feed(first.cursor, now=NOW)
    expect([event.value for event in second.events], ["kid-4"], "the next one alone")


async def event_goes_with_the_last_token_it_speaks_of(world: World) -> None:
    """Its number stays given out."""
    await _end(world, 1, until=NOW + 10)
    expect(len((await world.store.read_feed(BEGINNING, now=NOW + 9)).events), 1, "until then")
    page = await world.store.read_feed(BEGINNING, now=NOW + 10)
    expect((page.events, page.cursor.position), ((), 1), "and no longer")


async def cursor_of_another_feed_reads_everything(world: World) -> None:
    """One that is ahead, as after a restore, and one of an earlier epoch."""
    await _end(world, 1)
    here = (await world.store.read_feed(BEGINNING, now=NOW)).cursor
    for foreign in (replace(here, position=99), replace(here, epoch=here.epoch + 7), BEGINNING):
        page = await world.store.read_feed(foreign, now=NOW)
        expect(len(page.events), 1, f"{foreign} reads all")
    await world.store.bump_epoch(now=NOW)
    page = await world.store.read_feed(here, now=NOW)
    expect((len(page.events), page.cursor.epoch), (2, here.epoch + 1), "so does an older epoch")


async def epoch_ends_what_was_issued_before(world: World) -> None:
    """Guards that verify offline hear of it: sessions that a backup does not know are over."""
    epoch = await world.store.bump_epoch(now=NOW)
    page = await world.store.read_feed(BEGINNING, now=NOW)
    said = Revocation(1, RevocationKind.ISSUED_BEFORE, f"epoch {epoch}", NOW, NOW + FEED_SECONDS)
    expect(page.events, (said,), "all that was issued until then is dead")


async def answer_is_bounded(world: World) -> None:
    """Whoever gets as much as fits asks again from where it stopped."""
    total = EVENTS_MAX + 5
    for number in range(1, total + 1):
        await _end(world, number)
    page = await world.store.read_feed(BEGINNING, now=NOW)
    expect((len(page.events), page.cursor.position), (EVENTS_MAX, EVENTS_MAX), "the first part")
    rest = await world.store.read_feed(page.cursor, now=NOW)
    expect((len(rest.events), rest.cursor.position), (5, total), "the rest")
    expect(Cursor.from_text(rest.cursor.to_text()), rest.cursor, "a cursor is text")


async def ending_is_said_in_its_transaction(world: World) -> None:
    """A logout, a suspension, a role taken away, a reuse, and the end of an account."""
    store = world.store

    async def said() -> list[tuple[RevocationKind, str]]:
        page = await store.read_feed(BEGINNING, now=NOW)
        events = [(event.kind, event.value) for event in page.events]
        return [event for event in events if event[0] is not RevocationKind.ACCOUNT]

    login = await world.log_in(await world.user())
    await store.end_session(login.facts.sid, now=NOW)
    await store.end_session(login.facts.sid, now=NOW)
    expect(await said(), [(RevocationKind.SESSION, login.facts.sid)], "a logout, once")
    suspended = await world.log_in(await world.user(name="b"))
    await store.suspend_user(suspended.facts.user.id, now=NOW)
    expect((await said())[1:], [(RevocationKind.SESSION, suspended.facts.sid)], "a suspension")
    lesser = await world.log_in(await world.user(name="c", roles=frozenset({"editor"})))
    await store.remove_role(lesser.facts.user.id, "editor", now=NOW)
    expect((await said())[2:], [(RevocationKind.FAMILY, lesser.facts.family_id)], "a role less")
    gone = await world.log_in(await world.user(name="d"))
    await store.delete_account(DeleteAccount(gone.facts.user.id, None, NOW))
    expect((await said())[3:], [(RevocationKind.USER, gone.facts.user.id)], "an account")


async def change_of_an_account_is_said_in_its_transaction(world: World) -> None:
    """A role more, one less, a suspension and its end, and an inheritance of a held role."""
    store, cursor = world.store, BEGINNING

    async def said() -> list[AccountChange]:
        nonlocal cursor
        page = await store.read_feed(cursor, now=NOW)
        cursor = page.cursor
        events = [event for event in page.events if event.kind is RevocationKind.ACCOUNT]
        expect([event.until for event in events], [NOW + FEED_SECONDS] * len(events), "an hour")
        return [AccountChange.from_text(event.value) for event in events]

    user_id, other = await world.user("a"), await world.user("b", roles=frozenset({"editor"}))
    expect(await said(), [], "an account without tokens has not changed")
    for _ in range(2):
        await store.assign_role(user_id, "editor", now=NOW)
    expect(await said(), [AccountChange(user_id, 2)], "a role more, once")
    await store.suspend_user(user_id, now=NOW)
    expect(await said(), [AccountChange(user_id, 3, is_suspended=True)], "a suspension")
    await store.restore_user(user_id, now=NOW)
    await store.restore_user(user_id, now=NOW)
    expect(await said(), [AccountChange(user_id, 4)], "its end, once")
    await store.add_role("reader", "", now=NOW)
    await store.add_inheritance("editor", "reader", now=NOW)
    held = {AccountChange(user_id, 5), AccountChange(other, 2)}
    expect(set(await said()), held, "whoever holds a role that includes another")
    await store.remove_inheritance("editor", "reader", now=NOW)
    held = {AccountChange(user_id, 6), AccountChange(other, 3)}
    expect(set(await said()), held, "and includes it no more")
    await store.remove_role(user_id, "editor", now=NOW)
    await store.remove_role(user_id, "editor", now=NOW)
    expect(await said(), [AccountChange(user_id, 7)], "a role less, once")


CHECKS = (
    ending_is_said_in_its_transaction,
    change_of_an_account_is_said_in_its_transaction,
    reader_gets_what_is_after_its_cursor,
    event_goes_with_the_last_token_it_speaks_of,
    cursor_of_another_feed_reads_everything,
    epoch_ends_what_was_issued_before,
    answer_is_bounded,
)
