"""The logos of clients: fetched once, kept for a while. Source: oauth.md C-7, D-5; users.md U38."""

import asyncio
import logging
import threading
from dataclasses import replace

import pytest
from tests.server.test_pictures import png

from watchword.net.document import Document
from watchword.net.errors import AddressRefused, BadAnswer, Unreachable
from watchword.oauth.clients import Client
from watchword.server import client_logos
from watchword.server.client_logos import ACCEPTED, DAY_SECONDS, MISSING_SECONDS, ClientLogos
from watchword.server.pictures import PICTURE_BYTES_MAX
from watchword.server.strangers_fetcher import StrangersFetcher

URL = "https://app.example/logo.png"
APP = Client(
    "app",
    "App",
    is_first_party=False,
    is_default=False,
    scopes=None,
    details={"logo_uri": URL},
)


class Site:
    """What stands at every address, and how often it was asked for."""

    def __init__(self):
        self.body, self.fault, self.asked = png(), None, []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def fetch(self, url, *, bytes_max):
        assert bytes_max == PICTURE_BYTES_MAX
        self.asked.append(url)
        assert self.may_answer.wait(60)
        if self.fault is not None:
            raise self.fault
        return Document(self.body, "no-store", "text/html")


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def logos(site, clock):
    return ClientLogos(site, clock, lambda: "192.0.2.0/24", wait_seconds=10)


def found(logos, *clients):
    async def every():
        return [await logos.find(client) for client in clients]

    return asyncio.run(every())


@pytest.mark.requirement("users-pages:logo-fetched-once")
def test_picture_is_fetched_once_a_day(logos, site, clock):
    """What its header says does not count."""
    first, second = found(logos, APP, replace(APP, client_id="another one"))
    assert first == second
    assert first.media_type == "image/png"
    assert site.asked == [URL]
    clock.seconds += DAY_SECONDS
    found(logos, APP)
    assert site.asked == [URL, URL]


def test_client_without_a_logo_has_none(logos, site):
    assert found(logos, replace(APP, details={})) == [None]
    assert site.asked == []


@pytest.mark.requirement("users-pages:logo-fetched-once")
@pytest.mark.parametrize(
    "fault",
    [
        AddressRefused("the host has an address that is not public"),
        BadAnswer("the answer has status 404, not 200"),
        Unreachable("no connection"),
        None,
    ],
)
def test_address_without_a_picture_is_left_alone_for_an_hour(logos, site, clock, fault, caplog):
    site.fault, site.body = fault, b"<svg/>"
    with caplog.at_level(logging.INFO, "watchword.server.client_logos"):
        assert found(logos, APP, APP) == [None, None]
    assert site.asked == [URL]
    assert URL in caplog.text
    site.fault, site.body = None, png()
    clock.seconds += MISSING_SECONDS
    assert found(logos, APP) != [None]


@pytest.mark.requirement("users-pages:logo-fetched-once")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:192.168.0.1]"]
)
def test_nothing_inside_is_fetched(clock, host):
    """security.md rule 102: whoever registers a client names the address."""
    logos = ClientLogos(StrangersFetcher(accept=ACCEPTED), clock, lambda: None)
    assert found(logos, replace(APP, details={"logo_uri": f"https://{host}/logo.png"})) == [None]


def test_address_that_is_none_is_refused_without_a_request(logos, site):
    assert found(logos, replace(APP, details={"logo_uri": "http://app.example/x"})) == [None]
    assert site.asked == []


@pytest.mark.requirement("users-pages:logo-fetched-once")
def test_page_does_not_wait_for_a_slow_one_which_is_there_the_next_time(site, clock):
    logos = ClientLogos(site, clock, lambda: None, wait_seconds=0.01)
    site.may_answer.clear()

    async def twice():
        assert await logos.find(APP) is None
        site.may_answer.set()
        logos.wait_seconds = 10
        return await logos.find(APP)

    assert asyncio.run(twice()) is not None
    assert site.asked == [URL]


def test_one_network_does_not_hold_every_fetch(site, logos):
    """As with documents: two at once of one network, one of one host."""
    addresses = [f"https://{name}.example/l" for name in "abc"]
    clients = [replace(APP, details={"logo_uri": address}) for address in addresses]
    site.may_answer.clear()

    async def three():
        coming = [asyncio.ensure_future(logos.find(client)) for client in clients]
        refused = await coming[2]
        site.may_answer.set()
        return refused, await coming[0], await coming[1], await logos.find(clients[2])

    refused, *others = asyncio.run(three())
    assert refused is None
    assert None not in others


def test_memory_is_bounded(site, logos, monkeypatch):
    monkeypatch.setattr(client_logos, "LOGOS_MAX", 2)
    clients = [replace(APP, details={"logo_uri": f"https://{name}.example/"}) for name in "abc"]
    found(logos, *clients[:2], clients[0], clients[2], clients[0])
    assert len(site.asked) == 3
    found(logos, clients[1])
    assert len(site.asked) == 4
