"""What ends with an account's access, and who is told.

Source: security.md rules 42 and 43; oauth.md R-6.
"""

import asyncio
import contextlib
from typing import Any

import pytest
from sqlalchemy import insert, select

from watchword.accounts.mail.messages import MailKind
from watchword.oauth.families import RevokedBecause
from watchword.stores import open_store
from watchword.stores.schema import emails, families, flows
from watchword.stores.verbs.logins.own_sessions import end_sessions
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import CLIENT, NOW, ORIGIN


def with_world(url: str, work: Any) -> None:
    async def run() -> None:
        async with await open_store(url) as store:
            world = World(store)
            await world.furnish()
            await work(world)

    asyncio.run(run())


@pytest.mark.requirement("security:42:logins-under-way")
def test_suspension_ends_logins_under_way(store_url: str, rows: Any) -> None:
    async def work(world: World) -> None:
        user_id, other = await world.user(), await world.user("bob")
        for owner in (user_id, other):
            flow = {
                "tenant": "default", "id": f"flow_{owner}", "secret_hash": owner.encode(),
                "purpose": "login", "user_id": owner, "proofs": "", "request": "{}",
                "created_at": NOW, "expires_at": NOW + 600, "epoch": 1,
            }  # fmt: skip
            await rows.write(world.store, insert(flows).values(flow))
        await world.store.suspend_user(user_id, now=NOW + 1)
        ended = await rows.of(world.store, select(flows.c.user_id, flows.c.ended_at))
        assert {tuple(row) for row in ended} == {(user_id, NOW + 1), (other, None)}

    with_world(store_url, work)


@pytest.mark.requirement("oauth:R-6:notice")
def test_reuse_is_told_to_the_person_once(store_url: str, rows: Any) -> None:
    """An ordinary refusal afterwards says nothing."""

    async def work(world: World) -> None:
        login = await world.log_in()
        address = {
            "tenant": "default", "user_id": login.facts.user.id, "address": "alice@example.com",
            "written": "alice@example.com", "is_primary": True, "verified_at": NOW,
            "created_at": NOW,
        }  # fmt: skip
        await rows.write(world.store, insert(emails).values(address))
        await world.refresh(await world.refresh(login.token, now=NOW + 1), now=NOW + 2)
        assert await world.store.list_mails(most=9, now=NOW + 2) == ()
        for _ in range(2):
            await world.present(login.token, now=NOW + 3)
        (mail,) = await world.store.list_mails(most=9, now=NOW + 3)
        assert mail.kind is MailKind.TOKEN_REUSED
        assert mail.told is not None
        assert mail.told["about"] == CLIENT.name
        assert mail.told["address"] == ORIGIN.address

    with_world(store_url, work)


@pytest.mark.requirement("oauth:R-6:reason")
def test_revoked_family_says_why(store_url: str, rows: Any) -> None:
    async def work(world: World) -> None:
        store, user_id = world.store, await world.user(roles=frozenset({"editor"}))
        logins = [await world.log_in(user_id) for _ in range(4)]
        await world.refresh(await world.refresh(logins[0].token, now=NOW + 1), now=NOW + 1)
        await world.present(logins[0].token, now=NOW + 2)
        await store.end_session(logins[1].facts.sid, now=NOW + 2)
        await store.remove_role(user_id, "editor", now=NOW + 3)
        later = await world.log_in(user_id, now=NOW + 4)
        await store.suspend_user(user_id, now=NOW + 5)
        found = await rows.of(store, select(families.c.id, families.c.revoked_because))
        reasons = {family: RevokedBecause(reason) for family, reason in found}
        assert [reasons[each.facts.family_id] for each in (*logins, later)] == [
            RevokedBecause.REFRESH_REUSED,
            RevokedBecause.SESSION_ENDED,
            RevokedBecause.ROLE_REMOVED,
            RevokedBecause.ROLE_REMOVED,
            RevokedBecause.ACCOUNT_SUSPENDED,
        ]

    with_world(store_url, work)


@pytest.mark.requirement("security:42:lock-order")
def test_no_family_is_waited_for_after_the_feed_was_told() -> None:
    """Who tells the feed holds the row of the tenant, for which others wait with a family."""
    verb = end_sessions("default", "user_1", keep=None, now=NOW, origin=ORIGIN)
    changed, rows = [], None
    with contextlib.suppress(StopIteration):
        while True:
            expression = verb.send(rows).statement.expression
            table = getattr(expression, "table", None)
            changed.append(None if table is None else table.name)
            rows = {"sessions": [("sid_1",), ("sid_2",)], "tenants": [(2,)]}.get(
                changed[-1] or "", [("id",)]
            )
    assert changed.count("families") == 6  # two sessions, and two that hang on each of them
    assert changed.count("tenants") == 1
    assert changed.index("tenants") > max(
        place for place, name in enumerate(changed) if name in {"sessions", "families"}
    )
