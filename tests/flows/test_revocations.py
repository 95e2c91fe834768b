"""`GET /revocations` over HTTP: who may read, and when a reader that waits gets its answer.

Source: oauth.md F-1 to F-3.
"""

import asyncio
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote_plus

import httpx2
import pytest

from watchword.base.secrets import digest
from watchword.server import feed_watch
from watchword.stores import StoreUnavailable, open_store
from watchword.stores.handles.feed import FeedVerbs

SECRET = "the secret of a resource server, long enough"
LONG_SECONDS = 25


def basic(name, secret=SECRET):
    text = f"{quote_plus(name)}:{quote_plus(secret)}"
    return {"authorization": f"Basic {b64encode(text.encode()).decode()}"}


@pytest.fixture
def ask(running):
    (resource, *_) = running.store("list_resources")
    running.store("register_resource", replace(resource, secret_hash=digest(SECRET)))

    def call(cursor="", wait=0, headers=None):
        return running.http.get(
            "/revocations",
            params={"cursor": cursor, "wait": wait},
            headers=basic(resource.identifier) if headers is None else headers,
        )

    return call


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as made:
        yield made


def log_out(running, name="alice"):
    pair = running.tokens(name)
    running.http.post("/logout", json={"refresh_token": pair["refresh_token"]})


def until_waiting(running, number=1):
    while running.auth.runtime.feed._readers < number:
        time.sleep(0.01)


@pytest.mark.requirement("oauth:F-1:endpoint")
def test_logout_is_on_the_feed(running, ask):
    log_out(running)
    answer = ask()
    (event,) = answer.json()["events"]
    assert (event["kind"], event["at"]) == ("sid", running.clock.now())
    assert event["until"] == running.clock.now() + 3600
    assert answer.headers["cache-control"] == "no-store"
    again = ask(answer.json()["cursor"]).json()
    assert (again["events"], again["cursor"]) == ([], answer.json()["cursor"])


@pytest.mark.requirement("oauth:F-2:snapshot")
@pytest.mark.parametrize("cursor", ["", "made up", "7.1", "1.99"])
def test_unknown_cursor_reads_everything(running, ask, cursor):
    log_out(running)
    log_out(running)
    assert len(ask(cursor).json()["events"]) == 2


@pytest.mark.requirement("oauth:F-1:credential")
@pytest.mark.parametrize("headers", [{}, basic("nobody"), {"authorization": "Bearer x"}])
def test_stranger_reads_nothing(ask, headers):
    answer = ask(headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_repeated_parameter_is_refused(running, ask):
    answer = running.http.get("/revocations?wait=1&wait=2")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.requirement("oauth:F-1:endpoint")
def test_metadata_names_the_endpoint(running):
    document = running.http.get("/.well-known/oauth-authorization-server").json()
    assert document["watchword_revocations_endpoint"] == f"{running.url}/revocations"


@pytest.mark.requirement("oauth:F-1:woken-at-once")
def test_every_waiting_reader_is_woken_by_the_write_itself(running, ask, pool, monkeypatch):
    """The poll, which would find it too, is put off past the patience of the test."""
    monkeypatch.setattr(feed_watch, "POLL_SECONDS", 3600)
    cursor = ask().json()["cursor"]
    waiting = [pool.submit(ask, cursor, LONG_SECONDS) for _ in range(3)]
    until_waiting(running, 3)
    log_out(running)
    assert [len(each.result().json()["events"]) for each in waiting] == [1, 1, 1]


@pytest.mark.requirement("oauth:F-1:other-nodes")
def test_reader_is_woken_by_what_another_node_writes(running, ask, pool):
    """A second store on the same database, whose writes ring no bell here."""
    cursor = ask().json()["cursor"]
    sid = running.me(running.tokens()["access_token"]).json()["session"]["sid"]
    waiting = pool.submit(ask, cursor, LONG_SECONDS)
    until_waiting(running)

    async def end():
        async with await open_store(running.auth.settings.database) as other:
            await other.end_session(sid, now=running.clock.now())

    asyncio.run(end())
    assert [event["value"] for event in waiting.result().json()["events"]] == [sid]


def test_wait_that_brings_nothing_ends(ask):
    cursor = ask().json()["cursor"]
    assert ask(cursor, 1).json()["events"] == []


@pytest.mark.requirement("oauth:F-1:bounded")
def test_reader_beyond_the_bound_is_answered_without_a_wait(running, ask, pool, monkeypatch):
    monkeypatch.setattr(running.auth.runtime.feed, "readers_max", 1)
    cursor = ask().json()["cursor"]
    first = pool.submit(ask, cursor, LONG_SECONDS)
    until_waiting(running)
    assert ask(cursor, LONG_SECONDS).json()["events"] == []
    assert not first.done()
    log_out(running)
    assert len(first.result().json()["events"]) == 1


@pytest.mark.requirement("oauth:F-1:bounded")
def test_reader_that_goes_is_forgotten(running, ask):
    cursor = ask().json()["cursor"]
    (resource, *_) = running.store("list_resources")
    with pytest.raises(httpx2.ReadTimeout):
        running.http.get(
            "/revocations",
            params={"cursor": cursor, "wait": LONG_SECONDS},
            headers=basic(resource.identifier),
            timeout=0.5,
        )
    while running.auth.runtime.feed._readers:
        time.sleep(0.01)


def test_feed_that_cannot_be_looked_at_is_looked_at_again(running, ask, pool, monkeypatch):
    monkeypatch.setattr(feed_watch, "POLL_SECONDS", 0.01)
    cursor = ask().json()["cursor"]
    waiting = pool.submit(ask, cursor, LONG_SECONDS)
    until_waiting(running)
    read, failed = FeedVerbs.read_feed, threading.Event()

    async def fails(self, *_arguments, **_options):
        failed.set()
        monkeypatch.setattr(FeedVerbs, "read_feed", read)
        raise StoreUnavailable("the disk is gone", fix="bring it back")

    monkeypatch.setattr(FeedVerbs, "read_feed", fails)
    assert failed.wait(60)
    log_out(running)
    assert len(waiting.result().json()["events"]) == 1


@pytest.mark.requirement("oauth:F-1:shutdown")
def test_server_that_stops_sends_its_readers_away(running, ask, pool):
    cursor = ask().json()["cursor"]
    waiting = pool.submit(ask, cursor, LONG_SECONDS)
    until_waiting(running)
    running.auth.drain()
    for answer in (waiting.result(), ask(cursor, LONG_SECONDS)):
        assert (answer.json()["events"], answer.json()["cursor"]) == ([], cursor)
