"""A key set from elsewhere. Source: tokens.md J-41 to J-45; security.md 3.4, D7."""

import asyncio
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx2
import pytest
from tests.net.hostile import hostile, says
from tests.net.library import (
    ISSUER,
    NEW,
    OAUTH,
    OLD,
    OPENID,
    Clock,
    published,
    remote,
    settled,
)

from watchword import jwt
from watchword.jose.errors import KeysPending, KeysUnavailable, PolicyRefused, UnknownKey
from watchword.jose.jwk.keyset import KeySet
from watchword.net import jwks as jwks_module
from watchword.net.errors import AddressRefused, BadAnswer, Unreachable
from watchword.net.fetcher import Fetcher
from watchword.net.jwks import RemoteKeySet


def test_key_is_fetched_when_it_is_first_needed(library):
    keys = remote(library)
    assert library.asked == []
    assert keys.find("ES256", "old").kid == "old"
    assert keys.find("ES256", "old") is keys.find("ES256", "old")
    assert len(library.asked) == 1


@pytest.mark.requirement("tokens:J-43:one-fetch-in-flight")
def test_thousand_cold_guards_cause_one_fetch(library):
    keys = remote(library)
    library.gate.clear()
    with ThreadPoolExecutor(50) as pool:
        found = [pool.submit(keys.find, "ES256", "old") for _ in range(1_000)]
        library.gate.set()
        assert {each.result(60).kid for each in found} == {"old"}
    assert len(library.asked) == 1


@pytest.mark.requirement("tokens:J-43:one-fetch-across-loops")
def test_threads_and_event_loops_share_one_fetch(library):
    keys = remote(library)
    library.gate.clear()

    async def ask() -> str | None:
        try:
            return keys.find_or_pending("ES256", "old").kid
        except KeysPending as pending:
            await pending.arrival()
            return keys.find_or_pending("ES256", "old").kid

    async def crowd() -> set[str | None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask()) for _ in range(100)]
            await asyncio.sleep(0)
            library.gate.set()
        return {task.result() for task in tasks}

    with ThreadPoolExecutor(4) as pool:
        loops = [pool.submit(asyncio.run, crowd()) for _ in range(2)]
        threads = [pool.submit(keys.find, "ES256", "old") for _ in range(2)]
        assert [each.result(60) for each in loops] == [{"old"}, {"old"}]
        assert {each.result(60).kid for each in threads} == {"old"}
    assert len(library.asked) == 1


def test_cancelled_waiter_leaves_the_fetch_alone(library):
    keys = remote(library)
    library.gate.clear()

    async def impatient() -> None:
        with pytest.raises(KeysPending) as pending:
            keys.find_or_pending("ES256", "old")
        waiting = asyncio.create_task(pending.value.arrival())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        library.gate.set()
        await pending.value.arrival()
        assert keys.find_or_pending("ES256", "old").kid == "old"

    asyncio.run(impatient())
    assert len(library.asked) == 1


def test_wait_has_an_end(library, monkeypatch):
    monkeypatch.setattr("watchword.net.waiting.WAIT_SECONDS_MAX", 0)
    keys = remote(library)
    library.gate.clear()
    with pytest.raises(KeysUnavailable, match="in time"):
        keys.find("ES256", "old")

    async def ask() -> None:
        with pytest.raises(KeysPending) as pending:
            keys.find_or_pending("ES256", "old")
        with pytest.raises(KeysUnavailable, match="in time"):
            await pending.value.arrival()

    asyncio.run(ask())
    library.gate.set()
    settled(keys)


@pytest.mark.requirement("tokens:J-43:unknown-kid-cool-down")
def test_made_up_kids_cost_one_fetch_a_cool_down(library):
    clock = Clock()
    keys = remote(library, clock)
    keys.find("ES256", "old")
    for _ in range(3):
        clock.time += 31
        for number in range(1_000):
            with pytest.raises(UnknownKey):
                keys.find("ES256", f"made-up-{number}")
    assert len(library.asked) == 4


def test_new_key_of_the_issuer_is_found_at_once(library):
    clock = Clock()
    keys = remote(library, clock)
    keys.find("ES256", "old")
    clock.time += 31
    library.documents["https://id.example.com/jwks"] = published(OLD, NEW)
    assert keys.find("ES256", "new").kid == "new"


