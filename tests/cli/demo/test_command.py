"""`watchword demo`: its words, and the proof of the flow."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient
from tests.pages.account.conftest import Browser, words

from watchword.cli.demo import check
from watchword.cli.demo.app import make_app, make_settings
from watchword.stores import migrate


@pytest.mark.requirement("users:U23:check")
def test_the_proof_walks_through_the_whole_flow(command, tmp_path):
    done = command("demo", "--check")
    assert done.code == 0, done.out
    for request in ("POST /login", "POST /notes", "GET /notes/2", "POST /refresh", "POST /logout"):
        assert request in done.out
    assert "FAIL" not in done.out
    assert list(tmp_path.iterdir()) == []


def test_the_proof_as_json_is_one_object_a_step(command):
    done = command("demo", "--check", "--json")
    steps = [json.loads(line) for line in done.out.splitlines()]
    assert all(step["holds"] for step in steps)
    assert {step["status"] for step in steps} >= {200, 201, 204, 401, 403, 404, 422}


def test_a_step_that_does_not_hold_is_named_and_exits_with_1(command, monkeypatch):
    async def broken():
        return [check.Proof("Write a note", "POST /notes", 201, 500, "server_error")]

    monkeypatch.setattr("watchword.cli.demo.command.prove", broken)
    done = command("demo", "--check")
    assert done.code == 1
    assert "FAIL 500 instead of 201 POST /notes" in done.out


def test_database_of_an_earlier_demonstration_is_migrated(tmp_path, monkeypatch):
    settings = make_settings(tmp_path, 8000)
    with monkeypatch.context() as patched:
        patched.setattr("watchword.stores.migration.REVISION", "0001")
        asyncio.run(migrate(settings.database))
    told = []
    app = make_app(settings, announce=lambda people, _notes: told.extend(people))
    with TestClient(app):
        assert {person.user.name for person in told} == {"alice", "bob", "admin"}


@pytest.fixture
def admin(tmp_path):
    """Sign the administrator of a running demonstration in."""
    told = []
    app = make_app(make_settings(tmp_path, 8000), announce=lambda people, _: told.extend(people))
    with asyncio.Runner() as runner:
        running = app.router.lifespan_context(app)
        runner.run(running.__aenter__())
        passphrase = {one.user.name: one.passphrase.reveal() for one in told}["admin"]
        started = SimpleNamespace(auth=app, run=runner.run)
        yield Browser(started).sign_in("admin", passphrase)
        runner.run(running.__aexit__(None, None, None))


@pytest.mark.requirement("users:U45:rule-tree")
def test_its_notes_are_asked_about_on_the_admin_pages(admin):
    assert "Rules of the application" in words(admin.get("/admin/access/rules"))

    def ask(who, action, note):
        asked = {"who": who, "action": action, "type": "note", "id": note}
        return words(admin.get("/admin/access/ask", params={"rules": "application", **asked}))

    assert "Yes, alice may" in ask("alice", "delete", 1)
    denied = ask("alice", "delete", 2)
    assert "No, alice may not" in denied
    assert "note.owner" in denied
    assert "Yes, bob may" in ask("bob", "read", 4)  # shared with a role of the account
    assert "Yes, admin may" in ask("admin", "delete", 2)


def test_json_goes_with_the_proof_only(command):
    assert command("demo", "--json").code == 2


def test_a_directory_that_cannot_be_made_is_named(command, tmp_path):
    (tmp_path / "file").write_text("")
    done = command("demo", "--directory", "file/below")
    assert (done.code, "--directory" in done.err) == (3, True)
