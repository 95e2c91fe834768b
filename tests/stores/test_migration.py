"""Migrations: equal to the schema, in one transaction, one at a time.

Source: users.md U83; security.md rule 107.
"""

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from watchword.oauth.clients import Declared, Resource
from watchword.stores import (
    Migration,
    SchemaMissing,
    SchemaOutdated,
    StoreUnavailable,
    migrate,
    open_store,
    plan_migration,
)
from watchword.stores import migration as module
from watchword.stores.schema import REVISION, metadata
from watchword.stores.schema.columns import POSTGRESQL_WHERE

# Everything that a catalogue says about tables: columns, constraints, indexes.
CATALOGUE = (
    """SELECT table_name, column_name, data_type, is_nullable, column_default
       FROM information_schema.columns WHERE table_schema = 'public'""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
)


def schema_sql(dialect: Any) -> list[str]:
    for index in (index for table in metadata.sorted_tables for index in table.indexes):
        if POSTGRESQL_WHERE in index.info:
            index.dialect_options["postgresql"]["where"] = index.info[POSTGRESQL_WHERE]
    return [
        str(create.compile(dialect=dialect))
        for table in metadata.sorted_tables
        for create in (CreateTable(table), *map(CreateIndex, table.indexes))
    ]


def in_file(path: Path) -> set[str]:
    """Return the statements that SQLite keeps, each with its columns and constraints sorted."""
    rows = apsw.Connection(str(path)).execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite%'"
        " AND tbl_name <> 'alembic_version'"
    )
    flat = (" ".join(sql.split()).replace(" ) WITHOUT", ", ) WITHOUT") for (sql,) in rows)
    return {" | ".join(sorted(sql.split(", "))) for sql in flat}


@pytest.mark.requirement("stores:migration")
def test_migrations_make_the_schema_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    direct = tmp_path / "direct.db"
    connection = apsw.Connection(str(direct))
    for sql in schema_sql(sqlite.dialect()):
        connection.execute(sql)
    assert in_file(tmp_path / "store.db") == in_file(direct)


@pytest.mark.postgres
def test_migrations_make_the_schema_on_postgresql(postgres_cluster: Any, postgres_url: str) -> None:
    direct = postgres_cluster.create()

    async def catalogue(url: str) -> list[set[tuple[Any, ...]]]:
        connection = await asyncpg.connect(url)
        try:
            return [
                {tuple(row) for row in await connection.fetch(query) if "alembic" not in row[0]}
                for query in CATALOGUE
            ]
        finally:
            await connection.close()

    async def compare() -> None:
        await migrate(postgres_url)
        connection = await asyncpg.connect(postgres_cluster.url(direct))
        for sql in schema_sql(postgresql.dialect()):
            await connection.execute(sql)
        await connection.close()
        assert await catalogue(postgres_url) == await catalogue(postgres_cluster.url(direct))

    asyncio.run(compare())


def test_migrating_twice_changes_nothing(store_url: str) -> None:
    assert asyncio.run(migrate(store_url)) == Migration(REVISION, REVISION)
    assert not asyncio.run(migrate(store_url)).changed
    assert asyncio.run(plan_migration(store_url)) == ""


def test_plan_shows_the_sql_and_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    plan = asyncio.run(plan_migration(f"sqlite:///{path}"))
    assert "CREATE TABLE refresh_tokens" in plan
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_plan_for_an_empty_postgresql_changes_nothing(postgres_url: str) -> None:
    for _ in range(2):
        assert "CREATE TABLE refresh_tokens" in asyncio.run(plan_migration(postgres_url))


def test_new_file_is_its_owners_alone(sqlite_url: str, tmp_path: Path) -> None:
    """Source: security.md rule 101."""
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_migrations_beside_one_another_make_one_schema(tmp_path: Path) -> None:
    """Two processes that start on nothing at the same time."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    code = "import asyncio, sys; from watchword import stores\n"
    code += "asyncio.run(stores.migrate(sys.argv[1]))"
    running = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]

    async def opens() -> None:
        await (await open_store(url)).close()

    asyncio.run(opens())


@pytest.mark.postgres
def test_migrations_beside_one_another_make_one_schema_on_postgresql(postgres_url: str) -> None:
    async def together() -> list[Migration]:
        return await asyncio.gather(*(migrate(postgres_url) for _ in range(3)))

    assert sorted(found.changed for found in asyncio.run(together())) == [False, False, True]


def test_store_without_tables_names_the_command(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    with pytest.raises(SchemaMissing, match=r"no database at .*watchword migrate"):
        asyncio.run(open_store(f"sqlite:///{path}"))
    path.touch()
    with pytest.raises(SchemaMissing, match="holds no tables; run `watchword migrate`"):
        asyncio.run(open_store(f"sqlite:///{path}"))


def test_store_of_a_newer_program_is_left_alone(store_url: str, rows: Any) -> None:
    async def meet() -> None:
        store = await open_store(store_url)
        await rows.write(store, text("UPDATE alembic_version SET version_num = '9999'"))
        await store.close()
        with pytest.raises(SchemaOutdated, match=f"revision 9999, this program knows {REVISION}"):
            await open_store(store_url)
        for refuse in (migrate, plan_migration):
            with pytest.raises(SchemaOutdated, match="newer version of watchword"):
                await refuse(store_url)

    asyncio.run(meet())


def test_store_of_an_older_program_names_the_command(store_url: str, rows: Any) -> None:
    async def meet() -> None:
        store = await open_store(store_url)
        await rows.write(store, text("UPDATE alembic_version SET version_num = '0000'"))
        await store.close()
        with pytest.raises(SchemaOutdated, match=f"needs {REVISION}; run `watchword migrate`"):
            await open_store(store_url)

    asyncio.run(meet())


@pytest.mark.requirement("stores:migration")
def test_failed_migration_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    whole = module._sql
    with monkeypatch.context() as patched:
        patched.setattr(module, "_sql", lambda *where: whole(*where) + "\nSELECT * FROM nowhere;")
        with pytest.raises(StoreUnavailable, match="no such table: nowhere"):
            asyncio.run(migrate(url))
    assert asyncio.run(migrate(url)) == Migration(None, REVISION)


@pytest.mark.requirement("stores:migration")
def test_clients_of_the_first_revision_count_as_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but a declaration had a way to make one."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with monkeypatch.context() as patched:
        patched.setattr(module, "REVISION", "0001")
        asyncio.run(migrate(url))
    with contextlib.closing(apsw.Connection(str(tmp_path / "store.db"))) as connection:
        connection.execute("INSERT INTO tenants VALUES ('default', 1, 1, 0)")
        connection.execute("INSERT INTO clients VALUES ('default', 'app', 'App', 1, 1, 1, NULL)")
    assert asyncio.run(migrate(url)) == Migration("0001", REVISION)

    async def declare_another() -> None:
        api = Resource("api", (), is_default=True)
        async with await open_store(url) as store:
            assert await store.find_client("app") is not None
            await store.declare(Declared((), (), only_resource=api), now=1)
            assert await store.find_client("app") is None

    asyncio.run(declare_another())


@pytest.mark.requirement("stores:migration")
def test_opening_a_store_imports_no_alembic(sqlite_url: str) -> None:
    """Source: users.md U83."""
    code = (
        "import asyncio, sys; from watchword.stores import open_store\n"
        "async def go(): await (await open_store(sys.argv[1])).close()\n"
        "asyncio.run(go()); print([m for m in ('alembic', 'asyncpg') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, sqlite_url], check=True, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "[]"
