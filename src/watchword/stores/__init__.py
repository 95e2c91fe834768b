"""The rooms' rows: one schema, one set of verbs, two databases.

Owns the schema, its migrations, the group-commit writer of SQLite and the pool of PostgreSQL.
Implements the store protocols of `keys`, `accounts` and `oauth`; ARCHITECTURE section 3.
Leaves every decision that is not a WHERE to the rooms that ask.
"""

from watchword.stores.errors import (
    LiveStore,
    SchemaMissing,
    SchemaOutdated,
    StoreBusy,
    StoreConflict,
    StoreError,
    StoreUnavailable,
)
from watchword.stores.migration import Migration, migrate, plan_migration
from watchword.stores.store import DEFAULT_TENANT, Store, open_store

__all__ = [
    "DEFAULT_TENANT",
    "LiveStore",
    "Migration",
    "SchemaMissing",
    "SchemaOutdated",
    "Store",
    "StoreBusy",
    "StoreConflict",
    "StoreError",
    "StoreUnavailable",
    "migrate",
    "open_store",
    "plan_migration",
]
