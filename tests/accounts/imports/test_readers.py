"""What each system's export says, and what an import makes of it."""

import json

import pytest
from tests.accounts.imports.exports import BCRYPT, DJANGO, FIREBASE, KEYCLOAK, PROJECT

from watchword.accounts.imports import readers
from watchword.accounts.imports.candidate import Candidate, RowRefused, flag, moment, text, totp_key
from watchword.accounts.imports.plan import Planner
from watchword.accounts.imports.run import import_rows
from watchword.accounts.imports.sources import SOURCES, reader_for, rows_of
from watchword.accounts.passwords.foreign.firebase import read_project
from watchword.accounts.passwords.hashing import Match, verify_password
from watchword.accounts.passwords.stored_hash import StoredHash
from watchword.base import chance
from watchword.base.secrets import Secret

NOW = 1_800_000_000


def test_columns_of_a_table_are_read_by_the_names_that_tables_have():
    row = {
        "username": "Ada", "email": "ada@example.org", "email_verified": "t",
        "password_hash": BCRYPT, "roles": "editor, reader", "disabled": "0",
        "display_name": "Ada L", "locale": "fr", "created_at": "2024-05-01 10:00:00.5+00",
    }  # fmt: skip
    found = readers.columns(row)
    assert isinstance(found.password, StoredHash)
    assert (found.name, found.email, found.is_verified) == ("Ada", "ada@example.org", True)
    assert found.roles == {"editor", "reader"}
    assert not found.is_suspended
    assert (found.display_name, found.locale, found.created_at) == ("Ada L", "fr", 1714557600)
    assert readers.columns({"name": "bob", "active": "no"}).is_suspended


@pytest.mark.requirement("users:U110:no-clear-password")
def test_clear_password_is_not_kept():
    """users.md U110: what is no hash is a reason, and the reason does not quote it."""
    found = readers.columns({"name": "ada", "password": "canary hunter2"})
    assert found.password == "the format is not recognised"
    assert "canary" not in repr(found)


def test_django_dump_and_table_are_one_thing():
    fields = {
        "username": "ada", "password": DJANGO, "email": "ada@example.org", "is_active": True,
        "is_superuser": True, "first_name": "Ada", "last_name": "Lovelace",
        "groups": [["editors"], 4], "date_joined": "2024-05-01T10:00:00Z",
    }  # fmt: skip
    found = readers.django({"model": "auth.user", "pk": 1, "fields": fields})
    assert isinstance(found.password, StoredHash)
    assert found.roles == {"editors", "admin"}
    assert (found.display_name, found.created_at) == ("Ada Lovelace", 1714557600)
    table = {**fields, "is_active": "0", "is_superuser": "f", "groups": ""}
    found = readers.django(table)
    assert (found.is_suspended, found.roles) == (True, frozenset())
    for other in ({"model": "auth.group", "fields": {"name": "x"}}, {"fields": 3}):
        assert readers.django(other) is None


def test_keycloak_user_comes_with_hash_generator_and_roles():
    row = {
        "username": "ada", "email": "ada@example.org", "emailVerified": True, "enabled": True,
        "firstName": "Ada", "createdTimestamp": 1714557600123,
        "attributes": {"locale": ["de"]}, "realmRoles": ["editor"],
        "credentials": [
            {"type": "password", **KEYCLOAK},
            otp(digits=6, secretEncoding="BASE32", value="JBSWY3DPEHPK3PXP"),
            otp(digits=6, value="fifteen letters"),
            otp(digits=8, value="fifteen letters"),
            {"type": "otp", "secretData": "{", "credentialData": "{}"},
            {"type": "webauthn"},
            {"type": 3},
            "nonsense",
        ],
    }  # fmt: skip
    found = readers.keycloak(row)
    assert verify_password(Secret("password"), found.password.text) is Match.SAME
    assert found.totp_keys == (b"Hello!\xde\xad\xbe\xef", b"fifteen letters")
    assert found.left_out == ("code generator", "code generator", "webauthn")
    assert (found.locale, found.created_at, found.display_name) == ("de", 1714557600, "Ada")
    bare = readers.keycloak({"username": "bob", "enabled": False})
    assert (bare.is_suspended, bare.password, bare.locale) == (True, "no password hash", None)
    broken = readers.keycloak({"username": "eve", "credentials": [{"type": "password"}]})
    assert "no secretData" in broken.password


