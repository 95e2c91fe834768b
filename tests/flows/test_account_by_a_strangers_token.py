"""An application that may read notes tries to read, and to end, the account of its person.

Source: ARCHITECTURE section 6 (only tokens of first-party clients carry the issuer in `aud`);
oauth.md T-1; security.md rule 62, class C8.
"""

from dataclasses import replace

import pytest
from tests.flows.authorization import (
    CALLBACK,
    DYNAMIC,
    NATIVE,
    OWN,
    Pkce,
    answered,
    request_of,
)

from watchword.jwt import peek
from watchword.oauth.clients import Resource, TokenFormat

STRANGER = replace(NATIVE, redirect_uris=(CALLBACK,))


def pair_for(op, browser, client, **more):
    pkce = Pkce()
    op.store("register_client", client)
    page = browser.authorize(request_of(client, pkce, **more))
    said = answered(page if client.is_first_party else browser.decide(page, "allow"))
    form = {
        "grant_type": "authorization_code",
        "client_id": client.client_id,
        "code": said["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": pkce.verifier,
    }
    issued = op.http.post("/token", data=form)
    assert issued.status_code == 200, issued.text
    return issued.json()


def token_for(op, browser, client, **more):
    return {"authorization": f"Bearer {pair_for(op, browser, client, **more)['access_token']}"}


@pytest.mark.requirement("oauth:T-1:own-audience")
@pytest.mark.parametrize("client", [STRANGER, DYNAMIC], ids=lambda client: client.client_id)
@pytest.mark.parametrize("resource", ["notes", "issuer"])
def test_token_of_a_strangers_client_opens_no_account(op, alice, client, resource):
    more = {}
    if resource == "issuer":
        op.store("register_resource", Resource(op.url, (), is_default=False))
        more = {"scope": "", "resource": op.url}
    header = token_for(op, alice, client, **more)
    sid = op.http.get("/me/sessions", headers=token_for(op, alice, OWN)).json()["sessions"][0]["id"]
    for method, path in (
        ("GET", "/me"),
        ("GET", "/me/sessions"),
        ("DELETE", f"/me/sessions/{sid}"),
        ("POST", "/logout/all"),
        ("POST", "/logout"),
    ):
        answer = op.http.request(method, path, headers=header)
        assert answer.status_code == 401, (method, path)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert alice.http.get("/account").status_code == 200
    assert op.http.get("/me", headers=token_for(op, alice, OWN)).json()["preferred_username"]


@pytest.mark.parametrize("client", [STRANGER, DYNAMIC], ids=lambda client: client.client_id)
def test_refresh_token_of_a_strangers_client_ends_its_own_login_alone(op, alice, client):
    """The session is the browser's, and other applications hang on it: oauth.md L-14 and T-6."""
    held = {"refresh_token": pair_for(op, alice, client)["refresh_token"]}
    answer = op.http.post("/logout", json={**held, "client_id": client.client_id})
    assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized_client")
    given_up = {"token": held["refresh_token"], "client_id": client.client_id}
    assert op.http.post("/revoke", data=given_up).status_code == 200
    assert alice.http.get("/account").status_code == 200
    own = pair_for(op, alice, OWN)
    ended = {"refresh_token": own["refresh_token"], "client_id": OWN.client_id}
    assert op.http.post("/logout", json=ended).status_code == 204
    assert alice.http.get("/account").status_code == 303


@pytest.mark.requirement("oauth:T-1:a-scope-or-userinfo-alone")
@pytest.mark.parametrize("form", TokenFormat)
def test_who_was_allowed_no_scope_of_an_api_does_not_open_it(op, alice, form):
    """decisions/0159: the consent page spoke of the account alone."""
    letters = Resource("letters", (("letters:read", "Read"),), is_default=False, token_format=form)
    op.store("register_resource", letters)
    for scope in ("openid", "letters:read openid"):
        pair = pair_for(op, alice, DYNAMIC, resource="letters", scope=scope)
        token = pair["access_token"]
        if scope == "openid":
            assert peek(token).claims["aud"] == f"{op.url}/userinfo"
        elif form is TokenFormat.JWT:
            assert peek(token).claims["aud"] == "letters"
        else:
            assert "." not in token
        header = {"authorization": f"Bearer {token}"}
        assert op.http.get("/userinfo", headers=header).status_code == 200
        held = {"client_id": "dynamic", "refresh_token": pair["refresh_token"], "scope": "openid"}
        again = op.http.post("/token", data={"grant_type": "refresh_token", **held}).json()
        assert peek(again["access_token"]).claims["aud"] == f"{op.url}/userinfo"


@pytest.mark.requirement("oauth:T-1:a-scope-or-userinfo-alone")
def test_api_without_scopes_is_used_whole_and_consent_says_so(op, alice):
    """decisions/0159."""
    op.store("register_resource", Resource("calendar", (), is_default=False))
    asked = request_of(DYNAMIC, Pkce(), resource="calendar", scope="openid")
    page = alice.authorize(asked).text
    assert "Use calendar as you, everything that you may do there" in page
    assert "and nothing else" not in page
    pair = pair_for(op, alice, DYNAMIC, resource="calendar", scope="openid")
    assert peek(pair["access_token"]).claims["aud"] == "calendar"
