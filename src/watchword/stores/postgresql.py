"""PostgreSQL as a driver: a pool for each event loop, each verb one transaction.

Verbs lock what they decide on before they read it, at READ COMMITTED: a statement after the lock
sees everything that the holder before committed. What a lock cannot order (two nodes that insert
the same name, a deadlock) the server reports, and the whole transaction runs again.

Source: ARCHITECTURE section 3; security.md D4.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import asyncpg  # type: ignore[import-untyped]  # it has annotations and no marker that says so

from watchword.base.database_url import PostgreSQLAddress
from watchword.stores.errors import (
    SchemaOutdated,
    StoreBusy,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from watchword.stores.statement import Outcome, Rows, Step, Verb, for_postgresql

__all__ = ["PostgreSQLDriver"]

CONNECTIONS_MAX = 10  # for each event loop; ten nodes stay within the server's default of 100
ATTEMPTS_MAX = 5
CONNECT_SECONDS_MAX = 5.0
ACQUIRE_SECONDS_MAX = 10.0
STATEMENT_SECONDS_MAX = 10.0
MIGRATION_LOCK = 0x77617463  # "watc": one migration at a time on a server

# Acknowledged means durable, also where the server's default is not; and a node that stops in the
# middle of a transaction must not keep its locks. Set with SQL, since poolers refuse unknown
# start-up parameters.
_SETTINGS = """
SELECT set_config('application_name', 'watchword', false),
       set_config('lock_timeout', '5s', false),
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('idle_in_transaction_session_timeout', '10s', false),
       CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', false) END
"""
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    OSError,
)
_AGAIN = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,  # a verb looks before it inserts; the winner came between
)

# The first row that fits speaks; each has the classes, the error, its cause and its remedy.
_CAUSES: tuple[tuple[tuple[type[BaseException], ...], type[StoreError], str, str], ...] = (
    (
        (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError),
        SchemaOutdated,
        "the tables of {where} are not this program's",
        "run `watchword migrate`",
    ),
    (
        (asyncpg.IntegrityConstraintViolationError,),
        StoreConflict,
        "{where}: {error}",
        "use an id that is not taken",
    ),
    (
        (
            asyncpg.LockNotAvailableError,
            asyncpg.TooManyConnectionsError,
            asyncpg.SerializationError,
            asyncpg.DeadlockDetectedError,
        ),
        StoreBusy,
        "{where}: {error}",
        "look for slow statements on the server",
    ),
    (
        (asyncpg.InvalidCatalogNameError,),
        StoreUnavailable,
        "{where} does not exist",
        "create the database or correct the URL",
    ),
    (
        (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError),
        StoreUnavailable,
        "{where} refuses the user",
        "check user, password and privileges",
    ),
    (
        (asyncpg.ReadOnlySQLTransactionError,),
        StoreUnavailable,
        "{where} is a standby",
        "connect to the primary",
    ),
    (
        (TimeoutError,),
        StoreUnavailable,
        "{where} did not answer in time",
        "check the server",
    ),
    (
        _LOST,
        StoreUnavailable,
        "{where} cannot be reached: {error}",
        "start the server or correct the URL",
    ),
)


class _Connection(Protocol):
    """As much of asyncpg's connection as is used here; asyncpg itself ships no types."""

    async def execute(self, query: str, *arguments: object) -> str: ...
    async def fetch(self, query: str, *arguments: object) -> Rows: ...
    async def fetchval(self, query: str, *arguments: object) -> Any: ...
    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[object]: ...


class _Pool(Protocol):
    """As much of asyncpg's pool as is used here."""

    async def acquire(self, *, timeout: float) -> _Connection: ...  # noqa: ASYNC109  # asyncpg's name
    async def release(self, connection: _Connection) -> None: ...
    async def close(self) -> None: ...
    def terminate(self) -> None: ...
    def get_size(self) -> int: ...


@dataclass(slots=True)
class _Loop:
    """What belongs to one event loop."""

    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    pool: _Pool | None = None


