"""`watchword user`, `role`, `migrate` and `config` on a real database."""

import json

import pytest

from watchword.base.secrets import Secret, digest


@pytest.fixture
def migrated(command):
    assert command("migrate").code == 0
    return command


@pytest.mark.requirement("users:U24:one-time-link")
def test_adding_a_user_prints_a_link_and_no_password(migrated, tmp_path):
    """decisions/0002; only the hash of the link's secret is stored."""
    done = migrated("user", "add", "Alice", "--role", "admin", "--json")
    assert done.code == 0
    assert done.json["user"]["name"] == "alice"
    assert done.json["user"]["roles"] == ["admin"]
    url, _, secret = done.json["link"].partition("?link=")
    assert url == "http://127.0.0.1:8000/setup"
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("watchword.db*"))
    assert secret.encode() not in stored
    assert digest(Secret(secret)) in stored


def test_another_link_replaces_the_first(migrated):
    first = migrated("user", "add", "alice", "--json").json["link"]
    second = migrated("user", "link", "alice")
    assert second.code == 0
    assert "/setup?link=" in second.out
    assert first not in second.out


def test_where_no_url_is_set_the_command_says_what_the_link_goes_by(migrated, monkeypatch):
    """`uvicorn --port 8301` tells this command nothing; the link would lead to another port."""
    made = migrated("user", "add", "alice")
    assert "http://127.0.0.1:8000/setup?link=" in made.out
    assert "It leads to http://127.0.0.1:8000." in made.err
    assert all(f"WATCHWORD_{name}" in made.err for name in ("URL", "PORT", "MOUNT_PATH"))
    assert "?link=" not in made.err
    monkeypatch.setenv("WATCHWORD_MOUNT_PATH", "/auth")
    assert "It leads to http://127.0.0.1:8000/auth." in migrated("user", "link", "alice").err
    monkeypatch.delenv("WATCHWORD_MOUNT_PATH")
    monkeypatch.setenv("WATCHWORD_PORT", "8301")
    made = migrated("user", "link", "alice")
    assert "http://127.0.0.1:8301/setup?link=" in made.out
    assert made.err == ""
    monkeypatch.setenv("WATCHWORD_URL", "http://localhost:8302")
    made = migrated("user", "link", "alice")
    assert "http://localhost:8302/setup?link=" in made.out
    assert made.err == ""


def test_a_taken_name_is_refused_with_the_line_that_helps(migrated):
    migrated("user", "add", "alice")
    done = migrated("user", "add", "ALICE")
    assert (done.code, done.out) == (1, "")
    assert "watchword user link alice" in done.err


def test_users_are_listed_one_a_line(migrated):
    for name in ("bob", "alice"):
        migrated("user", "add", name)
    assert [line.split()[0] for line in migrated("user", "list").out.splitlines()] == [
        "alice", "bob"]  # fmt: skip
    found = [json.loads(line) for line in migrated("user", "list", "--json").out.splitlines()]
    assert [user["status"] for user in found] == ["active", "active"]


def test_suspending_restoring_and_roles_say_what_they_did(migrated):
    migrated("user", "add", "alice")
    assert "suspended" in migrated("user", "suspend", "alice").out
    assert "nothing to change" in migrated("user", "suspend", "alice").out
    assert "active" in migrated("user", "resume", "alice").out
    assert migrated("role", "give", "alice", "editor", "--json").json["user"]["roles"] == [
        "editor"]  # fmt: skip
    removed = migrated("role", "take", "alice", "editor")
    assert (removed.code, "editor" in removed.out) == (0, True)


@pytest.mark.parametrize("slip", ["admni", "amdin", "admins", "admim", "adminn"])
def test_a_role_that_is_almost_one_that_is_held_is_taken_for_a_slip(migrated, slip):
    """decisions/0124."""
    migrated("user", "add", "alice", "--role", "admin")
    refused = migrated("role", "give", "alice", slip)
    assert (refused.code, refused.out) == (1, "")
    assert f"There is no role {slip}. Is admin meant?" in refused.err
    assert migrated("role", "list").out.split() == ["admin", "1"]
    given = migrated("role", "give", "alice", slip, "--new")
    assert given.out == f"alice: holds the role {slip}\n"
    assert migrated("role", "give", "alice", slip).out == "alice: nothing to change\n"


