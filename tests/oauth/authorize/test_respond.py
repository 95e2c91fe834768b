"""The answer: parameters and address.

Source: RFC 6749 section 4.1.2; RFC 9207 section 2; oauth.md N-9, N-29.
"""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.oauth.authorize.requests import WEB, asked_of, proved

from watchword.base.secrets import Secret
from watchword.oauth.authorize.errors import AccessDenied
from watchword.oauth.authorize.respond import granted, location, refused

ISSUER = "https://id.example"


@pytest.mark.requirement("oauth:N-29:iss-in-every-response", "security:58:iss")
@pytest.mark.requirement("rfc9207:2:iss")
def test_every_answer_has_state_and_issuer():
    destination = proved(asked_of()).destination
    yes = granted(destination, Secret("c" * 43), issuer=ISSUER)
    assert yes.parameters == (("code", "c" * 43), ("state", "a&b=c"), ("iss", ISSUER))
    assert "c" * 43 not in repr(yes)
    no = dict(refused(destination, AccessDenied(), issuer=ISSUER).parameters)
    assert no == {
        "error": "access_denied",
        "error_description": "the person refused",
        "state": "a&b=c",
        "iss": ISSUER,
    }


def test_no_state_is_answered_with_none():
    destination = proved(asked_of(state=None)).destination
    assert "state" not in dict(granted(destination, Secret("c"), issuer=ISSUER).parameters)


@pytest.mark.parametrize(
    ("uri", "start"),
    [
        ("https://app.example/cb", "https://app.example/cb?code="),
        ("https://app.example/cb?", "https://app.example/cb?code="),
        ("https://app.example/cb?a=1", "https://app.example/cb?a=1&code="),
        ("https://app.example/cb?a=1&", "https://app.example/cb?a=1&code="),
        ("https://app.example", "https://app.example?code="),
        ("com.example.app:/cb", "com.example.app:/cb?code="),
    ],
)
@pytest.mark.requirement("rfc6749:3.1.2:redirect-endpoint")
def test_what_the_address_has_of_its_own_stays_first(uri, start):
    """RFC 6749 section 3.1.2."""
    client = replace(WEB, redirect_uris=(uri,))
    destination = proved(asked_of(redirect_uri=uri), client=client).destination
    assert location(granted(destination, Secret("c"), issuer=ISSUER)).startswith(start)


@pytest.mark.requirement("oauth:N-9:state-byte-for-byte")
@pytest.mark.parametrize("state", ["a b+c%2B&d=e#f?g/h", "ä\U0001f511", "~'();:@,"])
@pytest.mark.requirement("rfc6749:4.1.2:state")
def test_state_comes_back_as_it_came(state):
    destination = proved(asked_of(state=state)).destination
    query = urlsplit(location(granted(destination, Secret("c"), issuer=ISSUER))).query
    assert dict(parse_qsl(query, strict_parsing=True))["state"] == state
