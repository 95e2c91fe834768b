"""The rooms' rows: one schema, one set of verbs, two databases.

Owns the schema, its migrations, the group-commit writer of SQLite and the pool of PostgreSQL.
Implements the store protocols of `keys`, `accounts` and `oauth`; ARCHITECTURE section 3.
Leaves every decision that is not a WHERE to the rooms that ask.

Names are imported when first used: a guard knows the errors of a store without its libraries.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    from watchword.stores.schema import metadata
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
    "metadata",
    "migrate",
    "open_store",
    "plan_migration",
]

_HOMES = {
    "stores.migration": ("Migration", "migrate", "plan_migration"),
    "stores.schema": ("metadata",),
    "stores.store": ("DEFAULT_TENANT", "Store", "open_store"),
}
__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES, rest="stores.errors")
