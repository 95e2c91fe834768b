"""The authorization endpoint over a socket: from the client's link to its code and tokens.

Source: oauth.md section 7; RFC 6749 section 4.1; RFC 7636; RFC 9207.
"""

from contextlib import closing

import pytest
from tests.flows.authorization import (
    CALLBACK,
    CLIENTS,
    DYNAMIC,
    NATIVE,
    OWN,
    SHOP,
    Browser,
    Pkce,
    answered,
)
from tests.flows.conftest import PASSWORDS, running_in


@pytest.fixture(scope="module")
def op(tmp_path_factory):
    """Run one server with the clients of `authorization`."""
    with running_in(tmp_path_factory.mktemp("op"), register=True) as running:
        for client in CLIENTS:
            running.store("register_client", client)
        yield running


@pytest.fixture
def browser(op):
    with closing(Browser(op.url)) as browser:
        yield browser


@pytest.fixture
def pkce():
    return Pkce()


def request_of(client, pkce, **more):
    return {
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": client.redirect_uris[0],
        "scope": "notes:read",
        "state": "st&te=1 +%",
        **pkce.members,
        **more,
    }


def test_a_first_party_client_gets_a_code_after_the_sign_in(op, browser, pkce):
    page = browser.authorize(request_of(OWN, pkce))
    assert "to continue to Own" in page.text
    answer = browser.sign_in(page, "alice", PASSWORDS["alice"])
    assert answer.headers["location"].startswith(CALLBACK + "&code=")
    said = answered(answer)
    assert said["state"] == "st&te=1 +%"
    assert said["iss"] == op.url
    tokens = op.http.post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "client_id": "own",
            "code": said["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": pkce.verifier,
        },
    )
    assert tokens.status_code == 200, tokens.text
    assert tokens.json()["scope"] == "notes:read"


@pytest.fixture
def signed_in(browser):
    """Return a browser that alice has signed in with."""
    page = browser.http.get("/signin")
    browser.sign_in(page, "alice", PASSWORDS["alice"])
    return browser


def test_a_live_session_is_answered_at_once(op, signed_in, pkce):
    answer = signed_in.http.get("/authorize", params=request_of(OWN, pkce))
    assert answer.status_code == 303
    assert "code" in answered(answer)


def test_a_stranger_is_asked_and_allows(op, signed_in, pkce):
    page = signed_in.authorize(request_of(SHOP, pkce))
    assert "Allow Shop?" in page.text
    assert "app.example" in page.text
    assert "Read notes" in page.text
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example;" in policy
    assert "code" in answered(signed_in.decide(page, "allow"))


def test_a_stranger_is_asked_and_refused(op, signed_in, pkce):
    page = signed_in.authorize(request_of(DYNAMIC, pkce))
    said = answered(signed_in.decide(page, "deny"))
    assert (said["error"], said["iss"]) == ("access_denied", op.url)
    assert said["state"] == "st&te=1 +%"


def test_an_interaction_is_answered_once(op, signed_in, pkce):
    page = signed_in.authorize(request_of(NATIVE, pkce))
    assert "code" in answered(signed_in.decide(page, "allow"))
    again = signed_in.decide(page, "allow")
    assert again.status_code == 400
    assert "This request is over" in again.text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.example/cb"},
        {"redirect_uri": CALLBACK + "&more=1"},
    ],
)
def test_nobody_is_redirected_before_client_and_address_hold(op, browser, pkce, changes):
    """RFC 9700 section 4.11.2; oauth.md A-1: exactly 400 for an unknown client."""
    answer = browser.authorize(request_of(OWN, pkce, **changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"request": "e30."}, "request_not_supported"),
        ({"request_uri": "https://app.example/r"}, "request_uri_not_supported"),
        ({"scope": "notes:eat"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_errors_go_to_the_client_with_state_and_issuer(op, browser, pkce, changes, error):
    said = answered(browser.authorize(request_of(OWN, pkce, **changes)))
    assert (said["error"], said["iss"], said["state"]) == (error, op.url, "st&te=1 +%")
