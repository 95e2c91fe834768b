"""Which address a request is said to come from."""

import pytest
from starlette.requests import Request

from watchword.accounts.origin import DEVICE_CHARACTERS_MAX, Origin
from watchword.server.addresses import HOPS_MAX, client_address, read_network
from watchword.server.peer import answering, network_being_answered, origin_of

PROXIES = tuple(map(read_network, ("10.0.0.0/8", "2001:db8::/32")))
STRANGER = "203.0.113.9"


def request(*headers, peer=("192.0.2.1", 1)):
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return Request({"type": "http", "headers": pairs, "client": peer})


@pytest.mark.requirement("server:97:peer-address")
@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", [STRANGER], "192.0.2.1"),  # no proxy: its word is nothing
        ("10.1.2.3", [STRANGER], STRANGER),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", [""], "10.1.2.3"),
        ("10.1.2.3", [f"1.1.1.1, {STRANGER}"], STRANGER),  # the first was written by the stranger
        ("10.1.2.3", [f"{STRANGER}, 10.9.9.9"], STRANGER),  # two listed proxies in a row
        ("10.1.2.3", ["1.1.1.1", f"{STRANGER},10.9.9.9"], STRANGER),
        ("10.1.2.3", ["10.9.9.9, nonsense"], "10.1.2.3"),
        ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),  # a request of the proxy's own machine
        ("10.1.2.3", [f"{STRANGER}:4711"], STRANGER),
        ("10.1.2.3", ["[2001:dead::1]:4711"], "2001:dead::1"),
        ("10.1.2.3", ["2001:dead::1"], "2001:dead::1"),
        ("10.1.2.3", ["fe80::1%<script>"], "10.1.2.3"),
        ("2001:db8::1", [STRANGER], STRANGER),
        ("::ffff:10.1.2.3", [f"::ffff:{STRANGER}"], STRANGER),
        ("testclient", [STRANGER], None),
        (None, [STRANGER], None),
    ],
)
def test_address_is_the_last_that_a_listed_proxy_vouches_for(peer, forwarded, address):
    """security.md rule 97."""
    assert client_address(peer, forwarded, PROXIES) == address


def test_only_the_end_of_a_long_list_is_read():
    hops = ["10.0.0.1"] * (HOPS_MAX + 1)
    assert client_address("10.1.2.3", [", ".join([STRANGER, *hops])], PROXIES) == "10.0.0.1"


def test_without_listed_proxies_the_socket_alone_counts():
    found = origin_of(request(("x-forwarded-for", STRANGER)), ())
    assert found == Origin("192.0.2.1", None)
    assert origin_of(request(peer=None), PROXIES) == Origin(None, None)


@pytest.mark.parametrize(
    ("sent", "device"),
    [
        ("curl/8.1", "curl/8.1"),
        ("a\tb\x85c", "a b c"),
        ("   ", None),
        ("x" * 300, "x" * DEVICE_CHARACTERS_MAX),
    ],
)
def test_device_is_what_it_says_in_characters_that_can_be_shown(sent, device):
    assert origin_of(request(("user-agent", sent)), ()).device == device


@pytest.mark.requirement("oauth:D-2:bounded-per-network")
def test_network_of_the_request_that_is_being_answered():
    assert network_being_answered(()) is None
    with answering(request()):
        assert network_being_answered(()) == "192.0.2.1"
    assert network_being_answered(()) is None
