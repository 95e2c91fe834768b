"""A running server follows the plan of its keys and what other nodes do to them."""

import asyncio
import json
import logging

import pytest

from watchword.base import chance
from watchword.keys.live import LiveRing
from watchword.keys.record import KeyState
from watchword.keys.ring import KeyRing, make_record
from watchword.keys.rotation import RotationPolicy
from watchword.keys.sealing import SealingKey
from watchword.oauth.clients import Client
from watchword.server.documents import KeySetDocument
from watchword.server.key_caretaker import KeyCaretaker
from watchword.stores import StoreUnavailable, migrate, open_store

NOW = 1_800_000_000
DAY = 86_400
SEALING = SealingKey(bytes(range(32)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return request.getfixturevalue("postgres_url")


class Clock:
    def __init__(self):
        self.seconds = NOW

    def now(self):
        return self.seconds

    def monotonic(self):
        return float(self.seconds)


async def node(url, clock):
    store = await open_store(url, clock=clock)
    ring = await KeyRing.open(store, SEALING, alg="ES256", clock=clock, chance=chance.SYSTEM)
    caretaker = KeyCaretaker(
        store=store,
        live=LiveRing(ring),
        sealing=SEALING,
        policy=RotationPolicy(),
        alg="ES256",
        clock=clock,
        chance=chance.SYSTEM,
    )
    return store, caretaker


def kids(document):
    return [key["kid"] for key in json.loads(document.current.body)["keys"]]


@pytest.mark.requirement("oauth:K-1:automatic")
@pytest.mark.requirement("oauth:K-6:nodes-agree")
def test_two_nodes_go_through_a_rotation_together(store_url):
    async def run():
        await migrate(store_url)
        clock = Clock()
        (one, first), (two, second) = await node(store_url, clock), await node(store_url, clock)
        published = KeySetDocument(second.live)
        (old,) = kids(published)
        clock.seconds = NOW + 76 * DAY
        await asyncio.gather(first.turn(), second.turn())
        await asyncio.gather(first.turn(), second.turn())
        announced = kids(published)
        assert announced[0] == old
        assert len(announced) == 2
        assert first.live.signing_key.kid == second.live.signing_key.kid == old
        clock.seconds = NOW + 90 * DAY
        await asyncio.gather(first.turn(), second.turn())
        await asyncio.gather(first.turn(), second.turn())
        assert first.live.signing_key.kid == second.live.signing_key.kid == announced[1]
        assert kids(published) == announced
        clock.seconds = NOW + 104 * DAY
        await first.turn()
        await second.turn()
        assert kids(published) == announced[1:]
        await one.close()
        await two.close()

    asyncio.run(run())


@pytest.mark.requirement("oauth:K-5:compromise")
def test_node_follows_the_replacement_of_a_stolen_key(store_url):
    async def run():
        await migrate(store_url)
        clock = Clock()
        store, caretaker = await node(store_url, clock)
        stolen = caretaker.live.signing_key.kid
        fresh = make_record(SEALING, alg="ES256", now=NOW, chance=chance.SYSTEM)
        assert await store.replace_signing_key(stolen, fresh, now=NOW, until=NOW + 300)
        await caretaker.turn()
        assert caretaker.live.signing_key.kid == fresh.kid
        assert kids(KeySetDocument(caretaker.live)) == [fresh.kid]
        await store.close()

    asyncio.run(run())


def test_outage_leaves_the_keys_that_stand_and_is_said(store_url, caplog, monkeypatch):
    async def run():
        await migrate(store_url)
        store, caretaker = await node(store_url, Clock())
        before = caretaker.live.ring
        asked = asyncio.Event()

        async def fails():
            asked.set()
            raise StoreUnavailable("the database is away", fix="bring it back")

        monkeypatch.setattr(type(store), "list_signing_keys", lambda _: fails())
        caretaker.start()
        await asyncio.wait_for(asked.wait(), 60)
        await asyncio.sleep(0)
        await caretaker.stop()
        await caretaker.stop()
        assert caretaker.live.ring is before
        await store.close()

    with caplog.at_level(logging.WARNING, "watchword.keys"):
        asyncio.run(run())
    assert "those that stand go on" in caplog.text


def test_made_key_is_pending_exactly_when_it_signs_later():
    for when, state in ((None, KeyState.ACTIVE), (NOW, KeyState.PENDING)):
        made = make_record(SEALING, alg="ES256", now=NOW, chance=chance.SYSTEM, activates_at=when)
        assert (made.state, made.activates_at) == (state, when)


def asks_for(alg):
    return Client("rp", "RP", is_first_party=False, is_default=False, scopes=None, id_token_alg=alg)


@pytest.mark.requirement("oauth:K-6:key-per-algorithm")
def test_algorithm_that_a_client_asks_for_has_keys_that_rotate_as_well(store_url):
    async def run():
        await migrate(store_url)
        clock = Clock()
        store, caretaker = await node(store_url, clock)
        other_store, other = await node(store_url, clock)
        own = await caretaker.signing_key(None)
        await store.register_client(asks_for("Ed25519"))
        await asyncio.gather(caretaker.turn(), other.turn())
        chosen = await caretaker.signing_key("Ed25519")
        assert chosen.alg == "Ed25519"
        assert (await other.signing_key("Ed25519")).kid == chosen.kid
        assert (await caretaker.signing_key(None)).kid == own.kid
        assert set(kids(KeySetDocument(caretaker.live))) == {own.kid, chosen.kid}
        for day in (76, 90):
            clock.seconds = NOW + day * DAY
            await caretaker.turn()
        assert len(kids(KeySetDocument(caretaker.live))) == 4
        assert (await caretaker.signing_key("Ed25519")).kid != chosen.kid
        await store.close()
        await other_store.close()

    asyncio.run(run())


def test_client_that_is_quicker_than_the_next_turn_has_its_key_made_at_once(store_url):
    async def run():
        await migrate(store_url)
        store, caretaker = await node(store_url, Clock())
        await store.register_client(asks_for("Ed25519"))
        key = await caretaker.signing_key("Ed25519")
        assert caretaker.live.find("Ed25519", key.kid).kid == key.kid
        await store.close()

    asyncio.run(run())


def test_algorithm_that_nobody_may_ask_for_has_no_key(store_url):
    async def run():
        await migrate(store_url)
        store, caretaker = await node(store_url, Clock())
        await store.register_client(asks_for("HS256"))
        with pytest.raises(KeyError):
            await caretaker.signing_key("HS256")
        with pytest.raises(KeyError):
            await caretaker.signing_key("PS256")
        await store.close()

    asyncio.run(run())


@pytest.mark.requirement("oauth:K-4:rotation-waits")
def test_announced_key_waits_for_a_verifier_that_does_not_hold_it(store_url):
    async def run():
        await migrate(store_url)
        clock = Clock()
        store, caretaker = await node(store_url, clock)
        async with store:
            old = caretaker.live.signing_key.kid
            await store.note_key_reader("notes", "1", is_current=True, now=NOW)
            clock.seconds = NOW + 76 * DAY
            await caretaker.turn()
            clock.seconds = NOW + 90 * DAY
            await store.note_key_reader("notes", "1", is_current=False, now=clock.now())
            await caretaker.turn()
            assert caretaker.live.signing_key.kid == old
            await store.note_key_reader("notes", "1", is_current=True, now=clock.now() + 1)
            await caretaker.turn()
            assert caretaker.live.signing_key.kid != old

    asyncio.run(run())


@pytest.mark.requirement("oauth:K-4:rotation-waits")
def test_verifier_that_is_silent_for_a_day_is_waited_for_no_more(store_url):
    async def run():
        await migrate(store_url)
        clock = Clock()
        store, caretaker = await node(store_url, clock)
        async with store:
            old = caretaker.live.signing_key.kid
            clock.seconds = NOW + 76 * DAY
            await caretaker.turn()
            await store.note_key_reader("notes", "1", is_current=False, now=NOW + 89 * DAY)
            clock.seconds = NOW + 90 * DAY - 1
            await caretaker.turn()
            assert caretaker.live.signing_key.kid == old
            clock.seconds = NOW + 90 * DAY
            await caretaker.turn()
            assert caretaker.live.signing_key.kid != old

    asyncio.run(run())
