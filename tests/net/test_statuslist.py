"""Fetching a list: what is asked, and what is no answer. Source: status list draft 8.1, 8.2."""

import pytest
from tests.jose.keys import FixedClock, verifier
from tests.jose.statuslist.lists import list_verifier, published, referring
from tests.net.hostile import hostile, says

from watchword import jwt, statuslist
from watchword.net.fetcher import Fetcher


def fetcher():
    return Fetcher(networks=["127.0.0.0/8"], accept="application/statuslist+jwt")


@pytest.mark.requirement("statuslist-21:8.2:fetch")
def test_a_list_is_asked_for_by_its_media_type():
    with hostile(says(b"a.b.c\n")) as server:
        uri = f"http://127.0.0.1:{server.port}/statuslists/1"
        assert statuslist.fetch(uri, fetcher=fetcher()) == "a.b.c"
        assert statuslist.fetch(uri) == "a.b.c"
    for request in server.requests:
        assert b"Accept: application/statuslist+jwt\r\n" in request


@pytest.mark.requirement("statuslist-21:8.2:fetch")
@pytest.mark.parametrize(
    "behaviour",
    [
        says(b"", status="404 Not Found"),
        says(b"", status="302 Found", headers="Location: http://127.0.0.1/\r\n"),
        says(b"x" * (1024 * 1024 + 1)),
        says("é".encode()),
        says(b"", headers="Content-Encoding: gzip\r\n"),
    ],
)
def test_what_is_no_list_is_unavailable(behaviour):
    with hostile(behaviour) as server, pytest.raises(jwt.StatusUnavailable) as caught:
        statuslist.fetch(f"http://127.0.0.1:{server.port}/1", fetcher=fetcher())
    assert caught.value.detail


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "http://192.0.2.1/", "x", ""])
def test_what_may_not_be_reached_is_unavailable(uri):
    with pytest.raises(jwt.StatusUnavailable):
        statuslist.fetch(uri)


@pytest.mark.requirement("tokens:J-49:denylist")
def test_the_whole_way_from_a_token_to_its_list():
    with hostile(says(b"")) as server:
        uri = f"http://127.0.0.1:{server.port}/statuslists/1"
        server.behaviour = says(published({7: statuslist.INVALID}, uri=uri).encode())
        denylist = statuslist.Denylist(
            list_verifier(), fetch=statuslist.fetch, allow=[uri], clock=FixedClock()
        )
        policy = verifier("ES256", denylist=denylist)
        assert policy.verify(referring(uri, 6)).claims.sub == "alice"
        with pytest.raises(jwt.TokenRevoked):
            policy.verify(referring(uri, 7))
        assert server.connections == 1
