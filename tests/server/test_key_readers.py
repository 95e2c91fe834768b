"""What verifiers say is written where it changes, and now and then as a sign of life.

Source: oauth.md K-4.
"""

import asyncio

import pytest

from watchword.server import key_readers
from watchword.server.key_readers import KeyReaders


class Store:
    def __init__(self):
        self.written = []

    async def note_key_reader(self, verifier, process, *, is_current, now):
        self.written.append((f"{verifier} {process}", is_current, now))


class Ring:
    def __init__(self, *kids):
        self.kids = kids

    def publish(self):
        keys = [{"kid": kid, "alg": "ES256"} for kid in self.kids]
        return {"keys": [*keys, {"kid": "other", "alg": "PS256"}]}


class Live:
    def __init__(self, ring):
        self.ring = ring


@pytest.fixture
def readers(clock):
    return KeyReaders(Store(), Live(Ring("k1")), "ES256", clock)


def note(readers, name="notes 1", *held):
    asyncio.run(readers.note(*name.split(), frozenset(held)))


@pytest.mark.requirement("oauth:K-4:readers")
def test_only_what_changes_is_written(readers, clock):
    start = clock.seconds
    note(readers, "notes 1", "k1")
    note(readers, "notes 1", "k1")
    readers.live.ring = Ring("k1", "k2")
    note(readers, "notes 1", "k1")
    note(readers, "notes 1", "k1", "k2")
    clock.seconds += 300
    note(readers, "notes 1", "k1", "k2")
    assert readers.store.written == [
        ("notes 1", True, start),
        ("notes 1", False, start),
        ("notes 1", True, start),
        ("notes 1", True, start + 300),
    ]


def test_keys_that_sign_no_access_token_are_nobodys_concern(readers):
    assert readers.published == ("k1",)


def test_memory_is_bounded(readers, monkeypatch):
    monkeypatch.setattr(key_readers, "READERS_MAX", 1)
    for name in ("a 1", "b 1", "a 1"):
        note(readers, name, "k1")
    assert len(readers.store.written) == 3
