"""A changed password is told to the confirmed address, in the transaction that changes it."""

import asyncio

import pytest
from sqlalchemy import insert, select
from tests.stores.test_atomicity import scene_of

from watchword.accounts.origin import NOWHERE
from watchword.accounts.password_change import ChangePassword, OtherSessions, PasswordChange
from watchword.stores import open_store
from watchword.stores.schema import emails, outbox
from watchword.testing.store_conformance.world import NOW, OTHER_HASH


@pytest.mark.parametrize(("verified_at", "mails"), [(NOW, ["password_changed"]), (None, [])])
@pytest.mark.requirement("security:43:told")
def test_a_change_is_told_to_the_confirmed_address(store_url, rows, verified_at, mails):
    async def change():
        async with await open_store(store_url) as store:
            scene = await scene_of(store)
            address = {
                "tenant": "default",
                "user_id": scene.user_id,
                "address": "alice@example.com",
                "written": "Alice@example.com",
                "is_primary": True,
                "verified_at": verified_at,
                "created_at": NOW,
            }
            await rows.write(store, insert(emails).values(address))
            command = ChangePassword(
                scene.user_id, OTHER_HASH, OtherSessions.KEEP, scene.sid, b"c" * 32, NOWHERE, NOW
            )
            assert await store.change_password(command) is PasswordChange.CHANGED
            assert [kind for (kind,) in await rows.of(store, select(outbox.c.kind))] == mails

    asyncio.run(change())
