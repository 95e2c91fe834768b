"""Questions to a decision point: where they go, with which proof, and which answers are none.

Source: AuthZEN Authorization API 1.0 sections 9.2, 10.1 and 11.
"""

import json
from base64 import b64decode

import pytest
from tests.net.hostile import hostile, says

from watchword.access.authzen.answers import Endpoint
from watchword.base.secrets import Secret
from watchword.net.decisions import REST_SECONDS, RemotePoint, api_key, basic
from watchword.net.document import Answer
from watchword.net.errors import AddressRefused, BadAnswer, Crowded, Unreachable

POINT = "https://pdp.example.com/tenant"
EVALUATION = "https://pdp.example.com/access/v1/evaluation"
METADATA = {"policy_decision_point": POINT, "access_evaluation_endpoint": EVALUATION}
QUESTION = {"subject": {"type": "user", "id": "ä"}}


class Net:
    """A point without a network."""

    def __init__(self, body=b'{"decision": true}', status=200, metadata=METADATA):
        self.body, self.status, self.metadata = body, status, metadata
        self.sent = []

    def close(self):
        """Hold nothing."""

    def send(self, request):
        self.sent.append(request)
        if isinstance(self.status, Exception):
            raise self.status
        if request.method == "GET":
            return Answer(200, (), json.dumps(self.metadata).encode())
        return Answer(self.status, (), self.body)


class Clock:
    time = 0.0

    def now(self):
        return 0

    def monotonic(self):
        return self.time


def ask(point, endpoint=Endpoint.EVALUATION):
    return point.ask(endpoint, QUESTION, request_id="decision_1")


@pytest.mark.requirement("access:14.5:authzen-discovery")
def test_the_metadata_says_once_where_questions_go():
    net = Net()
    point = RemotePoint(POINT, authorization=basic("notes", Secret("s")), fetcher=net)
    assert [ask(point), ask(point)] == [{"decision": True}] * 2
    assert not point.offers(Endpoint.RESOURCES)
    found, first, second = net.sent
    assert found.url == "https://pdp.example.com/.well-known/authzen-configuration/tenant"
    assert "Authorization" not in found.headers
    assert (first.url, first.method) == (EVALUATION, "POST")
    assert first.headers["X-Request-ID"] == "decision_1"
    assert first.headers["Content-Type"] == "application/json"
    assert json.loads(first.body) == QUESTION
    kind, _, value = second.headers["Authorization"].partition(" ")
    assert (kind, b64decode(value)) == ("Basic", b"notes:s")


def test_a_point_without_metadata_is_told_its_places():
    net = Net()
    places = {Endpoint.EVALUATION: EVALUATION}
    point = RemotePoint(POINT, authorization=api_key("k"), places=places, fetcher=net)
    ask(point)
    (sent,) = net.sent
    assert sent.headers["Authorization"] == "Bearer k"
    assert api_key(Secret("k")).reveal() == "Bearer k"


OTHERS = [
    "https://pdp.example.com.evil.test/e",
    "https://evil.test/access/v1/evaluation",
    "https://pdp.example.com:8443/access/v1/evaluation",
    "http://127.0.0.1/access/v1/evaluation",
]


@pytest.mark.requirement("access:14.5:authzen-own-origin")
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("member", ["access_evaluation_endpoint", "search_resource_endpoint"])
def test_the_metadata_sends_nothing_to_a_host_that_nobody_named(other, member):
    """Whoever can change the document would be handed the credentials, and would decide."""
    net = Net(metadata={**METADATA, member: other})
    point = RemotePoint(POINT, authorization=api_key("k"), fetcher=net)
    origin = other.removesuffix(":").partition("/e")[0].partition("/access")[0]
    for _ in range(2):
        with pytest.raises(AddressRefused) as refused:
            ask(point)
        assert f"{POINT} names {origin}" in str(refused.value)
    assert [sent.method for sent in net.sent] == ["GET", "GET"]


