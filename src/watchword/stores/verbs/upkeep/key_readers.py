"""Verifiers and the age of the keys that they hold: one row each, gone a day after the last word.

Source: oauth.md K-4, S-8.
"""

from sqlalchemy import and_, case, select
from sqlalchemy.dialects.postgresql import insert

from watchword.keys.readers import READER_SECONDS, KeyReader
from watchword.stores.schema import key_readers
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, number, text
from watchword.stores.verbs.upkeep.sweep import SWEEP_KEY_READERS, clear

__all__ = ["list_key_readers", "note_key_reader"]

_READ_AT = number("read")
# Both databases spell the clause alike, and each compiles the expression of the other's dialect.
_NOTE = Statement(
    insert(key_readers)
    .values(tenant=TENANT, reader=text("the_reader"), read_at=_READ_AT, purge_at=number("purge"))
    .on_conflict_do_update(
        index_elements=[key_readers.c.tenant, key_readers.c.reader],
        set_={
            "read_at": case(
                (key_readers.c.read_at > _READ_AT, key_readers.c.read_at), else_=_READ_AT
            ),
            "purge_at": number("purge"),
        },
    )
)
_LIST = Statement(
    select(key_readers.c.reader, key_readers.c.read_at, key_readers.c.purge_at)
    .where(and_(key_readers.c.tenant == TENANT, key_readers.c.purge_at > NOW))
    .order_by(key_readers.c.purge_at)
)


def note_key_reader(tenant: str, name: str, *, is_current: bool, now: int) -> Verb[None]:
    """Write a verifier down; what it once held is not forgotten where it holds less."""
    yield Step(
        _NOTE,
        {
            "in_tenant": tenant,
            "the_reader": name,
            "read": now if is_current else 0,
            "purge": now + READER_SECONDS,
        },
    )
    yield from clear(tenant, SWEEP_KEY_READERS, now=now)


def list_key_readers(tenant: str, *, now: int) -> Verb[tuple[KeyReader, ...]]:
    """Read the verifiers that were heard of lately."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "at": now})
    found = (KeyReader(name, read, purge_at - READER_SECONDS) for name, read, purge_at in rows)
    return tuple(sorted(found, key=lambda reader: reader.name))
