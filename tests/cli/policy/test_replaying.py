"""`watchword policy replay`: recorded requests with the tokens of others (T6)."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from watchword.cli.policy.replaying import Replayed

OWNERS = {"/notes/1": "bo", "/notes/2": "bo"}
PUBLIC = {"/news"}


class API(BaseHTTPRequestHandler):
    """Notes of bo, one of which nobody guards; a list of one's own; and what breaks."""

    def do_GET(self):
        who = self.headers["authorization"].removeprefix("Bearer ")
        if who == "stale":
            self._answer(401, b"")
        elif self.path == "/broken" and who != "bo":
            self._answer(500, b"")
        elif self.path == "/notes":
            self._answer(200, f"notes of {who}".encode())
        elif self.path == "/notes/1" and who != "bo":
            self._answer(404, b"")
        elif self.path == "/nobodys":
            self._answer(403, b"")
        else:
            self._answer(200, b"a note")

    def do_PUT(self):
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.changes.append((self.headers["authorization"], self.path, body))
        self._answer(200, b"")

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def api():
    server = ThreadingHTTPServer(("127.0.0.1", 0), API)
    server.changes = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def replay(command, api):
    for name in ("bo", "cy", "stale"):
        Path(f"{name}.token").write_text(f"{name}\n", encoding="utf-8")
    url = f"http://127.0.0.1:{api.server_port}"

    def run(*requests, words=(), others=("cy",)):
        lines = (each if isinstance(each, str) else json.dumps(each) for each in requests)
        Path("recorded.jsonl").write_text("\n".join(lines), encoding="utf-8")
        tokens = [word for name in others for word in ("--other", f"{name}.token")]
        named = ("--url", url, "--owner", "bo.token", *tokens)
        return command("policy", "replay", "recorded.jsonl", *named, *words)

    return run


def get(path):
    return {"method": "GET", "path": path}


@pytest.mark.requirement("access:T6:replay")
def test_what_another_reaches_is_named(replay):
    done = replay(get("/notes/1"), get("/notes/2"), "", get("/notes"))
    assert done.code == 1
    assert done.out.splitlines() == [
        "ok       404  GET /notes/1  as cy.token: refused",
        "REACHED  200  GET /notes/2  as cy.token: the same answer",
        "ok       200  GET /notes  as cy.token: another answer",
    ]
    assert done.err == "1 request reached what is another's. Guard its route.\n"


@pytest.mark.requirement("access:T6:replay")
def test_requests_that_change_something_are_replayed_when_asked(replay, api):
    put = {"method": "put", "path": "/notes/1", "body": {"text": "x"}}
    assert replay(get("/notes/1"), put).code == 0
    assert api.changes == []
    done = replay({**put}, {"method": "PUT", "path": "/notes/1"}, words=["--changes", "--json"])
    assert done.code == 1
    assert [each["outcome"] for each in done.json["answers"]] == ["accepted", "accepted"]
    # The owner's own comes last: it may remove what the others ask for.
    assert api.changes[0] == ("Bearer cy", "/notes/1", {"text": "x"})
    assert [who for who, _, _ in api.changes] == ["Bearer cy", "Bearer bo"] * 2
    assert api.changes[2][2] is None


def test_an_api_that_breaks_for_another_is_reached(replay):
    assert "REACHED  500  GET /broken" in replay(get("/broken")).out


@pytest.mark.requirement("access:T6:replay")
def test_a_replay_that_proves_nothing_says_so(replay):
    done = replay(get("/notes/1"), others=("cy", "stale"))
    assert done.code == 1
    assert "the API takes the token of stale.token for none, so nothing was proved" in done.err
    done = replay(get("/nobodys"))
    assert "the API refuses bo.token each of these requests, so nothing was proved" in done.err
    done = replay({"method": "DELETE", "path": "/notes/1"})
    assert "no request to replay. Record some, or add --changes." in done.err


@pytest.mark.parametrize("line", ["x", "[]", '{"method": "GET"}', '{"method": 1, "path": "/"}',
                                  '{"method": "GET", "path": "http://other"}'])  # fmt: skip
def test_a_line_that_records_no_request_is_named(replay, line):
    done = replay(get("/notes/1"), line)
    assert done.code == 3
    assert "line 2 records no request: " in done.err


def test_an_api_that_does_not_answer_is_said(command):
    Path("t").write_text("t", encoding="utf-8")
    Path("r").write_text(json.dumps(get("/")), encoding="utf-8")
    words = ("--url", "http://127.0.0.1:1", "--owner", "t", "--other", "t")
    done = command("policy", "replay", "r", *words)
    assert done.code == 4
    assert "http://127.0.0.1:1 does not answer" in done.err
    assert command("policy", "replay", "r", "--url", "nowhere", *words[2:]).code == 3


def test_what_was_reached_is_a_field():
    assert Replayed("GET", "/", "cy", 200, "the same answer").is_reached
    assert not Replayed("GET", "/", "cy", 404, "refused").is_reached
