"""An administrator acts as a user at an application: what the application gets, and may not do.

Source: users.md U42; RFC 8693 section 4.1; RFC 9700 section 4.14; decisions/0281 and 0283.
"""

from contextlib import closing
from dataclasses import replace

import pytest
from tests.flows.authorization import (
    CALLBACK,
    NATIVE,
    OWN,
    SECRET,
    SHOP,
    Browser,
    Pkce,
    answered,
    forms_of,
    request_of,
)
from tests.flows.conftest import PASSWORDS, running_in
from tests.flows.openid import RelyingParty

from watchword.accounts.acting import ACTS_AS
from watchword.jwt import peek
from watchword.server.administration.scopes import MANAGEMENT, SCOPES

ALICE = ("alice", PASSWORDS["alice"])
STRANGER = replace(NATIVE, redirect_uris=(CALLBACK,))


@pytest.fixture
def acting(op, browser: Browser) -> Browser:
    """Root's browser, which acts as alice."""
    return begin(op, browser)


def begin(op, browser):
    op.store("assign_role", op.users["root"].id, ACTS_AS, now=op.clock.now())
    browser.sign_in(browser.http.get("/signin"), "root", PASSWORDS["root"])
    path = f"/admin/users/{op.users['alice'].id}/act-as"
    answer = browser.send(browser.http.get(path), path, reason="ticket 17")
    assert "root acts as alice" in answer.text
    return browser


def redeemed(op, client, said, pkce, **proof):
    form = {
        "grant_type": "authorization_code",
        "client_id": client.client_id,
        "code": said["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": pkce.verifier,
        **proof,
    }
    issued = op.http.post("/token", data=form)
    assert issued.status_code == 200, issued.text
    return issued.json()


@pytest.fixture
def pair(op, acting):
    pkce = Pkce()
    said = answered(acting.authorize(request_of(OWN, pkce, scope="openid notes:read")))
    return redeemed(op, OWN, said, pkce)


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_application_is_told_who_acts_and_opens_no_account(op, pair):
    """It reads as the user; it ends no session of theirs and administers nothing."""
    actor = {"sub": op.users["root"].id}
    for name in ("access_token", "id_token"):
        assert peek(pair[name]).claims["act"] == actor
    bearer = {"authorization": f"Bearer {pair['access_token']}"}
    me = op.http.get("/me", headers=bearer).json()
    assert (me["sub"], me["act"]) == (op.users["alice"].id, actor)
    others = op.tokens("alice")["access_token"]
    for method, path in (
        ("DELETE", f"/me/sessions/{peek(others).claims['sid']}"),
        ("POST", "/logout/all"),
    ):
        refused = op.http.request(method, path, headers=bearer)
        assert (refused.status_code, refused.json()["code"]) == (403, "acting_as_user")
    assert op.me(others).status_code == 200
    step = {"client_id": OWN.client_id, "refresh_token": pair["refresh_token"]}
    assert op.http.post("/login", json=step).json()["error"] == "invalid_session"


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_application_of_who_acts_administers_nothing(tmp_path):
    pkce = Pkce()
    with running_in(tmp_path, management_api=True) as op, closing(Browser(op.url)) as browser:
        op.store("register_client", OWN)
        audience = f"{op.url}{MANAGEMENT}"
        members = request_of(OWN, pkce, scope=SCOPES[0][0], resource=audience)
        said = answered(begin(op, browser).authorize(members))
        bearer = {"authorization": f"Bearer {redeemed(op, OWN, said, pkce)['access_token']}"}
        refused = op.http.get(f"{MANAGEMENT}/users", headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "acting_as_user")


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_tokens_end_when_acting_does(op, acting, pair):
    """Those that are verified without the store, by the feed."""
    assert op.me(pair["access_token"]).status_code == 200
    acting.send(acting.http.get("/"), "/acting/stop")
    assert op.me(pair["access_token"]).status_code == 401
    form = {
        "grant_type": "refresh_token",
        "client_id": OWN.client_id,
        "refresh_token": pair["refresh_token"],
    }
    assert op.http.post("/token", data=form).json()["error"] == "invalid_grant"


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_what_is_allowed_while_acting_is_not_remembered(op, acting):
    """The user has allowed nothing: the next time somebody is asked, themselves or not."""
    op.store("register_client", STRANGER)
    pkce = Pkce()
    page = acting.authorize(request_of(STRANGER, pkce, scope="openid offline_access notes:read"))
    assert "root acts as alice" in page.text
    assert "every time" in page.text
    said = answered(acting.decide(page, "allow"))
    issued = redeemed(op, STRANGER, said, pkce)
    sid = peek(issued["access_token"]).claims["sid"]
    again = acting.authorize(request_of(STRANGER, pkce))
    assert any("/interaction/" in form.action for form in forms_of(again))
    acting.send(acting.http.get("/"), "/acting/stop")
    assert op.store("find_owned_session", sid, now=op.clock.now()) is None


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_application_that_asks_for_a_fresh_proof_gets_none_of_the_users(op, acting):
    """The proofs of the session are those of who acts; the user's own are not theirs to show."""
    op.clock.forward(120)
    page = acting.authorize(request_of(OWN, Pkce(), max_age="60"))
    assert page.status_code == 403
    assert "Not while you act as another person" in page.text


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_login_api_adds_no_proof_to_a_session_of_who_acts(op, pair):
    """Nor does it say what the user signs in with."""
    for asked in ({"max_age": 0}, {"acr_values": "aal2"}):
        members = {"client_id": OWN.client_id, "refresh_token": pair["refresh_token"], **asked}
        refused = op.http.post("/login", json=members)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_session")


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_sign_out_for_an_application_ends_acting_alone(running):
    """What the user lets go on stays, and the own session can be put back."""
    party = RelyingParty(running)
    lasting = party.tokens("openid offline_access")["refresh_token"]
    with closing(Browser(running.url)) as browser:
        asked = begin(running, browser).http.get("/logout")
        assert party.client.name not in asked.text
        over = browser.send(asked, "/logout/confirm", end_lasting="yes")
        assert party.refresh(lasting).status_code == 200
        assert "root acts as alice" not in over.text
        back = browser.send(over, "/acting/stop")
        assert "root acts as alice" not in back.text
        assert back.url.path == "/admin/users"


@pytest.mark.requirement("users:U42:acting-as-a-user")
def test_client_that_revokes_tokens_of_who_acts_keeps_the_users_consent(running):
    """The user allowed it themselves, and nobody is asked anew because somebody helped."""
    running.store("register_client", SHOP)
    pkce, alice = Pkce(), running.users["alice"].id
    with closing(Browser(running.url)) as browser:
        answered(browser.pass_by(browser.authorize(request_of(SHOP, pkce)), *ALICE))
    allowed = running.store("list_consents", alice)
    assert allowed
    with closing(Browser(running.url)) as browser:
        said = answered(begin(running, browser).authorize(request_of(SHOP, pkce)))
    form = {"client_id": SHOP.client_id, "client_secret": SECRET}
    token = redeemed(running, SHOP, said, pkce, **form)["refresh_token"]
    assert running.http.post("/revoke", data={**form, "token": token}).status_code == 200
    assert running.store("list_consents", alice) == allowed
