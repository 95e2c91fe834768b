"""The revocation feed as text: what a reader asks, and what it gets.

Source: oauth.md F-1, F-2; section 3.
"""

import asyncio
import json
from base64 import b64encode
from dataclasses import replace

import pytest

from watchword.base.secrets import digest
from watchword.oauth.callers import Inquirer
from watchword.oauth.client_authentication import ClientAuthenticationContext
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin, Resource
from watchword.oauth.errors import InvalidClient, InvalidRequest, UnauthorizedClient
from watchword.oauth.feed import (
    BEGINNING,
    AccountChange,
    Cursor,
    FeedPage,
    FeedRequest,
    MalformedPage,
    Revocation,
    RevocationKind,
    authenticate_reader,
    members,
    parse,
    read_news,
)

SECRET = "the secret of a reader, long enough"
CLIENT = Client(
    "app",
    "App",
    is_first_party=False,
    is_default=False,
    scopes=None,
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
    secret_hash=digest(SECRET),
)
RESOURCE = Resource("notes", (), is_default=True, secret_hash=digest(SECRET))


class Clients:
    def __init__(self, client=CLIENT):
        self.client = client

    async def find_client(self, client_id):
        return self.client if self.client.client_id == client_id else None

    async def list_resources(self):
        return (RESOURCE,)


def read(authorization, client=CLIENT):
    ctx = ClientAuthenticationContext("https://id.example.com", Clients(client), None, None, None)
    return asyncio.run(authenticate_reader(authorization, ctx))


def basic(name, secret=SECRET):
    return [f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"]


def test_request_without_parameters_asks_for_everything_at_once():
    assert parse({}) == FeedRequest(BEGINNING, 0)


def test_cursor_and_wait_are_read():
    assert parse({"cursor": "1.17", "wait": "20", "other": "x"}) == FeedRequest(Cursor(1, 17), 20)


@pytest.mark.parametrize(
    "word", ["made up", "1.", "-1.1", "1.\u0661", f"1.{2**63}", f"{2**63}.1", "1." + "0" * 40]
)
def test_word_that_is_no_cursor_asks_for_everything(word):
    assert parse({"cursor": word}).cursor == BEGINNING


def test_cursor_counts_as_far_as_a_store_does():
    furthest = Cursor(2**63 - 1, 2**63 - 1)
    assert parse({"cursor": furthest.to_text()}).cursor == furthest


def test_wait_is_bounded():
    assert parse({"wait": "999"}).wait_seconds == 25


@pytest.mark.parametrize("wait", ["-1", "1.5", "x", "٣", "1000"])
def test_wait_that_is_no_number_of_seconds_is_refused(wait):
    with pytest.raises(InvalidRequest, match="wait is a number"):
        parse({"wait": wait})


@pytest.mark.parametrize("name", ["client_secret", "access_token"])
def test_credentials_in_the_query_are_refused(name):
    """oauth.md N-21."""
    with pytest.raises(InvalidRequest, match="Authorization header"):
        parse({name: "x"})


@pytest.mark.requirement("oauth:F-1:credential")
def test_resource_and_client_read_with_their_secrets():
    assert read(basic("notes")) == Inquirer(resource="notes")
    assert read(basic("app")) == Inquirer(client_id="app", origin=ClientOrigin.DECLARED)
    for stranger in ([], basic("app", "wrong"), basic("notes", "wrong"), basic("nobody")):
        with pytest.raises(InvalidClient):
            read(stranger)


@pytest.mark.requirement("oauth:F-1:credential")
@pytest.mark.parametrize("origin", [ClientOrigin.DYNAMIC, ClientOrigin.DOCUMENT])
def test_client_that_registered_itself_may_not_read(origin):
    with pytest.raises(UnauthorizedClient):
        read(basic("app"), replace(CLIENT, origin=origin))


def test_page_is_written_as_events_and_cursor():
    event = Revocation(7, RevocationKind.SESSION, "sid_1", 10, 20)
    assert members(FeedPage((event,), Cursor(2, 7)), ("k1",)) == {
        "events": [{"kind": "sid", "value": "sid_1", "at": 10, "until": 20}],
        "cursor": "2.7",
        "kids": ["k1"],
    }


@pytest.mark.requirement("access:F2:feed")
def test_change_of_an_account_is_text():
    for change in (AccountChange("user_1", 7), AccountChange("u", 0, is_suspended=True)):
        assert AccountChange.from_text(change.to_text()) == change
    assert AccountChange("user_1", 7).to_text() == "user_1 7 active"
    for text in ("", "user_1", "user_1 7", "user_1 -7 active", "user_1 7 gone", "a b 7 active"):
        with pytest.raises(ValueError, match="no change"):
            AccountChange.from_text(text)
        page = {"kind": "account", "value": text, "at": 1, "until": 2}
        with pytest.raises(MalformedPage):
            read_news(json.dumps({"events": [page], "cursor": "1.1"}).encode())


@pytest.mark.requirement("oauth:K-4:readers")
def test_reader_says_who_it_is_and_which_keys_it_holds():
    asked = parse({"reader": "reader_1-7", "kids": "k1 k2"})
    assert (asked.reader, asked.held) == ("reader_1-7", {"k1", "k2"})
    assert parse({"reader": "a"}).held == frozenset()
    with pytest.raises(InvalidRequest, match="reader is a short name"):
        parse({"reader": "a b"})


@pytest.mark.parametrize(
    ("kids", "read"),
    [(["k1", 7], ("k1",)), ("k1", ()), (None, ()), (["k"] * 99, ("k",) * 16)],
)
def test_announced_keys_are_read_as_far_as_they_are_names(kids, read):
    page = {"events": [], "cursor": "1.1", "kids": kids}
    assert read_news(json.dumps(page).encode()).kids == read
