"""Fresh databases for the tests of the store, on both kinds, and what must hold in every one."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import and_, func, select

from watchword.stores import Store, migrate, open_store
from watchword.stores.schema import families, metadata, refresh_tokens
from watchword.stores.statement import Statement, Step, Verb

Row = tuple[Any, ...]

# Of each family, how many tokens are neither consumed nor killed.
LIVE = (
    select(families.c.id, families.c.revoked_at, func.count(refresh_tokens.c.token_hash))
    .select_from(
        families.outerjoin(
            refresh_tokens,
            and_(
                refresh_tokens.c.tenant == families.c.tenant,
                refresh_tokens.c.family_id == families.c.id,
                refresh_tokens.c.consumed_at.is_(None),
                refresh_tokens.c.killed_at.is_(None),
            ),
        )
    )
    .group_by(families.c.tenant, families.c.id, families.c.revoked_at)
)


class Rows:
    """Reads whole tables, beside the verbs."""

    async def of(self, store: Store, statement: Any) -> list[Row]:
        def verb() -> Verb[Sequence[Sequence[Any]]]:
            return (yield Step(Statement(statement), {}))

        return sorted((tuple(row) for row in await store._driver.read(verb())), key=repr)

    async def write(self, store: Store, statement: Any) -> None:
        def verb() -> Verb[None]:
            yield Step(Statement(statement), {})

        await store._driver.write(verb)

    async def everything(self, store: Store) -> dict[str, list[Row]]:
        return {table.name: await self.of(store, select(table)) for table in metadata.sorted_tables}

    async def check_invariants(self, url: str) -> None:
        """A family that is not revoked has exactly one live refresh token (security.md I4)."""
        async with await open_store(url) as store:
            found = await self.of(store, LIVE)
        assert [row for row in found if row[1] is None and row[2] != 1] == []
        assert [row for row in found if row[2] > 1] == []


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Make a migrated store file for one test."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    asyncio.run(migrate(url))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Make a migrated database of each kind for one test."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    url = request.getfixturevalue("postgres_url")
    asyncio.run(migrate(url))
    return url
