"""The MetaData of the tables: other tables point at accounts. Source: users.md U10."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import Column, ForeignKeyConstraint, Integer, MetaData, Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.accounts.users import NewUser
from watchword.stores import DEFAULT_TENANT, metadata, migrate, open_store

USERS = metadata.tables["users"]
NOTES = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("tenant", Text, nullable=False, server_default=DEFAULT_TENANT),
    Column("owner", Text, nullable=False),
    ForeignKeyConstraint(["tenant", "owner"], [USERS.c.tenant, USERS.c.id], ondelete="CASCADE"),
)


@pytest.mark.postgres
@pytest.mark.requirement("users:U10:sqlalchemy-metadata")
def test_row_of_an_application_points_at_an_account_and_goes_with_it(postgres_url):
    async def run():
        await migrate(postgres_url)
        theirs = await asyncpg.connect(postgres_url)
        async with await open_store(postgres_url) as store:
            await store.add_user(NewUser("user_1", "ada", None, frozenset(), 1))
            await theirs.execute(str(CreateTable(NOTES).compile(dialect=postgresql.dialect())))
            await theirs.execute("INSERT INTO notes (id, owner) VALUES (1, 'user_1')")
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await theirs.execute("INSERT INTO notes (id, owner) VALUES (2, 'user_2')")
            deleted = await store.delete_account(DeleteAccount("user_1", None, 2))
            assert deleted is DeletionOutcome.DELETED
            assert await theirs.fetchval("SELECT count(*) FROM notes") == 0
        await theirs.close()

    asyncio.run(run())
