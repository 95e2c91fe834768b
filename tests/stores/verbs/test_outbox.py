"""Notices: queued with the change that they tell of, to whoever can be told.

Source: security.md rule 43; users.md U95.
"""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert, update

from watchword.accounts.mail.messages import DueMail, MailKind, notice_of
from watchword.stores import Store, open_store
from watchword.stores.schema import emails, users
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.outbox import notify
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import NOW


async def add_address(rows: Any, store: Store, user_id: str, **changes: Any) -> None:
    row = {
        "tenant": "default",
        "user_id": user_id,
        "address": "alice@example.com",
        "written": "Alice@example.com",
        "is_primary": True,
        "verified_at": NOW,
        "created_at": NOW,
    }
    await rows.write(store, insert(emails).values({**row, **changes}))


async def tell(store: Store, user_id: str, *, times: int = 1) -> None:
    notice = notice_of(MailKind.PASSWORD_CHANGED, user_id, now=NOW)

    def verb() -> Verb[None]:
        for _ in range(times):
            yield from notify("default", notice)

    await store._driver.write(verb)


async def queued(store: Store) -> tuple[DueMail, ...]:
    return await store.list_mails(most=10, now=NOW)


def with_user(url: str, work: Any) -> None:
    async def run() -> None:
        async with await open_store(url) as store:
            await work(store, await World(store).user())

    asyncio.run(run())


@pytest.mark.requirement("security:43:told-in-the-same-transaction")
def test_notice_goes_to_the_verified_primary_address(store_url: str, rows: Any) -> None:
    async def work(store: Store, user_id: str) -> None:
        await rows.write(store, update(users).values(locale="fr"))
        await add_address(rows, store, user_id)
        await add_address(rows, store, user_id, address="b@example.com", is_primary=False)
        await tell(store, user_id)
        (mail,) = await queued(store)
        assert (mail.kind, mail.to, mail.locale) == (
            MailKind.PASSWORD_CHANGED,
            "Alice@example.com",
            "fr",
        )
        assert mail.told == notice_of(MailKind.PASSWORD_CHANGED, user_id, now=NOW).values
        assert mail.sealed is None

    with_user(store_url, work)


def test_account_without_a_verified_address_is_told_nothing(store_url: str, rows: Any) -> None:
    async def work(store: Store, user_id: str) -> None:
        await tell(store, user_id)
        await add_address(rows, store, user_id, verified_at=None)
        await tell(store, user_id)
        assert await queued(store) == ()

    with_user(store_url, work)


def test_one_notice_is_queued_once(store_url: str, rows: Any) -> None:
    async def work(store: Store, user_id: str) -> None:
        await add_address(rows, store, user_id)
        await tell(store, user_id, times=2)
        await tell(store, user_id)
        assert len(await queued(store)) == 1

    with_user(store_url, work)


@pytest.mark.requirement("security:43:told-in-the-same-transaction")
def test_notice_of_a_change_that_fails_does_not_exist(store_url: str, rows: Any) -> None:
    async def work(store: Store, user_id: str) -> None:
        await add_address(rows, store, user_id)
        twice = Statement(insert(users).values(tenant="default", id=user_id))

        def verb() -> Verb[None]:
            yield from notify("default", notice_of(MailKind.FACTOR_ADDED, user_id, now=NOW))
            yield Step(twice, {})

        with pytest.raises(Exception, match="constraint"):
            await store._driver.write(verb)
        assert await queued(store) == ()

    with_user(store_url, work)
