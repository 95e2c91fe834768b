"""No statement reads more of a tenant than it needs, and none reads another tenant.

Source: ARCHITECTURE section 3 (every statement can be answered by one shard).
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import apsw
import pytest

from watchword.stores import verbs
from watchword.stores.statement import Lock, Statement, for_postgresql, for_sqlite
from watchword.stores.verbs.upkeep.sweep import Sweep

# These read a whole table of the tenant: few rows, or a list that was asked for.
WHOLE = {
    "clients.records._DECLARED_CLIENTS",
    "clients.records._DEFAULT",  # one row, by an index of such rows
    "clients.records._LIST",
    "clients.records._ORIGINS",  # a few rows, by an index of such rows
    "clients.records._NO_DEFAULT_CLIENT",
    "clients.records._NO_DEFAULT_RESOURCE",
    "clients.records._RETIRE_RESOURCES",
    "upkeep.keys._LIST",
    "outbox._LIST",
    "passwords._HISTOGRAM",
    "users._LIST",
    "users._LIST_ROLES",
    "administration.administrators.LOCK_ADMINISTRATORS",
    "administration.roles._HELD",
    "administration.roles._LIST",
    "administration.roles._LOCK_ROLES",
    "administration.roles._PAIRS",
    "administration.people._FOUND",
    "administration.people._PAGE",
    "administration.search._ROLES",
    "administration.shares._LISTS",
}
# These stop at a number of rows, however many there are.
COUNTED = {
    "administration.figures._SESSIONS",
    "administration.figures._USERS",
    "administration.search._NEWEST_CLIENTS",
}
# An export and a deletion are rare, and their person has just proved who they are.
FOR_ONE_PERSON = {
    "accounts.deletion._FORGET_SIGNUPS",
    "accounts.deletion._STEPS",
    "accounts.deletion.OTHER_ADMINISTRATORS",  # only where an administrator is to lose something
    "administration.administrators.OTHER_ADMINISTRATORS",
    "accounts.export._READ",
}
# The end of a client is rare, and what is under way lives for minutes.
FOR_ONE_CLIENT = {"clients.endings._END"}
FOR_GOOD = {"accounts.deletion._LOCK"}  # the row goes, so nothing may be hung on it any more
SMALL = ("tenants", "signing_keys", "role_closure")  # a row or a few
STOPS_AT_THE_FIRST = {
    "clients.changes._HAS_ADDED",  # or at the second
    "upkeep.tenants._MARK",
}


def statements() -> Iterator[tuple[str, Statement]]:
    for module in walk_packages(verbs.__path__, f"{verbs.__name__}."):
        room = module.name.removeprefix(f"{verbs.__name__}.")
        for name, value in vars(import_module(module.name)).items():
            several = value if isinstance(value, tuple) else (value,)
            for number, statement in enumerate(several):
                suffix = f"[{number}]" if value is several else ""
                if isinstance(statement, Statement):
                    yield f"{room}.{name}{suffix}", statement
                elif isinstance(statement, Sweep):
                    yield f"{room}.{name}{suffix}.look", statement.look
                    yield f"{room}.{name}{suffix}.delete", statement.delete


ALL = dict(statements())


@pytest.fixture
def planner(sqlite_url: str, tmp_path: Path) -> apsw.Connection:
    return apsw.Connection(str(tmp_path / "store.db"))


@pytest.mark.parametrize(
    "name", [name for name, statement in ALL.items() if not isinstance(statement, Lock)]
)
def test_statement_finds_its_rows_by_an_index(name: str, planner: apsw.Connection) -> None:
    text = for_sqlite(ALL[name])
    plan = planner.execute(f"EXPLAIN QUERY PLAN {text.sql}", [None] * len(text.order))
    for *_, detail in plan:
        if "(tenant=?)" in detail and not detail.split()[1].startswith(SMALL):
            assert {name, name.partition("[")[0]} & (
                WHOLE | COUNTED | FOR_ONE_PERSON | FOR_ONE_CLIENT | STOPS_AT_THE_FIRST
            ), detail
        if detail.startswith("SCAN"):
            assert detail in {
                "SCAN CONSTANT ROW",
                "SCAN json_each VIRTUAL TABLE INDEX 1:",  # the members of one value
                "SCAN dead",
                "SCAN dead_families",
                "SCAN due",
                "SCAN administrators",
                "SCAN counted",
            }


@pytest.mark.parametrize(
    "name",
    ["administration.people._PAGE", "administration.search._ADDRESSES", "clients.changes._PAGE"],
)
def test_page_is_read_in_the_order_of_its_index(name: str, planner: apsw.Connection) -> None:
    """However long the list is, a page costs its own rows: nothing is sorted."""
    text = for_sqlite(ALL[name])
    plan = planner.execute(f"EXPLAIN QUERY PLAN {text.sql}", [None] * len(text.order))
    details = [str(detail) for *_, detail in plan]
    assert any("(tenant=? AND " in detail and ">?" in detail for detail in details)
    assert not any("TEMP B-TREE" in detail for detail in details)


@pytest.mark.parametrize("name", ALL)
def test_statement_is_bound_to_a_tenant(name: str) -> None:
    """Source: security.md rule 95."""
    for compile_for in (for_sqlite, for_postgresql):
        assert {"in_tenant", "tenant"} & set(compile_for(ALL[name]).order)


@pytest.mark.parametrize(
    "name", [name for name, statement in ALL.items() if isinstance(statement, Lock)]
)
def test_lock_is_one_of_postgresql(name: str) -> None:
    sql = for_postgresql(ALL[name]).sql
    wanted = ("FOR UPDATE",) if name in FOR_GOOD else ("FOR NO KEY UPDATE", "FOR SHARE")
    assert any(lock in sql for lock in wanted)
