"""Migration: Alembic writes the SQL, the drivers of the store run it, in one transaction.

Alembic works offline here: it never opens a database, because only apsw may open a store file, and
because a server that starts compares one stored revision with a constant and imports none of this.

Source: users.md U83; security.md rule 107 and section 9.
"""

import io
from functools import cache
from pathlib import Path

from watchword.base.database_url import Address, SQLiteAddress, parse_address
from watchword.base.records import dataclass
from watchword.stores.errors import SchemaOutdated
from watchword.stores.schema import REVISION

__all__ = ["Migration", "migrate", "plan_migration"]

_SCRIPTS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did: revisions before and after; None is an empty database."""

    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        """Whether anything had to be done."""
        return self.before != self.after


async def migrate(url: str) -> Migration:
    """Create or upgrade the tables, in one transaction; several processes take turns.

    Raises:
        MalformedDatabaseURL: the URL names no database.
        SchemaOutdated: the database is of a newer program.
        StoreUnavailable: names the cause and the remedy.
    """
    address = parse_address(url)

    def script(before: str | None) -> str:
        return _sql(address, before)

    if isinstance(address, SQLiteAddress):
        from watchword.stores.sqlite.connection import create_file  # noqa: PLC0415  # one driver is enough
        from watchword.stores.sqlite.driver import migrate_file  # noqa: PLC0415  # as above

        create_file(address.path)
        return Migration(migrate_file(address.path, script), REVISION)
    from watchword.stores.postgresql import PostgreSQLDriver  # noqa: PLC0415  # asyncpg is an extra

    driver = PostgreSQLDriver(address)
    try:
        return Migration(await driver.migrate(script), REVISION)
    finally:
        await driver.close()


async def plan_migration(url: str) -> str:
    """Return the SQL that `migrate` would run, without touching the database.

    Raises:
        As `migrate`.
    """
    address = parse_address(url)
    return _sql(address, await _revision(address))


async def _revision(address: Address) -> str | None:
    if isinstance(address, SQLiteAddress):
        from watchword.stores.sqlite.driver import read_revision  # noqa: PLC0415  # one driver is enough

        return read_revision(address.path)
    from watchword.stores.postgresql import PostgreSQLDriver  # noqa: PLC0415  # asyncpg is an extra

    driver = PostgreSQLDriver(address)
    try:
        return await driver.revision()
    finally:
        await driver.close()


def _sql(address: Address, before: str | None) -> str:
    try:
        dialect = "sqlite" if isinstance(address, SQLiteAddress) else "postgresql"
        return _script(dialect, before, REVISION)
    except LookupError:
        raise SchemaOutdated(
            f"{address} has revision {before}, which this program does not know",
            fix="run the newer version of watchword that migrated it",
        ) from None


@cache  # the same way has the same text, and Alembic takes a tenth of a second to write it
def _script(dialect: str, before: str | None, after: str) -> str:
    """Return the SQL that leads from one revision to another.

    Raises:
        LookupError: the revision is unknown.
    """
    from alembic.config import Config  # noqa: PLC0415  # U83: imported by a migration only
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415  # as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # as above

    scripts = ScriptDirectory(str(_SCRIPTS))
    if before not in {None, *(known.revision for known in scripts.walk_revisions())}:
        raise LookupError(before)
    text = io.StringIO()
    with EnvironmentContext(
        Config(),
        scripts,
        fn=lambda revision, _: scripts._upgrade_revs(after, revision),  # noqa: SLF001  # what Alembic's own `upgrade` calls
        as_sql=True,
        starting_rev=before,
        destination_rev=after,
    ) as environment:
        environment.configure(
            dialect_name=dialect,
            # The transaction is the driver's, and holds the check of the revision as well.
            transactional_ddl=False,
            output_buffer=text,
        )
        environment.run_migrations()
    return text.getvalue()
