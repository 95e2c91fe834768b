"""What attempts are counted under."""

import pytest

from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.throttle import ACCOUNT, FLOW, KNOWN_DEVICE, bucket, network_of

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_network_is_what_one_customer_has(address, network):
    assert network_of(Origin(address, None)) == network


def test_nowhere_is_no_network():
    assert network_of(NOWHERE) is None


@pytest.mark.requirement("security:35:hundred-failures")
def test_strangers_and_known_devices_have_a_hundred_failures_together():
    """NIST SP 800-63B-4 section 3.2.2."""
    assert ACCOUNT.failures_max + KNOWN_DEVICE.failures_max <= 100
    assert FLOW.failures_max <= 10


def test_bucket_names_nothing():
    """A copy of the database tells no address and no name, and another server's keys differ."""
    drawn = bucket("account", "ada", ACCOUNT, key=KEY)
    assert len(drawn.key) == 32
    assert b"ada" not in drawn.key
    others = {
        bucket("network", "ada", ACCOUNT, key=KEY).key,
        bucket("account", "bob", ACCOUNT, key=KEY).key,
        bucket("account", "ada", ACCOUNT, key=b"o" * 32).key,
        bucket("account", "\ud800", ACCOUNT, key=KEY).key,
    }
    assert len(others | {drawn.key}) == 5