@pytest.mark.requirement("tokens:J-44:gone-at-once")
def test_withdrawn_key_is_gone_after_the_next_fetch(library):
    clock = Clock()
    keys = remote(library, clock)
    keys.find("ES256", "old")
    library.documents["https://id.example.com/jwks"] = published(NEW)
    clock.time += 601
    assert keys.find("ES256", "old").kid == "old"  # answered, and refreshed behind
    settled(keys)
    with pytest.raises(UnknownKey):
        keys.find("ES256", "old")


@pytest.mark.requirement("tokens:J-44:outage-bridged")
@pytest.mark.parametrize(
    "outage",
    [Unreachable("down"), BadAnswer("500"), {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA"}]}],
)
def test_outage_keeps_the_old_keys_for_a_day_and_no_longer(library, outage):
    clock = Clock()
    keys = remote(library, clock)
    keys.find("ES256", "old")
    library.documents["https://id.example.com/jwks"] = outage
    for _ in range(24):
        clock.time += 3_600
        assert keys.find("ES256", "old").kid == "old"
        settled(keys)
    clock.time += 3_600
    with pytest.raises(KeysUnavailable) as unavailable:
        keys.find("ES256", "old")
    assert unavailable.value.retry_after >= 1


def test_issuer_down_from_the_start_is_asked_seldom(library):
    library.documents.clear()
    keys = remote(library)
    for _ in range(1_000):
        with pytest.raises(KeysUnavailable):
            keys.find("ES256", "old")
    assert len(library.asked) == 1


@pytest.mark.requirement("tokens:J-42:one-bad-key")
def test_one_bad_key_never_loses_the_set(library, caplog):
    good = published(OLD)["keys"]
    private = NEW.to_jwk(private=True)
    library.documents["https://id.example.com/jwks"] = {
        "keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "bad"}, private, *good]
    }
    keys = remote(library)
    assert keys.find("ES256", "old").kid == "old"
    settled(keys)
    assert [each.is_alarming for each in keys.status.dropped] == [False, True]
    assert "private part" in caplog.text
    assert str(private["d"]) not in caplog.text


@pytest.mark.requirement("tokens:J-42:one-bad-key")
def test_status_says_of_a_set_without_a_usable_key_why_each_is_dropped(library, caplog):
    private, foreign = NEW.to_jwk(private=True), {"kty": "unheard-of", "kid": "other"}
    library.documents["https://id.example.com/jwks"] = {"keys": [private, foreign]}
    clock = Clock()
    keys = remote(library, clock)
    with pytest.raises(KeysUnavailable):
        keys.find("ES256", "new")
    settled(keys)
    dropped = keys.status.dropped
    assert [(each.kid, each.is_alarming) for each in dropped] == [("new", True), ("other", False)]
    assert dropped[0].reason in keys.status.last_failure
    alarms = [each for each in caplog.records if each.levelname == "ERROR"]
    assert ["private part" in each.getMessage() for each in alarms] == [True]
    library.documents["https://id.example.com/jwks"] = Unreachable("down")
    clock.time += 31
    with pytest.raises(KeysUnavailable):
        keys.find("ES256", "new")
    settled(keys)
    assert keys.status.dropped == dropped  # no later document has said otherwise
    library.documents["https://id.example.com/jwks"] = published(NEW)
    clock.time += 31
    assert keys.find("ES256", "new").kid == "new"
    assert keys.status.dropped == ()


@pytest.mark.requirement("tokens:J-45:issuer-equality")
@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example", "jwks_uri": "https://id.example.com/jwks"},
        {"issuer": ISSUER + "/", "jwks_uri": "https://id.example.com/jwks"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": 7},
        [],
        "x" * 70_000,
    ],
)
def test_metadata_must_be_of_the_issuer(library, metadata):
    library.documents[OPENID] = metadata
    keys = RemoteKeySet.from_issuer(ISSUER, algorithms=["ES256"], fetcher=library, clock=Clock())
    with pytest.raises(KeysUnavailable):
        keys.find("ES256", "old")


@pytest.mark.parametrize("place", [OPENID, OAUTH])
def test_keys_are_found_from_the_issuers_name(library, place):
    library.documents[place] = {"issuer": ISSUER, "jwks_uri": "https://id.example.com/jwks"}
    keys = RemoteKeySet.from_issuer(ISSUER, algorithms=["ES256"], fetcher=library, clock=Clock())
    assert keys.algorithms == {"ES256"}
    assert keys.find("ES256", "old").kid == "old"


@pytest.mark.parametrize("algorithms", [[], ["HS256"], ["ES256", "HS256"], ["none"], "ES256"])
def test_algorithms_are_named_and_asymmetric(algorithms):
    with pytest.raises(PolicyRefused):
        RemoteKeySet("https://id.example.com/jwks", algorithms=algorithms)


def test_url_is_checked_when_the_set_is_made():
    with pytest.raises(AddressRefused):
        RemoteKeySet("file:///etc/passwd", algorithms=["ES256"])


def test_keys_come_over_a_real_connection():
    body = json.dumps(published(OLD)).encode()
    with hostile(says(body, headers="Cache-Control: max-age=60\r\n")) as server:
        keys = RemoteKeySet(f"http://127.0.0.1:{server.port}/jwks", algorithms=["ES256"])
        assert keys.find("ES256", "old").kid == "old"


def test_keys_at_hand_are_found_without_a_fetch(library):
    clock = Clock()
    keys = remote(library, clock)
    with pytest.raises(KeysUnavailable, match="not at hand"):
        keys.find_at_hand("ES256", "old")
    assert keys.status.fetches == 0
    keys.find("ES256", "old")
    assert keys.find_at_hand("ES256", "old").kid == "old"
    with pytest.raises(UnknownKey):
        keys.find_at_hand("ES256", "new")
    clock.time += 31
    with pytest.raises(KeysUnavailable):  # a fetch might bring it, by now
        keys.find_at_hand("ES256", "new")
    clock.time += 600
    assert keys.find_at_hand("ES256", "old").kid == "old"
    clock.time += 25 * 3_600
    with pytest.raises(KeysUnavailable):
        keys.find_at_hand("ES256", "old")
    assert library.asked == ["https://id.example.com/jwks"]


def test_fresh_keys_are_found_without_a_turn_at_the_lock(library):
    """Every verification asks; none of them waits for another, or for a fetch that reports."""
    clock = Clock()
    keys = remote(library, clock)
    keys.find("ES256", "old")
    with keys._lock:
        assert keys.find("ES256", "old").kid == "old"
        assert keys.find_or_pending("ES256", "old").kid == "old"
        assert keys.find_at_hand("ES256", "old").kid == "old"
        clock.time += 601  # what is at hand is looked at, fresh or not, and no more
        assert keys.find_at_hand("ES256", "old").kid == "old"


@pytest.mark.requirement("tokens:J-44:gone-at-once")
@pytest.mark.parametrize(
    ("name", "refusal"), [("find", UnknownKey), ("find_at_hand", KeysUnavailable)]
)
def test_a_document_that_arrives_meanwhile_does_not_freshen_the_key_that_it_replaces(
    library, monkeypatch, name, refusal
):
    """The worst moment: the old set is asked, and the document without its key comes."""
    clock = Clock()
    keys = remote(library, clock)
    keys.find("ES256", "old")
    clock.time += 3 * 24 * 3_600  # past every bound of the old keys
    library.documents["https://id.example.com/jwks"] = published(NEW)
    held, find = keys.held, KeySet.find

    def slow(self, alg, kid):
        found = find(self, alg, kid)
        if self is held and len(library.asked) == 1:
            keys.find("ES256", "new")
        return found

    monkeypatch.setattr(KeySet, "find", slow)
    with pytest.raises(refusal):
        getattr(keys, name)("ES256", "old")
    assert len(library.asked) == 2


def test_status_says_how_the_set_stands(library):
    clock = Clock()
    keys = remote(library, clock)
    before = keys.status
    assert (before.keys, before.age_seconds, before.is_fresh, before.fetches) == (0, None, False, 0)
    keys.find("ES256", "old")
    clock.time += 5
    good = keys.status
    assert (good.keys, good.age_seconds, good.is_fresh, good.fetches) == (1, 5, True, 1)
    assert (good.failures, good.last_failure, good.dropped) == (0, "", ())
    library.documents["https://id.example.com/jwks"] = Unreachable("no connection", detail="why")
    clock.time += 600
    keys.find("ES256", "old")
    settled(keys)
    bad = keys.status
    assert (bad.keys, bad.age_seconds, bad.is_fresh, bad.fetches) == (1, 605, False, 2)
    assert (bad.failures, bad.last_failure) == (1, "no connection why")
    library.documents["https://id.example.com/jwks"] = published(OLD, NEW)
    clock.time += 60
    keys.find("ES256", "old")
    settled(keys)
    assert (keys.status.keys, keys.status.failures, keys.status.last_failure) == (2, 0, "")
    assert repr(keys) == "RemoteKeySet('https://id.example.com/jwks', keys=2)"


def test_fetch_that_breaks_off_is_a_failure_and_frees_its_waiters(library, monkeypatch):
    """What no rule foresees ends the thread loudly, and nobody waits for it."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    library.documents["https://id.example.com/jwks"] = ZeroDivisionError()
    keys = remote(library)
    with pytest.raises(KeysUnavailable):
        keys.find("ES256", "old")
    assert keys.status.last_failure == "the fetch broke off; the log says where"


def refuse_to_start(_thread: object) -> None:
    """What a process at its limit of threads is told."""
    raise RuntimeError("can't start new thread")


def test_process_without_threads_has_no_keys_and_does_not_spin(library, monkeypatch):
    clock = Clock()
    keys = remote(library, clock)
    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
    for _ in range(3):
        with pytest.raises(KeysUnavailable) as refused:
            keys.find("ES256", "old")
        assert refused.value.retry_after == 1
    assert (keys.status.failures, keys.status.fetches) == (1, 0)
    assert keys.status.last_failure == "the fetch could not start: can't start new thread"
    with pytest.raises(KeysUnavailable):
        keys.find_or_pending("ES256", "old")
    monkeypatch.undo()
    clock.time += 1
    assert keys.find("ES256", "old").kid == "old"
    assert (keys.status.failures, keys.status.fetches) == (0, 1)


def test_process_without_threads_answers_with_the_old_keys(library, monkeypatch):
    clock = Clock()
    keys = remote(library, clock)
    keys.find("ES256", "old")
    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
    clock.time += 601
    assert keys.find("ES256", "old").kid == "old"
    assert keys.status.failures == 1
    with pytest.raises(KeysUnavailable):
        keys.find("ES256", "new")


def test_a_report_that_breaks_off_frees_its_waiters(library, monkeypatch):
    """A handler of the application's log may raise; nobody waits longer for it."""

    def raising(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr(jwks_module._log, "log", raising)
    library.documents["https://id.example.com/jwks"]["keys"].append({"kty": "unheard-of"})
    keys = remote(library)
    assert keys.find("ES256", "old").kid == "old"
    assert keys._flight.done()


def test_what_an_issuer_answers_stays_on_one_line_of_the_log(library, caplog):
    library.documents["https://id.example.com/jwks"] = BadAnswer("no\nkeys", detail="\x1b[2J\r\n")
    keys = remote(library)
    with pytest.raises(KeysUnavailable):
        keys.find("ES256", "old")
    shown = "no\\nkeys \\x1b[2J"
    assert keys.status.last_failure == shown
    assert [record.getMessage() for record in caplog.records] == [
        f"no keys from https://id.example.com/jwks: {shown}"
    ]


@pytest.mark.requirement("tokens:J-45:pluggable-client")
@pytest.mark.parametrize("package", [httpx2, httpx])
def test_keys_come_by_a_client_of_ones_own(package):
    body = json.dumps(published(OLD)).encode()
    with hostile(says(body)) as server, package.Client() as http:
        url = f"http://127.0.0.1:{server.port}/jwks"
        keys = RemoteKeySet(url, algorithms=["ES256"], http=http)
        assert keys.find("ES256", "old").kid == "old"
        with pytest.raises(PolicyRefused, match="not both"):
            RemoteKeySet(url, algorithms=["ES256"], http=http, fetcher=Fetcher())


def test_client_may_not_reach_this_machine_for_an_issuer_elsewhere():
    with httpx2.Client() as http:
        keys = RemoteKeySet("https://id.example.com/jwks", algorithms=["ES256"], http=http)
        assert keys._fetcher._networks == ()


def test_without_an_http_client_the_text_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "watchword.net.fetcher", None)
    with pytest.raises(PolicyRefused, match=r"watchword\[client\]"):
        RemoteKeySet("https://id.example.com/jwks", algorithms=["ES256"])


def test_the_door_has_the_set():
    assert jwt.RemoteKeySet is RemoteKeySet
