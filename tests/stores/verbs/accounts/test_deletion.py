"""After a deletion no row of any table knows the person."""

import asyncio

import pytest
from sqlalchemy import Delete, insert, select, update
from tests.stores.test_atomicity import scene_of

from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.stores import open_store
from watchword.stores.schema import (
    challenges,
    emails,
    events,
    flows,
    known_devices,
    metadata,
    outbox,
    passkeys,
    recovery_codes,
    signups,
    totps,
)
from watchword.stores.verbs.accounts.deletion import _STEPS
from watchword.testing.store_conformance.world import NOW

PERSONAL = "alice@example.com"


def filled(table, user_id):
    """Return a row with something in every column."""
    values = {"tenant": "default", "user_id": user_id, "address": PERSONAL, "detail": "{}"}
    return {
        column.name: values.get(column.name, _some(column))
        for column in table.columns
        if column.name in values or not column.nullable
    }


def _some(column):
    kind = column.type.python_type
    return {int: 1, str: "personal", bytes: b"personal", bool: True}[kind]


@pytest.mark.requirement("users:U46:deletion-leaves-nothing")
def test_every_table_that_knows_a_user_is_emptied_of_it():
    emptied = {step.expression.table.name for step in _STEPS if isinstance(step.expression, Delete)}
    knowing = {table.name for table in metadata.sorted_tables if "user_id" in table.c}
    assert knowing - {"events"} <= emptied


@pytest.mark.requirement("users:U46:deletion-leaves-nothing")
def test_a_deleted_account_leaves_no_row_but_blank_events(store_url, rows):
    async def delete():
        async with await open_store(store_url) as store:
            scene = await scene_of(store)
            user_id = scene.user_id
            tables = (
                emails, events, flows, challenges, known_devices, passkeys, totps, outbox,
                recovery_codes, signups,
            )  # fmt: skip
            for table in tables:
                values = filled(table, user_id)
                columns = set(table.c.keys())
                row = {name: value for name, value in values.items() if name in columns}
                await rows.write(store, insert(table).values(row))
            await rows.write(store, update(events).values(device="Firefox", address="192.0.2.7"))
            before = await rows.everything(store)
            assert sum(user_id in row for found in before.values() for row in found) > len(tables)
            outcome = await store.delete_account(DeleteAccount(user_id, None, NOW))
            assert outcome is DeletionOutcome.DELETED
            after = await rows.everything(store)
            left = {name: found for name, found in after.items() if user_id in repr(found)}
            assert set(left) <= {"events", "revocations"}  # guards are told of the random id
            assert PERSONAL not in repr(after)
            assert "alice" not in repr(after)
            kept = await rows.of(store, select(events.c.address, events.c.device, events.c.detail))
            assert set(kept) == {(None, None, "{}")}
            for table in metadata.sorted_tables:
                if "user_id" in table.c and table is not events:
                    assert await rows.of(store, select(table.c.user_id)) == [], table.name

    asyncio.run(delete())