def test_user_add_and_import_take_a_slip_for_one_as_well(migrated):
    """The server's own roles are known before anybody holds them."""
    words, row = ("user", "import", "--from", "jsonl", "-"), '{"name": "bob", "roles": ["staff"]}'
    for given, stdin in (
        (("user", "add", "bob", "--role", "auditr"), ""),
        ((*words, "--role", "staff=auditr"), row),
        ((*words, "--role", "staff=auditr", "--dry-run"), row),
    ):
        refused = migrated(*given, stdin=stdin)
        assert (refused.code, refused.out) == (1, "")
        assert refused.err.startswith("There is no role auditr. Is auditor meant?")
        assert "add --new" in refused.err
    assert migrated("user", "list").out == ""
    imported = migrated(*words, "--role", "staff=auditr", "--new", stdin=row)
    assert (imported.code, imported.err) == (0, "There was no role auditr before.\n")
    added = migrated("user", "add", "alice", "--role", "admni", "--new")
    assert added.code == 0
    assert added.err.startswith("There was no role admni before.\n")
    assert migrated("user", "list").out.split() == ["alice", "active", "admni",
                                                    "bob", "active", "auditr"]  # fmt: skip


def test_the_first_user_with_a_role_is_told_to_be_the_first(migrated):
    migrated("user", "add", "alice", "--role", "admin")
    first = migrated("role", "give", "alice", "editor")
    assert (first.code, first.err) == (0, "There was no role editor before.\n")
    found = [json.loads(line) for line in migrated("role", "list", "--json").out.splitlines()]
    assert [(role["role"], role["users"]) for role in found] == [("admin", 1), ("editor", 1)]


@pytest.mark.parametrize("own", ["admin", "auditor", "acts-as-users"])
def test_a_role_of_the_server_is_known_before_anybody_holds_it(migrated, own):
    migrated("user", "add", "alice", "--role", "editor")
    given = migrated("role", "give", "alice", own)
    assert (given.code, given.out, given.err) == (0, f"alice: holds the role {own}\n", "")


@pytest.mark.parametrize(
    "words",
    [("link", "nobody"), ("suspend", "nobody"), ("resume", "nobody"), ("show", "nobody")],
)
def test_a_user_that_does_not_exist_is_named(migrated, words):
    done = migrated("user", *words)
    assert done.code == 1
    assert done.err == "No user is called nobody. See `watchword user list`.\n"


@pytest.mark.parametrize("name", ["", "two words", "x" * 129, "tab\t"])
def test_a_name_that_cannot_be_one_is_refused(command, name):
    assert command("user", "add", name).code == 2


@pytest.mark.parametrize("role", ["", "Admin", "a b", "ä", "x" * 65])
def test_a_role_is_one_plain_word(command, role):
    assert command("role", "give", "alice", role).code == 2


@pytest.mark.requirement("users:U62:unavailable")
def test_a_missing_database_names_the_command_that_makes_it(command):
    done = command("user", "list")
    assert done.code in {3, 4}
    assert "watchword migrate" in done.err
    assert "Traceback" not in done.err


def test_a_plan_prints_the_sql_and_runs_none_of_it(command, tmp_path):
    """users.md U82."""
    done = command("migrate", "--plan")
    assert (done.code, "CREATE TABLE" in done.out) == (0, True)
    assert not (tmp_path / "watchword.db").exists()
    assert "CREATE TABLE" in command("migrate", "--plan", "--json").json["sql"]


def test_migrating_says_what_it_did_and_is_idempotent(command):
    assert command("migrate", "--json").json["changed"] is True
    assert command("migrate", "--json").json["changed"] is False
    assert "nothing to do" in command("migrate").out
    assert "nothing to do" in command("migrate", "--plan").out


@pytest.mark.requirement("users:U65:origin")
def test_settings_are_shown_with_the_place_that_decided_them(command, tmp_path, monkeypatch):
    (tmp_path / "watchword.toml").write_text("\nport = 8001\n")
    monkeypatch.setenv("WATCHWORD_SIGNING_ALG", "ES256")
    found = command("config", "--json").json
    assert found["port"] == {"value": "8001", "origin": "watchword.toml line 2"}
    assert found["signing_alg"]["origin"] == "variable WATCHWORD_SIGNING_ALG"
    assert found["host"]["origin"] == "default"
    assert found["register"]["value"] == "false"
    assert "pepper_file = (not set)" in command("config").out
    assert "# default" in command("config", "--origin").out
    assert "# default" not in command("config").out


@pytest.mark.parametrize("name", ["config", "migrate", "serve"])
def test_a_bad_setting_stops_with_its_name_and_the_fix(command, monkeypatch, name):
    """users.md U65; ARCHITECTURE section 5."""
    monkeypatch.setenv("WATCHWORD_PROT", "8001")
    done = command(name)
    assert done.code == 3
    assert "WATCHWORD_PROT" in done.err
    assert "port" in done.err


def test_a_settings_file_of_ones_own_is_read(command, tmp_path):
    (tmp_path / "own.toml").write_text('database = "sqlite:///own.db"\n')
    assert command("migrate", "--settings", "own.toml").code == 0
    assert (tmp_path / "own.db").exists()


def test_a_password_in_a_database_url_is_masked(command, monkeypatch):
    monkeypatch.setenv("WATCHWORD_DATABASE", "postgresql://me:hunter2@127.0.0.1/x")
    assert "hunter2" not in command("config", "--origin").out
