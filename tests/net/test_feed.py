"""Reading a feed over HTTP: what is asked, and what of the answers is believed.

Source: oauth.md F-1, F-2.
"""

import json
import os
import threading
from base64 import b64decode
from urllib.parse import parse_qsl, urlsplit

import pytest

from watchword.base.secrets import Secret
from watchword.net.document import Answer, Document
from watchword.net.errors import BadAnswer
from watchword.net.feed import RemoteFeed
from watchword.oauth.feed import Revocation, RevocationKind

ISSUER = "https://id.example.com"
ENDPOINT = f"{ISSUER}/revocations"
EVENT = {"kind": "sid", "value": "sid_1", "at": 10, "until": 20}


class Issuer:
    """What fetches and sends, without a network."""

    def __init__(self, page, status=200, **metadata):
        self.page = page
        self.status = status
        self.members = {"issuer": ISSUER, "watchword_revocations_endpoint": ENDPOINT} | metadata
        self.fetched = 0
        self.sent = []

    def fetch(self, _url, **_bounds):
        self.fetched += 1
        return Document(json.dumps(self.members).encode(), "")

    def send(self, request):
        self.sent.append(request)
        body = self.page if isinstance(self.page, bytes) else json.dumps(self.page).encode()
        return Answer(self.status, (), body)


def read(issuer, *, cursor="1.7"):
    feed = RemoteFeed(ISSUER, name="https://a/b", secret=Secret("a b:%"), fetcher=issuer)
    try:
        return feed.read(cursor, wait_seconds=25, stop=threading.Event())
    finally:
        feed.close()


@pytest.mark.requirement("oauth:F-1:endpoint")
def test_feed_is_asked_with_cursor_wait_and_credentials():
    issuer = Issuer({"events": [EVENT], "cursor": "1.8"})
    found = read(issuer)
    assert found.events == (Revocation(0, RevocationKind.SESSION, "sid_1", 10, 20),)
    assert found.cursor == "1.8"
    (sent,) = issuer.sent
    assert sent.url == f"{ENDPOINT}?cursor=1.7&wait=25"
    assert sent.seconds_max == 35
    scheme, _, credentials = sent.headers["Authorization"].partition(" ")
    assert (scheme, b64decode(credentials)) == ("Basic", b"https%3A%2F%2Fa%2Fb:a+b%3A%25")
    assert "Authorization" not in repr(sent)


def test_events_of_unknown_kinds_are_left_out():
    issuer = Issuer({"events": [{**EVENT, "kind": "moon"}, EVENT], "cursor": "1.8", "more": 1})
    assert len(read(issuer).events) == 1


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"[]",
        {"events": []},
        {"cursor": "1.1"},
        {"events": {}, "cursor": "1.1"},
        {"events": [1], "cursor": "1.1"},
        {"events": [], "cursor": "x" * 513},
        {"events": [{**EVENT, "at": "10"}], "cursor": "1.1"},
        {"events": [{**EVENT, "value": "x" * 513}], "cursor": "1.1"},
    ],
    ids=repr,
)
def test_what_is_no_page_is_refused(page):
    with pytest.raises(BadAnswer, match="malformed"):
        read(Issuer(page))


def test_refusal_of_the_issuer_is_named_and_its_place_looked_up_again():
    issuer = Issuer({}, status=401)
    feed = RemoteFeed(ISSUER, name="a", secret=Secret("x"), fetcher=issuer)
    for _ in range(2):
        with pytest.raises(BadAnswer, match="status 401"):
            feed.read("", wait_seconds=0, stop=threading.Event())
    assert issuer.fetched == 2


def test_issuer_without_a_feed_is_named():
    with pytest.raises(BadAnswer, match="names no watchword_revocations_endpoint"):
        read(Issuer({}, watchword_revocations_endpoint=None))


@pytest.mark.requirement("oauth:K-4:readers")
def test_reader_names_its_process_and_the_keys_that_it_holds():
    issuer = Issuer({"events": [], "cursor": "1.8", "kids": ["k1", "k2"]})
    feed = RemoteFeed(ISSUER, name="a", secret=Secret("x"), fetcher=issuer)
    found = feed.read("", wait_seconds=0, stop=threading.Event(), held=("k1", "k&2"))
    assert found.kids == ("k1", "k2")
    asked = dict(parse_qsl(urlsplit(issuer.sent[0].url).query, keep_blank_values=True))
    assert asked["kids"] == "k1 k&2"
    assert asked["reader"].startswith("reader_")
    assert asked["reader"].endswith(f"-{os.getpid()}")