def otp(*, value, digits, **more):
    data = {"subType": "totp", "digits": digits, "period": 30, "algorithm": "HmacSHA1", **more}
    return {
        "type": "otp",
        "secretData": json.dumps({"value": value}),
        "credentialData": json.dumps(data),
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"password_hash": BCRYPT}, "bcrypt$r=5"),
        ({"passwordHash": BCRYPT}, "bcrypt$r=5"),
        (
            {"custom_password_hash": {"algorithm": "bcrypt", "hash": {"value": BCRYPT}}},
            "bcrypt$r=5",
        ),
        (
            {"custom_password_hash": {"algorithm": "ldap",
             "hash": {"value": "{SSHA}FM6N1jTf/0PflNiYX1GDVd0V3b/acp0w"}}},
            "salted-sha1$i=1",
        ),
        (
            {"custom_password_hash": {
                "algorithm": "scrypt", "hash": {"value": "ab" * 32, "encoding": "hex"},
                "salt": {"value": "salt"}, "cost": 16384, "blockSize": 8, "parallelization": 1}},
            "scrypt$n=14,r=8,p=1",
        ),
        (
            {"custom_password_hash": {
                "algorithm": "scrypt",
                "hash": {"value": "q6urq6urq6urq6urq6urqw==", "encoding": "base64"},
                "salt": {"value": "salt", "encoding": "utf8"},
                "cost": 16384, "blockSize": 8, "parallelization": 1}},
            "scrypt$n=14,r=8,p=1",
        ),
    ],
)  # fmt: skip
def test_auth0_hashes(row, expected):
    found = readers.auth0({"email": "ada@example.org", **row}).password
    assert isinstance(found, StoredHash)
    assert found.label == expected


@pytest.mark.parametrize(
    ("custom", "reason"),
    [
        ({"algorithm": "md5", "hash": {"value": "x"}}, "guessed in no time"),
        ({"algorithm": "scrypt", "hash": {"value": "x"}}, "malformed"),
        ({"algorithm": "bcrypt"}, "malformed"),
        (
            {"algorithm": "scrypt", "hash": {"value": "x", "encoding": "utf16"},
             "salt": {"value": "salt"}, "cost": 16384, "blockSize": 8, "parallelization": 1},
            "encoding",
        ),
    ],
)  # fmt: skip
def test_auth0_hash_that_is_not_taken_says_why(custom, reason):
    assert reason in readers.auth0({"custom_password_hash": custom}).password


def test_auth0_generators_come_along_and_other_factors_do_not():
    factors = [{"totp": {"secret": "JBSWY3DPEHPK3PXP"}}, {"phone": {"value": "+1"}}, {"totp": {}}]
    found = readers.auth0({"email": "a@example.org", "blocked": True, "mfa_factors": factors})
    assert found.totp_keys == (b"Hello!\xde\xad\xbe\xef",)
    assert found.left_out == ("second factor", "second factor")
    assert found.is_suspended


def test_firebase_account_is_read_with_the_parameters_of_its_project():
    found = reader_for("firebase", read_project(PROJECT))(FIREBASE)
    assert verify_password(Secret("user1password"), found.password.text) is Match.SAME
    assert found.created_at == 1508893925
    assert "--firebase" in SOURCES["firebase"].reader(FIREBASE).password
    assert reader_for("firebase", None)({"email": "x"}).password == "no password hash"
    other = read_project({**PROJECT, "base64_signer_key": "AAAA"})
    assert "length" in reader_for("firebase", other)(FIREBASE).password
    assert "length" not in repr(other)


