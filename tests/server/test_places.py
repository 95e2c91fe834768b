"""Where an address is, as a file says that the operator gives."""

import pytest
from tests.pages.account.conftest import Browser, people_in, words
from tests.server.conftest import MovedClock, Started
from tests.server.mmdb import database

from watchword.server import places as module
from watchword.server.app import AuthServer
from watchword.server.errors import ConfigurationError
from watchword.server.places import open_places
from watchword.server.settings import Settings

pytest.importorskip("maxminddb", reason="the extra geo is not installed")

LYON = {
    "city": {"names": {"en": "Lyon", "zh-CN": "\u91cc\u6602"}},
    "country": {"iso_code": "FR", "names": {"en": "France", "de": "Frankreich"}},
}
FOUND = {
    "127.0.0.0/8": LYON,
    "192.0.2.0/24": LYON,
    "198.51.100.0/24": {"country": {"names": {"en": "Chile"}}},
    "2001:db8::/32": {"city": "not as it should be", "country": {"names": {"en": "x" * 500}}},
    "203.0.113.0/24": ["no", "place"],
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "places.mmdb"
    path.write_bytes(database(FOUND))
    return path


@pytest.mark.requirement("users:U39:place")
@pytest.mark.parametrize(
    ("address", "language", "place"),
    [
        ("192.0.2.7", "en", "Lyon, France"),
        ("192.0.2.7", "de", "Lyon, Frankreich"),
        ("192.0.2.7", "zh-Hans", "\u91cc\u6602, France"),
        ("192.0.2.7", "ar", "Lyon, France"),
        ("198.51.100.1", "en", "Chile"),
        ("2001:db8::1", "en", "x" * 60),
        ("203.0.113.1", "en", None),
        ("8.8.8.8", "en", None),
        ("unix", "en", None),
        (None, "en", None),
    ],
)
def test_a_place_is_told_in_the_language_of_the_page(file, address, language, place):
    assert open_places(str(file)).find(address, language) == place


def test_a_file_of_the_older_addresses_knows_nothing_of_the_others(tmp_path):
    path = tmp_path / "places.mmdb"
    path.write_bytes(database({"192.0.2.0/24": LYON}, version=4))
    places = open_places(str(path))
    assert places.find("192.0.2.7", "en") == "Lyon, France"
    assert places.find("2001:db8::1", "en") is None


def test_a_damaged_file_tells_no_place(tmp_path, file):
    """The page is shown without one."""
    whole = database(FOUND)
    damaged = whole.replace(b"Lyon", b"\xff" * 4)
    path = tmp_path / "damaged.mmdb"
    path.write_bytes(damaged)
    assert open_places(str(path)).find("192.0.2.7", "en") is None


@pytest.mark.requirement("users:U39:place")
def test_the_pages_of_an_account_tell_the_place_beside_the_address(tmp_path, file):
    settings = Settings(database=f"sqlite:///{tmp_path}/watchword.db", geo_file=str(file))
    clock = MovedClock()
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as running:
        alice = Browser(running).sign_in()
        for path in ("/account/sessions", "/account/activity"):
            assert "Lyon, France 127.0.0.1" in words(alice.get(path)), path


def test_without_a_file_no_place_is_told():
    assert open_places(None) is None


def test_what_is_no_such_file_stops_the_start(tmp_path):
    other = tmp_path / "other.mmdb"
    other.write_bytes(b"no database")
    for path, text in ((other, "is no database of places"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(ConfigurationError, match=text) as refused:
            open_places(str(path))
        assert refused.value.key == "geo_file"


def test_a_missing_library_is_named_with_the_line_to_type(monkeypatch, file):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"watchword\[geo\]"):
        open_places(str(file))
