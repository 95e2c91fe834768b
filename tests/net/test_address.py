"""Where a request may go. Source: security.md rule 102; OWASP ASVS 5.0 V13.2.4, V15.3.2."""

import pytest

from watchword.net.address import LOOPBACK, Target, is_loopback_host, parse_target, permit
from watchword.net.errors import AddressRefused

REFUSED_URLS = [
    "",
    " ",
    "id.example.com",
    "//id.example.com/jwks",
    "ftp://id.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:application/json,{}",
    "jar:https://id.example.com!/",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http://id.example.com/jwks",
    "http://10.0.0.1/jwks",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00::1]/",
    "http://localhost.example.com/",
    "http://127.0.0.1.nip.io/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "https://user@id.example.com/",
    "https://user:pass@id.example.com/",
    "https://id.example.com@127.0.0.1/",
    "https://id.example.com:443@evil.example/",
    "https://id.example.com\\@evil.example/",
    "https:\\\\id.example.com/",
    "https://id.example.com/#fragment",
    "https://id.example.com/a b",
    "https://id.example.com/\r\nHost: evil",
    "https://id.example.com/\x00",
    "https://id.example.com/\tx",
    "https://id.example.com:0/",
    "https://id.example.com:65536/",
    "https://id.example.com:port/",
    "https://id.example.com:-1/",
    "https:///jwks",
    "https://:443/",
    "https://?",
    "https://[::1",
    "https://[::1%25lo]/",
    "https://[fe80::1%eth0]/",
    "https://[v1.x]/",
    "https://-evil.example/",
    "https://evil..example/",
    "https://.evil.example/",
    "https://evil.example./",
    "https://ev%69l.example/",
    "https://evil_host.example/",
    "https://\u0456d.example.com/",
    "https://id.ex\u200bample.com/",
    "https://id\uff0eexample.com/",
    "https://" + "a" * 64 + ".example/",
    "https://id.example.com/" + "a" * 2_100,
    'https://id.example.com/"',
    "https://id.example.com/<x>",
    "https://id.example.com/{x}",
    "https://id.example.com/^",
    "https://id.example.com/`",
]


@pytest.mark.requirement("security:102:url-corpus")
@pytest.mark.parametrize("url", REFUSED_URLS)
def test_url_that_no_document_lives_at_is_refused(url):
    with pytest.raises(AddressRefused):
        parse_target(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://id.example.com", Target("https", "id.example.com", 443, "/")),
        ("https://ID.example.com/a?b=c", Target("https", "id.example.com", 443, "/a?b=c")),
        ("https://id.example.com:8443/x", Target("https", "id.example.com", 8443, "/x")),
        ("https://[2001:db8::1]/x", Target("https", "2001:db8::1", 443, "/x")),
        ("http://localhost:8000/x", Target("http", "localhost", 8000, "/x")),
        ("http://127.0.0.1/x", Target("http", "127.0.0.1", 80, "/x")),
        ("http://[::1]:8000/", Target("http", "::1", 8000, "/")),
    ],
)
def test_url_is_taken_apart(url, target):
    assert parse_target(url) == target


@pytest.mark.requirement("security:102:resolved-address")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "0.0.0.0",
        "::",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_address_that_is_not_public_is_refused(address):
    with pytest.raises(AddressRefused) as refused:
        permit([address], ())
    assert "Fetcher(networks=[...])" in refused.value.detail


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_address_is_permitted(address):
    assert [str(each) for each in permit([address], ())] == [address]


def test_one_refused_address_refuses_the_name():
    with pytest.raises(AddressRefused):
        permit(["93.184.216.34", "10.0.0.1"], ())


def test_listed_network_is_permitted():
    assert permit(["127.0.0.1", "::1"], LOOPBACK)
    with pytest.raises(AddressRefused):
        permit(["10.0.0.1"], LOOPBACK)


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::1%lo", False),
        ("example.com", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_hosts(host, is_loopback):
    assert is_loopback_host(host) is is_loopback
