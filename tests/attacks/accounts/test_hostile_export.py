"""An export that somebody else could write to: what it may not do to the system that imports it.

Source: users.md U110 and U111; security.md rules 35, 49 and 98.
"""

import asyncio
import json

import pytest

from watchword.accounts.imports.candidate import RowRefused
from watchword.accounts.imports.plan import Planner
from watchword.accounts.imports.run import import_rows
from watchword.accounts.imports.sources import SOURCES, rows_of
from watchword.accounts.passwords.hashing import Match, verify_password
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.stores import migrate, open_store

NOW = 1_800_000_000
SSHA = "{SSHA}FM6N1jTf/0PflNiYX1GDVd0V3b/acp0w"  # of the password fargle
COSTLY = "pbkdf2_sha256$2147483647$salt$" + "A" * 43 + "="


@pytest.fixture
def imported(tmp_path):
    """Import rows into a store in which an administrator exists; return what came of it."""

    def run(source, data):
        async def act():
            database = f"sqlite:///{tmp_path}/store.db"
            await migrate(database)
            async with await open_store(database) as store:
                admin = NewUser("user_root", "root", None, frozenset({"admin"}), NOW)
                await store.add_user(admin)
                planner = Planner(chance=chance.SYSTEM, now=NOW, roles={}, seal_totp=None)
                report = await import_rows(
                    rows_of(source, [data]),
                    SOURCES[source].reader,
                    planner=planner,
                    store=store,
                    is_dry_run=False,
                )
                users = {user.name: user for user in await store.list_users()}
                hashes = {
                    name: (await store.find_credential(name, address="")).password_hash
                    for name in users
                }
                return report, users, hashes

        return asyncio.run(act())

    return run


@pytest.mark.requirement("users:U110:no-role-by-accident")
@pytest.mark.parametrize(
    ("source", "row"),
    [
        ("django", {"fields": {"username": "eve", "password": SSHA, "is_superuser": True}}),
        ("fastapi-users", {"email": "eve@example.org", "hashed_password": SSHA, "is_superuser": 1}),
        ("keycloak", {"username": "eve", "realmRoles": ["admin"]}),
        ("jsonl", {"name": "eve", "roles": ["admin"]}),
    ],
)
def test_nobody_becomes_an_administrator_by_an_export(imported, source, row):
    """Only roles that the operator names are given."""
    data = json.dumps(row if source == "jsonl" else [row]).encode()
    if source == "keycloak":
        data = json.dumps({"users": [row]}).encode()
    report, users, _ = imported(source, data)
    assert report.added == 1
    assert [name for name, user in users.items() if user.is_superuser] == ["root"]
    assert report.left_out["role admin"] == 1


def test_existing_account_is_not_taken_over_by_a_spelling_of_its_name(imported):
    """ROOT and its full-width form are root; their hash does not become that of the account."""
    spellings = ("root", "ROOT", "\uff32\uff2f\uff2f\uff34")  # the last in full-width letters
    rows = [{"name": name, "password_hash": SSHA} for name in spellings]
    report, users, hashes = imported("jsonl", "\n".join(map(json.dumps, rows)).encode())
    assert (report.already_there.count, report.duplicates.count) == (1, 2)
    assert hashes == {"root": None}
    assert users["root"].is_superuser


def test_costly_hash_in_an_export_is_left_out_and_costs_nothing(imported):
    """The account comes without a password, and no login with it can stall the server."""
    row = {"name": "eve", "password_hash": COSTLY}
    report, _, hashes = imported("jsonl", json.dumps(row).encode())
    assert hashes["eve"] is None
    assert report.no_password == {"pbkdf2-sha256 costs more than is allowed, or nothing": 1}


def test_hash_of_an_export_is_not_a_password(imported):
    """Whoever has read the export cannot sign in with the text of a hash."""
    row = {"name": "ada", "password_hash": SSHA}
    _, _, hashes = imported("jsonl", json.dumps(row).encode())
    for text in (SSHA, hashes["ada"], ""):
        assert verify_password(Secret(text), hashes["ada"]) is Match.DIFFERENT
    assert verify_password(Secret("fargle"), hashes["ada"]) is Match.SAME


@pytest.mark.parametrize("name", ["e\u200bve", "e ve", "e\u0000ve", "\u202eeve", "x" * 200, ""])
def test_name_that_looks_like_another_is_refused(imported, name):
    report, users, _ = imported("jsonl", json.dumps({"name": name}).encode())
    assert list(users) == ["root"]
    assert [rows.count for rows in report.refused.values()] == [1]


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"users": ' * 1000,
        b'[{"username": ' + b"[" * 5000 + b"]" * 5000 + b"}]",
        b'"' + b"\\" * 100_000,
        b"\xff\xfe" * 1000,
        b'[{"username": 1e999}]',
        b"name\n" + b'"' + b"a\n" * 100_000,
    ],
)
def test_malformed_export_adds_nobody_and_ends(imported, data):
    """Depth, open strings, other encodings: refused rows, or no rows at all."""
    for source in ("keycloak", "django", "auth0", "csv", "jsonl", "ldif"):
        refused = [row for row in rows_of(source, [data]) if isinstance(row, RowRefused)]
        assert len(refused) <= data.count(b"\n") + 1  # one a line at most
    _, users, _ = imported("auth0", data)
    assert list(users) == ["root"]