def test_supabase_and_fastapi_users_rows():
    found = readers.supabase(
        {"email": "a@example.org", "encrypted_password": BCRYPT, "email_confirmed_at": "2024-01-01"}
    )
    assert (found.is_verified, found.is_suspended, found.password.label) == (
        True, False, "bcrypt$r=5")  # fmt: skip
    assert readers.supabase({"email": "a@example.org", "banned_until": "2030"}).is_suspended
    found = readers.fastapi_users(
        {"email": "a@example.org", "hashed_password": BCRYPT, "is_superuser": True}
    )
    assert (found.roles, found.is_suspended) == ({"admin"}, False)


def test_ldap_entries_without_a_person_are_passed_over():
    assert readers.ldap({"dn": "ou=people"}) is None
    found = readers.ldap({"uid": "ada", "userpassword": "{SHA}x", "cn": "Ada"})
    assert "{SHA}" in found.password


def test_pieces_of_rows_are_read_as_json_csv_and_sql_write_them():
    for yes in (True, 1, "1", "T", "yes"):
        assert flag({"a": yes}, "a")
    for no in ("0", "f", 0, None, "?"):
        assert not flag({"a": no}, "a")
    assert [moment({"a": each}, "a") for each in (
        5, "5", 1714557600123, "2024-05-01T10:00:00+00:00", "2024-05-01T10:00:00", "x", "x" * 50,
        True, -1, 10**16, None)] == [
        5, 5, 1714557600, 1714557600, None, None, None, None, None, None, None]  # fmt: skip
    assert text({"a": "", "b": "x"}, "a", "b") == "x"
    with pytest.raises(RowRefused, match="too long"):
        text({"a": "x" * 513}, "a")
    assert [totp_key(each) for each in ("JBSW Y3DP EHPK 3PXP", "0189", "MY", "")] == [
        b"Hello!\xde\xad\xbe\xef", None, None, None]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "data", "names"),
    [
        ("django", b'[{"model": "x", "fields": {"username": "ada", "password": "!"}}]', ["ada"]),
        ("django", b'{"model": "x", "fields": {"username": "ada", "password": "!"}}\n', ["ada"]),
        ("django", b"username,password\nada,!\n", ["ada"]),
        ("keycloak", b'{"realm": "r", "users": [{"username": "ada"}]}', ["ada"]),
        ("keycloak", b'{\n "realm": "r",\n "users": [{"username": "ada"}]}', ["ada"]),
        ("auth0", b'[{"username": "ada"}, {"username": "bob"}]', ["ada", "bob"]),
        ("auth0", b'\xef\xbb\xbf{"username": "ada"}\n{"username": "bob"}', ["ada", "bob"]),
        ("jsonl", b'{"name": "ada"}\n', ["ada"]),
        ("ldif", b"uid: ada\n", ["ada"]),
        ("passlib", b" \n", []),
    ],
)
def test_container_is_told_by_how_the_export_begins(source, data, names):
    rows = [SOURCES[source].reader(row) for row in rows_of(source, [b"", data])]
    assert [found.name for found in rows] == names


@pytest.fixture
def planner():
    def seal(key, *, user_id, totp_id):
        return f"{user_id[:4]} {totp_id[:4]}".encode() + key

    return Planner(chance=chance.SYSTEM, now=NOW, roles={"editors": "editor"}, seal_totp=seal)


def test_plan_keeps_what_can_be_kept_and_says_what_is_left_out(planner):
    candidate = Candidate(
        name="ADA",
        email="Ada@example.org",
        is_verified=True,
        roles=frozenset({"editors", "admin"}),
        totp_keys=(b"k",) * 7,
        left_out=("webauthn",),
    )
    planned = planner.plan(candidate)
    assert planned.user.name == "ada"
    assert planned.user.email.canonical == "ada@example.org"
    assert planned.user.roles == {"editor"}
    assert [totp.sealed_secret for totp in planned.user.totps] == [b"user totpk"] * 5
    assert planned.left_out == ("webauthn", "code generator", "code generator", "role admin")
    assert planned.no_password == "no password hash"
    assert planned.user.created_at == NOW


