"""What a store says when it cannot do its work.

StoreError
├── StoreUnavailable   the database cannot be reached, read or written; says why and what helps
├── StoreBusy          too much is waiting; the same call may succeed a moment later
├── StoreConflict      an id or hash that must be unique exists already
├── SchemaOutdated     the tables are older or newer than this program
│   └── SchemaMissing  there are none, so nothing is lost by making them
└── LiveStore          a demonstration may not begin in a store with users of its own

A refused token or a taken name is no error: verbs return it as an outcome.
"""

__all__ = [
    "RETRY_AFTER_SECONDS",
    "LiveStore",
    "SchemaMissing",
    "SchemaOutdated",
    "StoreBusy",
    "StoreConflict",
    "StoreError",
    "StoreUnavailable",
]

RETRY_AFTER_SECONDS = 1  # a full queue of 1,024 units drains in a fraction of this


class StoreError(Exception):
    """A failure of ours. `str()` is for the operator; the peer sees `public` only."""

    code = "store_error"
    public = "the server cannot answer this at the moment"

    def __init__(self, cause: str, *, fix: str) -> None:
        super().__init__(f"{cause}; {fix}")
        self.cause = cause
        self.fix = fix

    def __reduce__(self) -> tuple[object, ...]:
        """Say how it is made again in the process that asked another one."""
        return _again, (type(self), self.cause, self.fix)


class StoreUnavailable(StoreError):
    """The database cannot be reached, read or written."""

    code = "store_unavailable"
    retry_after_seconds = RETRY_AFTER_SECONDS


class StoreBusy(StoreError):
    """Too much is waiting for the database; nothing of this call was or will be done."""

    code = "store_busy"
    retry_after_seconds = RETRY_AFTER_SECONDS


class StoreConflict(StoreError):
    """An id or a hash that must be unique exists already; nothing of this call was done."""

    code = "store_conflict"


class SchemaOutdated(StoreError):
    """The stored schema is not the one that this program was written for."""

    code = "schema_outdated"


class SchemaMissing(SchemaOutdated):
    """There is no file, or no table in it."""

    code = "schema_missing"


class LiveStore(StoreError):
    """The store holds users that no demonstration made."""

    code = "live_store"


def _again(kind: type[StoreError], cause: str, fix: str) -> StoreError:
    return kind(cause, fix=fix)
