"""`watchword key` on a real database."""

import asyncio
import json

import pytest

from watchword.base.clock import SYSTEM
from watchword.base.secrets import Secret
from watchword.jose.jwk.keyset import KeySet
from watchword.server import AuthServer, Settings
from watchword.stores import open_store


@pytest.fixture
def started(command):
    """A directory in which a server has run once."""

    async def once():
        server = AuthServer(Settings(signing_alg="ES256"))
        await server.startup()
        await server.shutdown()

    asyncio.run(once())
    return command


def listed(started):
    return started("key", "list", "--json").json["keys"]


@pytest.mark.requirement("oauth:K-4:status")
def test_status_shows_the_plan_on_a_time_line(started):
    shown = started("key", "status")
    assert shown.code == 0
    assert "active, signs until" in shown.out
    assert "█" in shown.out
    assert "▲ now" in shown.out
    assert "announced for 14 days, signs for 90 days" in shown.out
    assert started("key", "status", "--json").json["keys"] == listed(started)


def test_rotate_announces_the_next_key_once(started):
    done = started("key", "rotate")
    assert done.code == 0
    assert "is published and signs from" in done.out
    assert sorted(key["state"] for key in listed(started)) == ["active", "pending"]
    assert "pending, signs from" in started("key", "status").out
    assert "· announced" in started("key", "status").out
    again = started("key", "rotate")
    assert (again.code, again.out) == (1, "")
    assert "announced already" in again.err


@pytest.mark.requirement("oauth:K-5:command")
def test_stolen_key_is_replaced_by_one_command(started):
    (old,) = listed(started)
    done = started("key", "rotate", "--compromised", old["kid"], "--yes")
    assert done.code == 0
    assert "is deleted" in done.out
    (new,) = listed(started)
    assert new["kid"] != old["kid"]
    assert new["state"] == "active"
    again = started("key", "rotate", "--compromised", old["kid"], "--yes")
    assert again.code == 1
    assert "watchword key list" in again.err


def test_stolen_key_of_another_algorithm_is_replaced_by_one_of_the_same(started):
    async def asked_for():
        server = AuthServer(Settings(signing_alg="ES256"))
        server.client("shop", name="Shop", secret=Secret("s" * 43), id_token_alg="Ed25519")
        await server.startup()
        await server.runtime.caretaker.turn()
        await server.shutdown()

    asyncio.run(asked_for())
    before = {key["alg"]: key["kid"] for key in listed(started)}
    assert before.keys() == {"ES256", "Ed25519"}
    assert started("key", "rotate", "--compromised", before["Ed25519"], "--yes").code == 0
    after = {key["alg"]: key["kid"] for key in listed(started)}
    assert after["ES256"] == before["ES256"]
    assert after["Ed25519"] not in before.values()


def test_replacing_a_key_asks_first(started):
    (old,) = listed(started)
    assert started("key", "rotate", "--compromised", old["kid"], stdin="n\n").code == 1
    assert listed(started) == [old]


@pytest.mark.requirement("oauth:W-4:export")
def test_export_prints_public_keys_only(started):
    printed = started("key", "export")
    keys = KeySet.from_jwks(printed.out)
    assert [key["kid"] for key in json.loads(printed.out)["keys"]] == [listed(started)[0]["kid"]]
    assert '"d"' not in printed.out
    assert keys.algorithms == {"ES256"}
    assert started("key", "export", "--pem").out.startswith("-----BEGIN PUBLIC KEY-----")


def test_without_a_database_the_command_says_what_to_run(command):
    assert "watchword migrate" in command("key", "list").err


@pytest.mark.requirement("oauth:K-4:status")
def test_status_says_who_still_holds_the_old_set(started):
    async def note():
        async with await open_store(Settings().database) as store:
            now = SYSTEM.now()
            await store.note_key_reader(
                "https://api.example", "reader_1-7", is_current=False, now=now
            )
            await store.note_key_reader("https://new.example", "r", is_current=True, now=now + 9)

    asyncio.run(note())
    assert "old set" not in started("key", "status").out
    started("key", "rotate")
    shown = started("key", "status")
    assert "Verifiers that still hold the old set: 1." in shown.out
    assert "https://api.example reader_1-7, last heard of" in shown.out
    (waited_for,) = started("key", "status", "--json").json["waits_for"]
    assert waited_for["name"] == "https://api.example reader_1-7"
