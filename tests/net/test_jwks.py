"""A key set from elsewhere. Source: tokens.md J-41 to J-45; security.md 3.4, D7."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from tests.net.hostile import hostile, says

from watchword.jose.errors import KeysUnavailable, PolicyRefused, UnknownKey
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.net import jwks as jwks_module
from watchword.net.errors import AddressRefused, BadAnswer, Unreachable
from watchword.net.fetcher import Document, Fetcher
from watchword.net.jwks import KeysPending, RemoteKeySet

ISSUER = "https://id.example.com/tenant"
OPENID = ISSUER + "/.well-known/openid-configuration"
OAUTH = "https://id.example.com/.well-known/oauth-authorization-server/tenant"
OLD, NEW = Key.generate("ES256", kid="old"), Key.generate("ES256", kid="new")


@dataclass
class Clock:
    time: float = 1_000.0

    def now(self) -> int:
        return int(self.time)

    def monotonic(self) -> float:
        return self.time


class Library(Fetcher):
    """A fetcher that answers from memory, and can be held up."""

    def __init__(self, **documents: object) -> None:
        super().__init__()
        self.documents = documents
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def fetch(self, url: str, *, bytes_max: int) -> Document:
        self.asked.append(url)
        self.gate.wait(10)
        found = self.documents.get(url, BadAnswer("the answer has status 404, not 200"))
        if isinstance(found, Exception):
            raise found
        return Document(json.dumps(found).encode()[:bytes_max], "max-age=600")


def published(*keys: Key) -> dict:
    return KeySet([key.public() for key in keys]).publish()


def remote(library: Library, clock: Clock | None = None) -> RemoteKeySet:
    return RemoteKeySet(
        "https://id.example.com/jwks",
        algorithms=["ES256"],
        fetcher=library,
        clock=clock or Clock(),
    )


@pytest.fixture
def library() -> Library:
    library = Library()
    library.documents["https://id.example.com/jwks"] = published(OLD)
    return library


def settled(keys: RemoteKeySet) -> None:
    """Wait for the fetch in the background."""
    keys._flight.result(10)


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
        assert {each.result(20).kid for each in found} == {"old"}
    assert len(library.asked) == 1


@pytest.mark.requirement("tokens:J-43:one-fetch-across-loops")
def test_threads_and_event_loops_share_one_fetch(library):
    keys = remote(library)
    library.gate.clear()

    async def ask() -> str | None:
        try:
            return keys.nowait.find("ES256", "old").kid
        except KeysPending as pending:
            await pending.arrival()
            return keys.nowait.find("ES256", "old").kid

    async def crowd() -> set[str | None]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask()) for _ in range(100)]
            await asyncio.sleep(0)
            library.gate.set()
        return {task.result() for task in tasks}

    with ThreadPoolExecutor(4) as pool:
        loops = [pool.submit(asyncio.run, crowd()) for _ in range(2)]
        threads = [pool.submit(keys.find, "ES256", "old") for _ in range(2)]
        assert [each.result(20) for each in loops] == [{"old"}, {"old"}]
        assert {each.result(20).kid for each in threads} == {"old"}
    assert len(library.asked) == 1


def test_cancelled_waiter_leaves_the_fetch_alone(library):
    keys = remote(library)
    library.gate.clear()

    async def impatient() -> None:
        with pytest.raises(KeysPending) as pending:
            keys.nowait.find("ES256", "old")
        waiting = asyncio.create_task(pending.value.arrival())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        library.gate.set()
        await pending.value.arrival()
        assert keys.nowait.find("ES256", "old").kid == "old"

    asyncio.run(impatient())
    assert len(library.asked) == 1


def test_wait_has_an_end(library, monkeypatch):
    monkeypatch.setattr(jwks_module, "WAIT_SECONDS_MAX", 0)
    keys = remote(library)
    library.gate.clear()
    with pytest.raises(KeysUnavailable, match="in time"):
        keys.find("ES256", "old")

    async def ask() -> None:
        with pytest.raises(KeysPending) as pending:
            keys.nowait.find("ES256", "old")
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
    assert [each.is_alarming for each in keys.dropped] == [False, True]
    assert "private part" in caplog.text
    assert str(private["d"]) not in caplog.text


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
    assert keys.nowait.algorithms == {"ES256"}
    assert keys.find("ES256", "old").kid == "old"


@pytest.mark.parametrize("algorithms", [[], ["HS256"], ["ES256", "HS256"], ["none"]])
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
