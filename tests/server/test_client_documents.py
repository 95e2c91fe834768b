"""Clients that are known by a document: fetched, kept, fetched again. oauth.md D-2 to D-6."""

import asyncio
import json
import logging
import threading
from contextlib import ExitStack

import pytest

from watchword.jose.jwk.key import Key
from watchword.net.document import Document
from watchword.net.errors import AddressRefused, BadAnswer, Unreachable
from watchword.oauth.errors import Busy, InvalidClient
from watchword.oauth.registration.administration import ClientAdded
from watchword.oauth.registration.document import NotKept
from watchword.oauth.registration.members import client_from
from watchword.server.app import AuthServer
from watchword.server.fetch_turns import FETCHES_MAX, REST_SECONDS
from watchword.server.settings import Settings

ID = "https://app.example/client.json"
SAID = {"client_id": ID, "client_name": "App", "redirect_uris": ["https://app.example/cb"]}
DAY = 86_400


class Site:
    """What stands at every address, and how often it was asked for."""

    def __init__(self):
        self.members, self.cache_control, self.fault = dict(SAID), "max-age=600", None
        self.asked, self.may_answer = [], threading.Event()
        self.may_answer.set()

    def fetch(self, url, *, bytes_max):
        self.asked.append(url)
        assert self.may_answer.wait(60)
        if self.fault is not None:
            raise self.fault
        body = json.dumps({**self.members, "client_id": url}).encode()
        return Document(body[:bytes_max], self.cache_control, "application/json")


@pytest.fixture
def opened(tmp_path, clock, started_in):
    def started(**said):
        settings = Settings(database=f"sqlite:///{tmp_path}/w.db", signing_alg="ES256", **said)
        return started_in(auth := AuthServer(settings, clock=clock), auth)

    return started


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def server(opened, site):
    with opened(client_documents="open") as started:
        started.runtime.clients.fetcher = site
        yield started


def find(server, client_id=ID):
    return server.run(server.runtime.clients.find_client(client_id))


@pytest.mark.requirement("oauth:D-4:cache")
def test_a_document_is_kept_for_as_long_as_it_says(server, site):
    for _ in range(3):
        assert find(server).name == "App"
    assert len(site.asked) == 1
    server.clock.seconds += 600
    site.members["client_name"] = "Renamed"
    assert find(server).name == "Renamed"
    assert len(site.asked) == 2
    kept = server.run(server.runtime.store.find_client(ID))
    assert kept.name == "Renamed"  # which is what every node reads


@pytest.mark.requirement("oauth:D-4:cache")
@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [("max-age=1", 60), ("no-store", 60), ("max-age=999999999", DAY), ("", 600)],
)
def test_for_a_minute_at_least_and_a_day_at_most(server, site, cache_control, seconds):
    site.cache_control = cache_control
    find(server)
    server.clock.seconds += seconds - 1
    find(server)
    assert len(site.asked) == 1
    server.clock.seconds += 1
    find(server)
    assert len(site.asked) == 2


@pytest.mark.requirement("oauth:D-4:errors-not-cached")
def test_what_was_refused_is_not_kept(server, site):
    site.members["client_secret"] = "x"
    with pytest.raises(InvalidClient, match="holds a secret"):
        find(server)
    assert server.run(server.runtime.store.find_document(ID)) is None
    del site.members["client_secret"]
    assert find(server).name == "App"


@pytest.mark.requirement("oauth:D-4:errors-not-cached")
def test_an_address_that_is_down_is_answered_from_what_is_kept_for_a_day(server, site):
    site.cache_control = "max-age=60"
    find(server)
    site.fault = Unreachable("no connection")
    server.clock.seconds += DAY - 1
    assert find(server).name == "App"
    server.clock.seconds += 1
    with pytest.raises(InvalidClient) as refused:
        find(server)
    assert refused.value.public == "the client metadata document cannot be reached"


def test_an_address_that_says_no_is_believed_at_once(server, site):
    find(server)
    server.clock.seconds += 600
    site.fault = BadAnswer("the answer has status 404, not 200")
    with pytest.raises(InvalidClient, match="status 404"):
        find(server)


