"""`watchword demo`: its words, and the proof of the flow."""

import asyncio
import json

import pytest
from starlette.testclient import TestClient

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


def test_json_goes_with_the_proof_only(command):
    assert command("demo", "--json").code == 2


def test_a_directory_that_cannot_be_made_is_named(command, tmp_path):
    (tmp_path / "file").write_text("")
    done = command("demo", "--directory", "file/below")
    assert (done.code, "--directory" in done.err) == (3, True)
