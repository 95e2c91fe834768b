"""Reading all clients of a store that gives them in pages. oauth.md S-2."""

import asyncio
from dataclasses import replace

from watchword.oauth.clients import Client
from watchword.oauth.registration.administration import (
    ClientChange,
    KeptClient,
    every_client,
    rewrite_client,
)


class Pages:
    """A store that gives two clients at a time, and remembers where pages began."""

    def __init__(self, *ids):
        self.ids, self.asked = ids, []

    async def page_clients(self, *, after="", limit=2):
        self.asked.append(after)
        found = [one for one in self.ids if one > after][:limit]
        return tuple(
            KeptClient(
                Client(one, "App", is_first_party=False, is_default=False, scopes=None),
                is_active=True,
                is_declared=False,
                created_at=1,
            )
            for one in found
        )


async def ids_in(store):
    return [kept.client.client_id async for kept in every_client(store)]


def test_every_client_is_read_once_and_page_by_page():
    store = Pages("a", "b", "c")
    assert asyncio.run(ids_in(store)) == ["a", "b", "c"]
    assert store.asked == ["", "b", "c"]


def test_nothing_is_read_where_no_client_is_kept():
    store = Pages()
    assert asyncio.run(ids_in(store)) == []
    assert store.asked == [""]


class Shared:
    """A store of one client in which somebody else makes a change after the first read."""

    def __init__(self, client, *, meanwhile):
        self.client, self.meanwhile = client, meanwhile

    async def find_kept_client(self, client_id):
        if self.client is None or self.client.client_id != client_id:
            return None
        read, self.client, self.meanwhile = self.client, self.meanwhile(self.client), same
        return KeptClient(read, is_active=True, is_declared=False, created_at=1)

    async def replace_client_ways(self, client, *, before):
        if self.client is None:
            return ClientChange.UNKNOWN
        if self.client != before:
            return ClientChange.UNCHANGED
        self.client = client
        return ClientChange.CHANGED


def same(client):
    return client


def without_addresses(client):
    return replace(client, redirect_uris=())


def renamed(kept):
    return replace(kept.client, name="Shop")


APP = Client(
    "a",
    "App",
    is_first_party=False,
    is_default=False,
    scopes=None,
    redirect_uris=("https://app.example/cb",),
)


def test_a_change_takes_back_nothing_that_another_changed_meanwhile():
    store = Shared(APP, meanwhile=without_addresses)
    assert asyncio.run(rewrite_client(store, "a", renamed)) is ClientChange.CHANGED
    assert store.client == replace(APP, name="Shop", redirect_uris=())


def test_what_was_removed_meanwhile_is_unknown():
    store = Shared(APP, meanwhile=lambda _: None)
    assert asyncio.run(rewrite_client(store, "a", renamed)) is ClientChange.UNKNOWN
    assert asyncio.run(rewrite_client(store, "a", renamed)) is ClientChange.UNKNOWN
