"""`watchword user import` on a real database."""

import json
import re

import pytest
from tests.accounts.imports.exports import BCRYPT, FIREBASE, KEYCLOAK, PROJECT

from watchword.base import chance
from watchword.cli import user_import
from watchword.server.key_file import make_key_file


@pytest.fixture
def migrated(command):
    assert command("migrate").code == 0
    return command


def test_export_is_reported_before_and_after(migrated, tmp_path):
    """users.md U110: a dry run writes nothing."""
    (tmp_path / "users.csv").write_text(
        f"name,email,password_hash,roles\nAda,ada@example.org,{BCRYPT},editors\nbob,,,\n"
    )
    words = ("user", "import", "--from", "csv", "users.csv", "--role", "editors=editor")
    dry = migrated(*words, "--dry-run", "--json")
    assert (dry.code, dry.json["added"], dry.json["recognised"]) == (0, 2, {"bcrypt": 1})
    assert migrated("user", "list").out == ""
    done = migrated(*words)
    assert done.code == 0
    assert "2 rows: 2 added, 0 exist already" in done.out
    assert "1 bcrypt" in done.out
    assert "1 no password hash" in done.out
    assert migrated("user", "list").out.split() == ["ada", "active", "editor", "bob", "active"]


@pytest.mark.requirement("users:U110:no-clear-password")
def test_neither_report_nor_database_holds_a_clear_password(migrated, tmp_path):
    (tmp_path / "users.jsonl").write_text('{"name": "ada", "password": "canary-hunter2"}\n')
    done = migrated("user", "import", "--from", "jsonl", "users.jsonl")
    assert "canary" not in done.out + done.err
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("watchword.db*"))
    assert b"canary" not in stored


def test_refused_rows_end_the_command_with_one(migrated):
    text = '{"name": "two words"}\n{"name": "ada"}\n{"name": "ADA"}\n'
    done = migrated("user", "import", "--from", "jsonl", "-", stdin=text)
    assert done.code == 1
    assert "1 have a name that stands in the export before them (row 3)" in done.out
    assert re.search(r"1 the name cannot be used: .* \(row 1\)", done.out)
    again = migrated("user", "import", "--from", "jsonl", "-", "--json", stdin=text)
    assert again.json["refused_rows"].popitem()[1] == [1]
    assert (again.json["already_there_rows"], again.json["duplicate_rows"]) == ([2], [3])


@pytest.mark.parametrize("source", ["csv", "django"])
def test_file_of_another_form_is_refused_and_not_taken_for_an_empty_one(migrated, tmp_path, source):
    other = '[{"name": "ada"}]' if source == "csv" else "name,email\nada,ada@example.org\n"
    (tmp_path / "users.txt").write_text(other)
    done = migrated("user", "import", "--from", source, "users.txt")
    assert (done.code, done.out) == (1, "")
    assert f"users.txt holds no user that --from {source} can read" in done.err


def test_firebase_export_needs_the_parameters_of_its_project(migrated, tmp_path):
    (tmp_path / "users.json").write_text(json.dumps({"users": [FIREBASE]}))
    (tmp_path / "project.json").write_text(json.dumps({"hash_config": PROJECT}))
    words = ("user", "import", "--from", "firebase", "users.json", "--json")
    assert migrated(*words, "--dry-run").json["recognised"] == {}
    done = migrated(*words, "--firebase", "project.json")
    assert done.json["recognised"] == {"firebase-scrypt": 1}
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("watchword.db*"))
    assert b"jxspr8Ki0RYycVU8" not in stored


@pytest.mark.parametrize(
    "text", ["[]", "{", "{}", '{"rounds": 8, "mem_cost": 14}', "{" + " " * 20_000]
)
def test_malformed_parameters_are_a_configuration_error(migrated, tmp_path, text):
    (tmp_path / "users.json").write_text("[]")
    (tmp_path / "project.json").write_text(text)
    done = migrated(
        "user", "import", "--from", "firebase", "users.json", "--firebase", "project.json"
    )
    assert (done.code, done.out) == (3, "")
    assert "base64_signer_key" in done.err or "console" in done.err


def test_without_bcrypt_its_hashes_are_refused_with_the_line_to_type(migrated, monkeypatch):
    monkeypatch.setattr(user_import, "is_installed", lambda: False)
    text = '{"name": "eve"}\n' + json.dumps({"name": "ada", "password_hash": BCRYPT})
    done = migrated("user", "import", "--from", "jsonl", "-", stdin=text)
    assert done.code == 3
    assert "watchword[bcrypt]" in done.err
    assert migrated("user", "import", "--from", "jsonl", "-", stdin='{"name": "eve"}').code == 0


def test_generators_are_sealed_as_the_server_does(migrated, tmp_path):
    row = {"username": "ada", "credentials": [{"type": "password", **KEYCLOAK}, {
        "type": "otp", "secretData": json.dumps({"value": "JBSWY3DPEHPK3PXP"}),
        "credentialData": json.dumps({
            "subType": "totp", "digits": 6, "period": 30, "algorithm": "HmacSHA1",
            "secretEncoding": "BASE32"})}]}  # fmt: skip
    (tmp_path / "realm.json").write_text(json.dumps({"users": [row]}))
    words = ("user", "import", "--from", "keycloak", "realm.json", "--json")
    assert migrated(*words, "--dry-run").json["left_out"] == {"code generator": 1}
    make_key_file(tmp_path / "watchword.key", chance.SYSTEM)
    assert migrated(*words).json["left_out"] == {}
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("watchword.db*"))
    assert b"Hello!\xde\xad" not in stored
    assert b"JBSWY3DPEHPK3PXP" not in stored


def test_report_names_the_first_rows_of_many(migrated):
    text = "\n".join(json.dumps({"name": "two words"}) for _ in range(25))
    done = migrated("user", "import", "--from", "jsonl", "-", stdin=text)
    assert "19, 20, ...)" in done.out


def test_report_shows_no_terminal_commands_and_stops_somewhere(migrated):
    rows = [{"name": f"u{n}", "roles": [f"\x1b[31mrole{n}"]} for n in range(25)]
    text = "\n".join(map(json.dumps, rows))
    done = migrated("user", "import", "--from", "jsonl", "-", stdin=text)
    assert "\x1b" not in done.out
    assert "and 5 more" in done.out