class PostgreSQLDriver:
    """One database. Any number of event loops may share it; each has a pool of its own."""

    def __init__(self, address: PostgreSQLAddress) -> None:
        self._address = address
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop] = WeakKeyDictionary()
        self._loops_lock = threading.Lock()
        self._is_closed = False

    async def revision(self) -> str | None:
        """Return the revision that the database was migrated to."""
        with_table = "SELECT to_regclass('alembic_version') IS NOT NULL"
        async with self._translated(), self._connection() as connection:
            if not await connection.fetchval(with_table):
                return None
            found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
            return found

    async def write(self, verb: Callable[[], Verb[Outcome]]) -> Outcome:
        """Run the verb in one transaction; again where the server asks for it."""
        async with self._translated():
            for attempt in range(1, ATTEMPTS_MAX + 1):
                try:
                    return await self._transact(verb())
                except _AGAIN:
                    if attempt == ATTEMPTS_MAX:
                        raise
        raise AssertionError("the last attempt returns or raises")

    async def read(self, verb: Verb[Outcome]) -> Outcome:
        """Run a verb of one statement, which needs no transaction."""
        async with self._translated(), self._connection() as connection:
            return await _play(verb, connection)

    async def read_together(self, verb: Verb[Outcome]) -> Outcome:
        """Run the verb in a transaction whose first statement takes the snapshot of all."""
        async with (
            self._translated(),
            self._connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await _play(verb, connection)

    async def migrate(self, script: Callable[[str | None], str]) -> str | None:
        """Run the SQL that leads from the stored revision to the present one, in one transaction.

        Returns:
            The revision that was stored before.
        """
        async with self._translated(), self._connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
            before: str | None = None
            if await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
                before = await connection.fetchval("SELECT version_num FROM alembic_version")
            if sql := script(before):
                await connection.execute(sql)
            return before

    async def release(self) -> None:
        """Close the pool of this event loop."""
        with self._loops_lock:
            own = self._loops.pop(asyncio.get_running_loop(), None)
        if own is not None and own.pool is not None:
            await own.pool.close()

    async def close(self) -> None:
        """Close this event loop's pool, and cut the others' connections off."""
        self._is_closed = True
        await self.release()
        with self._loops_lock:
            others = dict(self._loops)
            self._loops.clear()
        for loop, own in others.items():
            if own.pool is not None and not loop.is_closed():
                loop.call_soon_threadsafe(own.pool.terminate)

    async def _transact(self, verb: Verb[Outcome]) -> Outcome:
        async with self._connection() as connection, connection.transaction():
            return await _play(verb, connection)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        pool = await self._pool()
        try:
            connection = await pool.acquire(timeout=ACQUIRE_SECONDS_MAX)
        except TimeoutError as error:
            if pool.get_size() < CONNECTIONS_MAX:
                raise  # a connection was free to be made, and was not made in time
            raise StoreBusy(
                f"all {CONNECTIONS_MAX} connections to {self._address} are in use",
                fix="look for slow statements or locks on the server, or add nodes",
            ) from error
        except asyncpg.InterfaceError:
            raise  # the driver's own word for a parameter, and a ValueError as well
        except (ValueError, OverflowError) as error:
            # What the driver reads beside the URL: variables such as PGPORT, and files they name.
            raise StoreUnavailable(
                f"{self._address} cannot be reached: a PG... variable of the environment, or a "
                "parameter of the URL, cannot be read",
                fix="correct it",
            ) from error
        try:
            yield connection
        finally:
            await pool.release(connection)

    async def _pool(self) -> _Pool:
        if self._is_closed:
            raise StoreUnavailable(f"{self._address} is closed", fix="open the store again")
        loop = asyncio.get_running_loop()
        with self._loops_lock:
            own = self._loops.setdefault(loop, _Loop())
        async with own.opening:
            if own.pool is None:
                own.pool = await asyncpg.create_pool(
                    self._address.dsn,
                    min_size=0,
                    max_size=CONNECTIONS_MAX,
                    timeout=CONNECT_SECONDS_MAX,
                    command_timeout=STATEMENT_SECONDS_MAX,
                    init=_configure,
                    reset=_keep,
                )
        return own.pool

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except (*_LOST, asyncpg.PostgresError, TimeoutError) as error:
            raise _translate(str(self._address), error) from error


async def _play(verb: Verb[Outcome], connection: _Connection) -> Outcome:
    try:
        step = next(verb)
        while True:
            step = verb.send(await _execute(connection, step))
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


async def _execute(connection: _Connection, step: Step) -> Rows:
    text = for_postgresql(step.statement)
    return await connection.fetch(text.sql, *text.arguments(step.parameters))


async def _configure(connection: _Connection) -> None:
    await connection.execute(_SETTINGS)


async def _keep(connection: _Connection) -> None:
    """Leave a returned connection as it is: transactions leave no state behind."""


def _translate(where: str, error: BaseException) -> StoreError:
    for classes, kind, cause, fix in _CAUSES:
        if isinstance(error, classes):
            return kind(cause.format(where=where, error=error), fix=fix)
    return StoreUnavailable(f"{where}: {error}", fix="check the server's log")