@pytest.mark.requirement("access:14.5:authzen-own-origin")
def test_an_origin_that_was_named_gets_questions():
    other = "https://Answers.example.com:443/e"
    net = Net(metadata={**METADATA, "access_evaluation_endpoint": other})
    named = ["https://answers.example.com", "https://[2001:db8::1]:444"]
    ask(RemotePoint(POINT, authorization=api_key("k"), origins=named, fetcher=net))
    assert net.sent[-1].url == other
    assert net.sent[-1].headers["Authorization"] == "Bearer k"
    with pytest.raises(AddressRefused):
        RemotePoint(POINT, origins=["answers.example.com"], fetcher=net)


def test_an_origin_is_written_as_an_address_has_it():
    there = "https://[2001:db8::1]:444/e"
    net = Net(metadata={**METADATA, "access_evaluation_endpoint": there})
    with pytest.raises(AddressRefused, match=r"names https://\[2001:db8::1\]:444 for"):
        ask(RemotePoint(POINT, fetcher=net))


def test_a_certificate_needs_no_field():
    net = Net()
    ask(RemotePoint(POINT, fetcher=net))
    assert "Authorization" not in net.sent[-1].headers


@pytest.mark.requirement("access:14.5:authzen-fails-closed")
@pytest.mark.parametrize(
    ("net", "said"),
    [
        (Net(status=401), "status 401"),
        (Net(status=503), "status 503"),
        (Net(b"{"), "refused"),
        (Net(b'{"decision": false, "decision": true}'), "refused"),
        (Net(metadata={**METADATA, "policy_decision_point": "https://other"}), "another"),
        (Net(metadata=[]), "no object"),
    ],
)
def test_what_is_no_answer_is_a_failure(net, said):
    with pytest.raises(BadAnswer, match=said):
        ask(RemotePoint(POINT, fetcher=net))


def test_what_is_not_offered_is_not_asked():
    net = Net()
    with pytest.raises(BadAnswer, match="offers no search_resource_endpoint"):
        ask(RemotePoint(POINT, fetcher=net), Endpoint.RESOURCES)
    assert len(net.sent) == 1


def test_a_point_that_moved_is_looked_for():
    net = Net(status=404)
    point = RemotePoint(POINT, fetcher=net)
    with pytest.raises(BadAnswer, match="404"):
        ask(point)
    net.status = 200
    assert ask(point) == {"decision": True}
    assert [sent.method for sent in net.sent] == ["GET", "POST", "GET", "POST"]


@pytest.mark.requirement("access:14.5:authzen-fails-closed")
def test_a_silent_point_rests_and_is_asked_again():
    net, clock = Net(status=Unreachable("no connection")), Clock()
    point = RemotePoint(POINT, fetcher=net, clock=clock)
    for _ in range(3):
        with pytest.raises(Unreachable):
            ask(point)
    assert len(net.sent) == 1
    clock.time += REST_SECONDS
    net.status = 200
    assert ask(point) == {"decision": True}


@pytest.mark.requirement("access:14.5:authzen-own-crowd")
def test_a_point_does_not_rest_because_of_our_own_crowd():
    net, clock = Net(status=Crowded("all connections were in use")), Clock()
    point = RemotePoint(POINT, fetcher=net, clock=clock)
    with pytest.raises(Crowded):
        ask(point)
    net.status = 200
    assert ask(point) == {"decision": True}


def test_an_identifier_is_an_address():
    for point in ("http://pdp.example.com", "pdp", "https://a:b@pdp.example.com"):
        with pytest.raises(AddressRefused):
            RemotePoint(point)


def test_the_own_fetcher_reaches_this_machine_where_the_point_is_on_it():
    with hostile(says(b'{"decision": false}')) as server:
        url = f"http://127.0.0.1:{server.port}"
        places = {Endpoint.EVALUATION: f"{url}/e"}
        here = RemotePoint(url, places=places)
        assert ask(here) == {"decision": False}
        here.close()
    with pytest.raises(AddressRefused):
        ask(RemotePoint(POINT, places=places))
