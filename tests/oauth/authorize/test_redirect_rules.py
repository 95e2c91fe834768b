"""oauth.md A-2; security.md rules 51 and 68."""

import pytest

from watchword.oauth.authorize.redirect_rules import (
    RedirectRefused,
    check_redirect_uri,
    is_loopback_uri,
)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb",
        "https://app.example",
        "https://app.example:8443/cb?tenant=1&x",
        "https://[2001:db8::1]/cb",
        "https://app.example/a%20b/(c)",
        "http://127.0.0.1/cb",
        "http://[::1]:3000/cb",
        "http://localhost:65535/",
        "com.example.app:/oauth2/cb",
        "com.example.app:/",
        "com.example.app://cb",
    ],
)
def test_what_clients_of_today_register_is_taken(uri):
    check_redirect_uri(uri)


@pytest.mark.requirement("oauth:A-2:registered")
@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("https://app.example/cb#part", "fragment"),
        ("https://app.example/cb#", "fragment"),
        ("https://*.app.example/cb", "wildcard"),
        ("https://app.example/*", "wildcard"),
        ("https://app.example/" + "a" * 2_048, "longer"),
        ("/cb", "no absolute URI"),
        ("HTTPS://app.example/cb", "no absolute URI"),
        ("https://app.example/c b", "character"),
        ("https://app.example/é", "character"),
        ("https://app.example/%2", "character"),
        ("https://app.example\\@evil.example/", "character"),
        ("https://app.example/cb\n", "character"),
        ("", "no absolute URI"),
        ("javascript:alert(1)", "scheme"),
        ("JavaScript:alert(1)", "no absolute URI"),
        ("data:text/html,x", "scheme"),
        ("vbscript:x", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("myapp:/cb", "scheme"),
        ("https:/app.example/cb", "no host"),
        ("https:app.example", "no host"),
        ("https://", "host"),
        ("https:///cb", "host"),
        ("https://?x=1", "host"),
        ("https://user@app.example/cb", "user information"),
        ("https://app.example@evil.example/cb", "user information"),
        ("https://app.example:0/cb", "port"),
        ("https://app.example:65536/cb", "port"),
        ("https://app.example:/cb", "port"),
        ("https://app..example/cb", "host"),
        ("https://-app.example/cb", "host"),
        ("https://[::g]/cb", "host"),
        ("https://[1:2]/cb", "host"),
        ("http://app.example/cb", "https"),
        ("http://127.0.0.1.evil.example/cb", "https"),
        ("http://127.0.0.2/cb", "https"),
        ("https://app.example/a/../b", "dots"),
        ("https://app.example/..;/b", "dots"),
        ("https://app.example/a/%2e%2E/b", "dots"),
        ("https://app.example/.", "dots"),
        ("com.example.app:", "names nothing"),
        ("com.example.app:cb", "names nothing"),
        ("com.example.app:///cb", "names nothing"),
        ("https://app.example/cb?code=1", "only the answer"),
        ("https://app.example/cb?x=1&state=", "only the answer"),
        ("https://app.example/cb?iss", "only the answer"),
        ("com.example.app:/cb?error=no", "only the answer"),
    ],
)
def test_what_two_parsers_read_differently_is_refused(uri, text):
    with pytest.raises(RedirectRefused, match=text) as refused:
        check_redirect_uri(uri)
    assert uri == "" or uri not in str(refused.value)


def test_http_is_registered_for_the_machine_itself_alone():
    assert is_loopback_uri("http://127.0.0.1/cb")
    assert not is_loopback_uri("https://127.0.0.1/cb")
