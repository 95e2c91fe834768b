"""Where a request may be answered: whole strings, and the ports of this machine.

Source: RFC 9700 section 4.1.3; RFC 8252 section 7.3; oauth.md A-1, A-2; security.md rules 51, 52.
"""

from dataclasses import replace

import pytest
from tests.oauth.authorize.requests import CALLBACK, WEB

from watchword.oauth.authorize.errors import RedirectMismatch
from watchword.oauth.authorize.redirects import (
    ValidatedRedirect,
    is_loopback_redirect,
    validate_redirect,
)


def validated(registered, asked, *, is_openid=True):
    client = replace(WEB, redirect_uris=(registered,))
    return validate_redirect(client, asked, is_openid=is_openid)


@pytest.mark.requirement("oauth:W-1:libraries")
@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        (CALLBACK, CALLBACK),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"),
        ("http://localhost/cb?a=1", "http://localhost:1/cb?a=1"),
        ("http://[::1]:80", "http://[::1]:81"),
        ("com.example.app:/cb", "com.example.app:/cb"),
    ],
)
@pytest.mark.requirement("oauth:A-2:exact-but-loopback-ports")
def test_registered_address_is_answered_at_as_it_was_asked(registered, asked):
    assert validated(registered, asked).uri == asked


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        (CALLBACK, CALLBACK + "&x=1"),
        (CALLBACK, CALLBACK.partition("?")[0]),
        (CALLBACK, CALLBACK + "#"),
        ("https://app.example/cb", "https://app.example:443/cb"),
        ("https://app.example/cb", "https://APP.example/cb"),
        ("https://app.example/cb", "http://app.example/cb"),
        ("https://127.0.0.1/cb", "https://127.0.0.1:8/cb"),
        ("http://127.0.0.1/cb", "http://localhost/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8/cb/../x"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.2/cb"),
    ],
)
@pytest.mark.requirement(
    "oauth:A-2:exact-but-loopback-ports",
    "oauth:N-5:exact-redirect-uri",
    "rfc9700:2.1:redirect-uris",
)
@pytest.mark.requirement("rfc6749:3.1.2.3:compared", "rfc9700:2.1:redirect-uris")
def test_any_other_address_is_refused(registered, asked):
    with pytest.raises(RedirectMismatch):
        validated(registered, asked)


@pytest.mark.requirement("rfc6749:3.1.2.3:compared")
def test_only_address_of_a_client_may_be_left_out_without_openid():
    """oauth.md A-2: one registered and none sent."""
    assert validated(CALLBACK, None, is_openid=False).uri == CALLBACK
    with pytest.raises(RedirectMismatch):
        validated(CALLBACK, None, is_openid=True)
    two = replace(WEB, redirect_uris=(CALLBACK, "https://app.example/other"))
    with pytest.raises(RedirectMismatch):
        validate_redirect(two, None, is_openid=False)
    with pytest.raises(RedirectMismatch):
        validate_redirect(replace(WEB, redirect_uris=()), None, is_openid=False)


def test_row_that_breaks_the_rules_of_registration_is_answered_nowhere():
    """A second fence, for a row that nobody checked."""
    with pytest.raises(RedirectMismatch, match="javascript"):
        validated("javascript:alert(1)", "javascript:alert(1)")


@pytest.mark.requirement("security:51:one-maker")
def test_nobody_else_makes_a_validated_redirect():
    """security.md class C5."""
    good = validated(CALLBACK, CALLBACK)
    with pytest.raises(TypeError):
        ValidatedRedirect("https://evil.example", "https://evil.example", object())
    with pytest.raises((TypeError, ValueError)):
        replace(good, uri="https://evil.example")
    with pytest.raises(AttributeError):
        good.uri = "https://evil.example"


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        (CALLBACK, "https://app.example"),
        ("https://app.example:8443/", "https://app.example:8443"),
        ("https://app.example", "https://app.example"),
        ("http://127.0.0.1:49152/cb", "http://127.0.0.1:49152"),
        ("http://[::1]:49152/cb", "http:"),  # no source expression holds an IPv6 address
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_form_target_is_the_origin_or_the_scheme(uri, source):
    """oauth.md A-7; users.md U31."""
    assert validated(uri, uri).form_target == source


@pytest.mark.parametrize(
    ("uri", "is_local"),
    [
        ("http://localhost:1/cb", True),
        ("http://[::1]", True),
        ("https://localhost/cb", False),
        ("http://localhost.example/cb", False),
        ("com.example.app:/cb", False),
    ],
)
def test_loopback_redirects_are_known(uri, is_local):
    assert is_loopback_redirect(uri) is is_local
