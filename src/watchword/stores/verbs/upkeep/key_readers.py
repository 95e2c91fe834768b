"""Verifiers and the age of the keys that they hold: one row each, gone a day after the last word.

Source: oauth.md K-4, S-8.
"""

from sqlalchemy import and_, case, delete, select

from watchword.keys.readers import PROCESSES_MAX, READER_SECONDS, KeyReader
from watchword.stores.schema import key_readers
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, number, text
from watchword.stores.verbs.upkeep.sweep import SWEEP_KEY_READERS, SWEPT_ROWS_MAX, clear
from watchword.stores.verbs.upsert import insert

__all__ = ["list_key_readers", "note_key_reader"]

_READ_AT = number("read")
# Both databases spell the clause alike, and each compiles the expression of the other's dialect.
_NOTE = Statement(
    insert(key_readers)
    .values(
        tenant=TENANT,
        verifier=text("the_verifier"),
        process=text("the_process"),
        read_at=_READ_AT,
        purge_at=number("purge"),
    )
    .on_conflict_do_update(
        index_elements=[column.name for column in key_readers.primary_key],
        set_={
            "read_at": case(
                (key_readers.c.read_at > _READ_AT, key_readers.c.read_at), else_=_READ_AT
            ),
            "purge_at": number("purge"),
        },
    )
)
_OF_VERIFIER = and_(key_readers.c.tenant == TENANT, key_readers.c.verifier == text("the_verifier"))
_SURPLUS = Statement(
    delete(key_readers).where(
        and_(
            _OF_VERIFIER,
            key_readers.c.process.in_(
                select(key_readers.c.process)
                .where(_OF_VERIFIER)
                .order_by(key_readers.c.purge_at.desc(), key_readers.c.process)
                .limit(SWEPT_ROWS_MAX)
                .offset(PROCESSES_MAX)
            ),
        )
    )
)
_LIST = Statement(
    select(
        key_readers.c.verifier,
        key_readers.c.process,
        key_readers.c.read_at,
        key_readers.c.purge_at,
    )
    .where(and_(key_readers.c.tenant == TENANT, key_readers.c.purge_at > NOW))
    .order_by(key_readers.c.purge_at)
)


def note_key_reader(
    tenant: str, verifier: str, process: str, *, is_current: bool, now: int
) -> Verb[None]:
    """Write a verifier down; what it once held is not forgotten where it holds less.

    Of its processes only the latest stay, so that one verifier that names itself anew with each
    request costs no more than any other.
    """
    where: Parameters = {"in_tenant": tenant, "the_verifier": verifier}
    yield Step(
        _NOTE,
        {
            **where,
            "the_process": process,
            "read": now if is_current else 0,
            "purge": now + READER_SECONDS,
        },
    )
    yield Step(_SURPLUS, where)
    yield from clear(tenant, SWEEP_KEY_READERS, now=now)


def list_key_readers(tenant: str, *, now: int) -> Verb[tuple[KeyReader, ...]]:
    """Read the verifiers that were heard of lately."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "at": now})
    found = (
        KeyReader(f"{verifier} {process}", read, purge_at - READER_SECONDS)
        for verifier, process, read, purge_at in rows
    )
    return tuple(sorted(found, key=lambda reader: reader.name))