def test_malformed_address_is_left_out_and_a_missing_name_refused(planner):
    planned = planner.plan(Candidate(name="ada", email="nowhere", is_verified=True))
    assert (planned.user.email, planned.user.is_verified) == (None, False)
    assert planned.left_out == ("malformed e-mail address",)
    assert planner.plan(Candidate(email="Ada@Example.org")).user.name == "ada@example.org"
    for nameless in (Candidate(), Candidate(name="two words")):
        with pytest.raises(RowRefused):
            planner.plan(nameless)


@pytest.mark.requirement("users:U110:resumes", "users:U110:report")
def test_import_is_counted_and_can_be_started_again(run, store, planner):
    """users.md U110: recognised, refused with a reason, duplicates by canonical name."""
    rows = [
        *({"name": f"user{number}", "password_hash": BCRYPT} for number in range(450)),
        {"name": "USER7", "password_hash": BCRYPT},
        {"name": "clear", "password": "hunter2"},
        {"name": "two words"},
        RowRefused("the row is not CSV"),
        {"name": "ada", "email": "ada@example.org", "verified": True, "roles": "editors admin"},
        {"name": "eve", "email": "ada@example.org", "verified": True},
    ]

    def imported(*, is_dry_run):
        made = import_rows(
            iter(rows), readers.columns, planner=planner, store=store, is_dry_run=is_dry_run
        )
        return run(made)

    dry = imported(is_dry_run=True)
    assert run(store.list_users()) == ()
    report = imported(is_dry_run=False)
    assert (dry.added, report.added, report.rows) == (453, 453, 456)
    assert dict(report.recognised) == dict(dry.recognised) == {"bcrypt": 450}
    assert (report.duplicates.count, report.duplicates.first) == (1, [451])
    assert dict(report.no_password) == {"the format is not recognised": 1, "no password hash": 2}
    assert {reason: rows.first for reason, rows in report.refused.items()} == {
        "the name cannot be used: a user name holds no space, control or invisible character": [
            453
        ],
        "the row is not CSV": [454],
    }
    assert report.problems == 3
    assert set(report.left_out) == {
        "role admin", "verification of an address that another account has verified"}  # fmt: skip
    assert run(store.hash_histogram()) == (("bcrypt$r=5", 450),)
    again = imported(is_dry_run=False)
    assert (again.added, again.already_there.count, again.duplicates.count) == (0, 453, 1)
    assert again.already_there.first == list(range(1, 21))
    assert run(store.hash_histogram()) == (("bcrypt$r=5", 450),)


def test_an_export_of_which_nothing_can_be_taken_writes_nothing(run, store, planner):
    rows = iter([RowRefused("the row is not CSV")])
    report = run(import_rows(rows, readers.columns, planner=planner, store=store, is_dry_run=False))
    assert (report.rows, report.added, report.problems) == (1, 0, 1)
    assert run(store.list_users()) == ()


@pytest.mark.parametrize("word", ["maybe", "gesperrt", "2", " ON ", "y"])
def test_a_word_for_suspended_that_is_not_understood_lets_nobody_in(word):
    assert readers.columns({"name": "ada", "suspended": word}).is_suspended
    assert not readers.columns({"name": "ada", "suspended": ""}).is_suspended
    assert not readers.columns({"name": "ada", "suspended": "Off"}).is_suspended


def test_a_word_for_active_or_verified_that_is_not_understood_gives_nothing():
    found = readers.columns({"name": "ada", "active": "perhaps", "email_verified": "perhaps"})
    assert found.is_suspended
    assert not found.is_verified