@pytest.mark.requirement("oauth:D-2:no-oracle")
def test_nobody_learns_by_it_what_a_name_resolves_to(server, site):
    texts = set()
    for fault in (
        Unreachable("the name does not resolve"),
        AddressRefused("not public", detail="10.0.0.1"),
    ):
        site.fault = fault
        with pytest.raises(InvalidClient) as refused:
            find(server)
        texts.add(refused.value.public)
        assert str(fault) in refused.value.detail
        server.clock.seconds += REST_SECONDS
    assert texts == {"the client metadata document cannot be reached"}


@pytest.mark.requirement("oauth:D-2:coalesced")
def test_fetches_of_one_address_are_one_and_few_run_at_once(server, site):
    clients = server.runtime.clients

    async def ask():
        site.may_answer.clear()
        same = [asyncio.create_task(clients.find_client(ID)) for _ in range(20)]
        others = [
            asyncio.create_task(clients.find_client(f"https://{number}.example/client.json"))
            for number in range(FETCHES_MAX + 2)
        ]
        done, _ = await asyncio.wait(others, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        site.may_answer.set()
        answers = await asyncio.gather(*same, *others, return_exceptions=True)
        return [task.exception() for task in done], answers

    early, answers = server.run(ask())
    assert all(isinstance(fault, Busy) for fault in early)
    assert {answer.client_id for answer in answers[:20]} == {ID}
    assert site.asked.count(ID) == 1
    assert len(site.asked) == FETCHES_MAX
    assert sum(isinstance(answer, Busy) for answer in answers) == 3


@pytest.mark.requirement("oauth:D-2:silent-hosts-rest")
def test_a_host_that_did_not_answer_is_left_alone_for_a_moment(server, site):
    site.fault = Unreachable("no connection")
    for path in ("client.json", "other.json", "client.json"):
        with pytest.raises(InvalidClient) as refused:
            find(server, f"https://app.example/{path}")
        assert refused.value.public == "the client metadata document cannot be reached"
    assert len(site.asked) == 1
    site.fault = None
    server.clock.seconds += REST_SECONDS
    assert find(server).name == "App"


@pytest.mark.requirement("oauth:D-2:silent-hosts-rest")
def test_what_is_kept_goes_on_while_too_many_are_fetched(server, site):
    site.cache_control = "max-age=60"
    find(server)
    server.clock.seconds += 60
    with ExitStack() as held:
        for number in range(FETCHES_MAX):
            held.enter_context(server.runtime.clients._turns.take(f"{number}.example", None))
        assert find(server).name == "App"
        with pytest.raises(Busy):
            find(server, "https://other.example/client.json")
        server.clock.seconds += DAY
        with pytest.raises(Busy):
            find(server)
    assert len(site.asked) == 1


@pytest.mark.requirement("oauth:D-6:policy")
def test_only_listed_hosts_are_asked(opened, site):
    with opened(client_documents="listed", client_document_hosts=("app.example",)) as server:
        server.runtime.clients.fetcher = site
        assert find(server).name == "App"
        for other in ("https://evil.example/c", "https://app.example:444/c"):
            with pytest.raises(InvalidClient, match="not let in"):
                find(server, other)
        assert site.asked == [ID]


@pytest.mark.requirement("oauth:D-6:policy")
def test_an_address_may_be_registered_by_hand(server, site):
    from watchword.oauth.clients import ClientOrigin  # noqa: PLC0415  # one use

    members = {"redirect_uris": ["https://app.example/other"]}
    known = client_from(ID, "Known", members, origin=ClientOrigin.ADMINISTRATOR)
    store = server.runtime.store
    assert server.run(store.add_client(known, now=server.clock.now())) is ClientAdded.ADDED
    assert find(server).name == "Known"
    server.run(store.disable_client(ID, now=server.clock.now()))
    assert find(server) is None
    assert site.asked == []


def test_one_that_was_switched_off_is_not_asked_again(server, site):
    find(server)
    server.run(server.runtime.store.disable_client(ID, now=server.clock.now()))
    server.clock.seconds += 600
    assert find(server) is None
    assert len(site.asked) == 1


def test_one_that_is_switched_off_while_it_is_asked_is_not_taken_up(server, site, monkeypatch):
    store = server.runtime.store

    outcome = NotKept.SWITCHED_OFF

    async def refuse(*_, **__):
        return outcome

    monkeypatch.setattr(type(store), "keep_document", refuse)
    assert find(server) is None
    outcome = NotKept.TOO_MANY
    with pytest.raises(Busy, match="for the first time"):
        find(server)


@pytest.mark.requirement("oauth:D-6:changed-keys")
def test_changed_keys_are_told_to_the_operator(server, site, caplog):
    def keys():
        return {"keys": [Key.generate("ES256").public().to_jwk()]}

    site.members |= {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys()}
    find(server)
    server.clock.seconds += 600
    with caplog.at_level(logging.WARNING):
        find(server)
        assert not caplog.records
        server.clock.seconds += 600
        site.members["jwks"] = keys()
        find(server)
    assert f"the keys of the client {ID} have changed" in caplog.text
    assert f"watchword app disable {ID}" in caplog.text


def test_everything_else_is_the_stores(server):
    clients, store = server.runtime.clients, server.runtime.store
    assert find(server, "first-party") == server.run(store.find_client("first-party"))
    assert server.run(clients.default_client()) == server.run(store.default_client())
    assert server.run(clients.list_resources()) == server.run(store.list_resources())
    assert server.run(clients.list_allowed_origins()) == frozenset()
    assert server.run(clients.list_id_token_algorithms()) == ()
    client = server.run(store.default_client())
    server.run(clients.register_client(client))
    (resource,) = server.run(store.list_resources())
    server.run(clients.register_resource(resource))
    assert server.run(store.list_resources()) == (resource,)


NOT_DONE = {
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "dpop_signing_alg_values_supported",
    "authorization_details_types_supported",
    "authorization_grant_profiles_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
}


@pytest.mark.requirement("oauth:M-4:documents")
@pytest.mark.requirement("oauth:D-6:policy")
def test_a_server_without_documents_knows_no_addresses(opened):
    with opened() as server:
        with pytest.raises(InvalidClient, match="not let in"):
            find(server)
        metadata = server.get("/.well-known/oauth-authorization-server").json()
        assert "client_id_metadata_document_supported" not in metadata
    with opened(client_documents="open") as server:
        metadata = server.get("/.well-known/oauth-authorization-server").json()
        assert metadata["client_id_metadata_document_supported"] is True
        assert metadata.keys().isdisjoint(NOT_DONE)


@pytest.mark.requirement("oauth:D-6:policy")
def test_documents_that_were_read_before_they_were_switched_off_are_off(opened, site):
    """oauth.md E-1: switched off, and reachable all the same (Keycloak CVE-2026-7571)."""
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": ID}
    with opened(client_documents="open") as server:
        server.runtime.clients.fetcher = site
        assert find(server).name == "App"
    listed = {"client_documents": "listed", "client_document_hosts": ("other.example",)}
    for policy in ({}, listed):
        with opened(**policy) as server:
            answer = server.post("/token", data=form)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
            answer = server.get("/authorize", params={"client_id": ID})
            assert answer.status_code == 400


def test_a_document_opens_the_authorization_endpoint_and_its_refusal_is_a_page(server, site):
    asked = {
        "client_id": ID,
        "response_type": "code",
        "redirect_uri": "https://app.example/cb",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    answer = server.get("/authorize", params=asked)
    assert answer.status_code == 303
    site.members["client_secret"] = "x"
    server.clock.seconds += 600
    answer = server.get("/authorize", params=asked)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_document_is_a_client_at_the_token_endpoint(server, site):
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": ID}
    site.members["grant_types"] = ["authorization_code", "refresh_token"]
    answer = server.post("/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    site.fault = BadAnswer("the answer has status 404, not 200")
    server.clock.seconds += 600
    answer = server.post("/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "status 404" in answer.json()["error_description"]


def test_a_document_is_a_client_of_a_device(server, site):
    device = "urn:ietf:params:oauth:grant-type:device_code"
    site.members["grant_types"] = [device]
    answer = server.post("/device_authorization", data={"client_id": ID})
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_code"]
