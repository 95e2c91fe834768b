"""Reading all clients of a store that gives them in pages. oauth.md S-2."""

import asyncio

from watchword.oauth.clients import Client
from watchword.oauth.registration.administration import KeptClient, every_client


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
