"""Whom passkeys are made for, and what the server will not start with."""

import pytest

from watchword.server.errors import ConfigurationError
from watchword.server.settings import Settings

OTHERS = ("https://app.example.com", "https://example.com:8443", "android:apk-key-hash:x")


@pytest.mark.requirement("server:U27:passkeys-on-loopback")
@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        (Settings(), "http://localhost:8000"),
        (Settings(host="::1", port=9000), "http://localhost:9000"),
        (Settings(url="http://localhost:8300"), "http://localhost:8300"),
        (Settings(url="http://127.0.0.1"), "http://localhost"),
    ],
)
def test_on_loopback_passkeys_are_made_at_localhost(settings, origin):
    """users.md U27: Chromium makes none at an address of numbers."""
    party = settings.relying_party
    assert (party.id, party.name, party.origins) == ("localhost", "localhost", (origin,))


def test_elsewhere_passkeys_are_made_for_the_host_of_the_url():
    party = Settings(url="https://id.example.com:8443", mount_path="/auth").relying_party
    assert party.id == party.name == "id.example.com"
    assert party.origins == ("https://id.example.com:8443",)


@pytest.mark.requirement("server:97:passkey-origins-from-settings")
def test_a_domain_above_the_host_lets_other_pages_ask():
    party = Settings(
        url="https://id.example.com",
        passkey_domain="example.com",
        passkey_origins=OTHERS,
    ).relying_party
    assert party.id == "example.com"
    assert party.name == "id.example.com"
    assert party.origins == ("https://id.example.com", *OTHERS)


@pytest.mark.parametrize("domain", ["other.example", "a.id.example.com", "xample.com", "com."])
def test_a_domain_that_no_page_belongs_to_is_refused(domain):
    with pytest.raises(ConfigurationError, match="passkey_domain"):
        Settings(url="https://id.example.com", passkey_domain=domain)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://id.example.com.evil.example",
        "https://notid.example.com",
        "http://id.example.com",
        "https://id.example.com/",
        "https://a@id.example.com",
        "https://ID.example.com",
        "id.example.com",
        "null",
        "http://localhost:8000",
    ],
)
def test_an_origin_that_may_not_ask_is_refused(origin):
    with pytest.raises(ConfigurationError, match="passkey_origins"):
        Settings(url="https://id.example.com", passkey_origins=(origin,))


def test_a_second_page_of_this_machine_may_be_listed():
    listed = Settings(passkey_origins=("http://localhost:3000",))
    assert listed.relying_party.origins == ("http://localhost:8000", "http://localhost:3000")
