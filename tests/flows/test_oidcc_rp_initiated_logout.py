"""The eleven modules of the OpenID RP-initiated logout plan, by their names, over HTTP.

Source: oauth.md section 14 (RP-initiated logout); OpenID Connect RP-Initiated Logout 1.0; oauth.md
N-24 and F-5.
"""

import re
from contextlib import closing
from dataclasses import replace
from urllib.parse import quote

import httpx2
import pytest
from tests.flows.authorization import Browser as Visitor
from tests.flows.authorization import assert_says_all
from tests.flows.conftest import PASSWORDS
from tests.flows.openid import PARTY, RelyingParty

from watchword.accounts.origin import NOWHERE
from watchword.base.secrets import Secret, digest
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.expected import PLAIN
from watchword.jose.jwt.signer import Signer
from watchword.oauth.clients import ClientOrigin
from watchword.oauth.feed import Cursor

BYE, BYE_WITH_QUERY = PARTY.post_logout_redirect_uris


class Browser:
    """Somebody's browser, in which alice is signed in."""

    def __init__(self, server):
        self.server = server
        self.http = httpx2.Client(base_url=server.url, timeout=30)
        self.send("/signin", {"username": "alice", "password": PASSWORDS["alice"]})
        assert self.is_signed_in

    def get(self, path, **parameters):
        return self.http.get(path, params=parameters)

    def send(self, path, values, *, shown=None):
        """Send the form of a page with everything that the page put into it."""
        page = self.http.get(path) if shown is None else shown
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        return self.http.post(path, data={**hidden, **values})

    @property
    def is_signed_in(self):
        return self.http.get("/account").status_code == 200

    @property
    def sid(self):
        cookie = next(value for name, value in self.http.cookies.items() if "session" in name)
        hashed, now = digest(Secret(cookie)), self.server.clock.now()
        return self.server.store("find_session", hashed, now=now, origin=NOWHERE).sid


@pytest.fixture
def party(running):
    return RelyingParty(running)


@pytest.fixture
def browser(running):
    opened = Browser(running)
    yield opened
    opened.http.close()


@pytest.fixture
def id_token(party):
    return party.tokens()["id_token"]


def ask(browser, **parameters):
    return browser.get("/logout", **parameters)


def assert_not_led(answer):
    """A page of the server says what is wrong, and nothing leads to the application."""
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "location" not in answer.headers
    assert 'role="alert"' in answer.text
    assert_says_all(answer)
    assert "party.example" not in answer.text
    assert "party.example" not in answer.headers["content-security-policy"]


@pytest.mark.requirement("oauth:N-24:end-session-endpoint")
def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(party, running):
    assert party.discovery["end_session_endpoint"] == f"{running.url}/logout"


@pytest.mark.requirement("oauth:N-24:logout", "security:75:logout")
def test_oidcc_rp_initiated_logout(browser, running, party, id_token):
    """Back to the application with the state, at once; and the session is over."""
    sid = browser.sid
    assert "code" in party.authorize(browser.http, prompt="none")
    answer = ask(
        browser, id_token_hint=id_token, post_logout_redirect_uri=BYE, state="af0ifjsldkj &="
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{BYE}?state={quote('af0ifjsldkj &=')}"
    assert not browser.is_signed_in
    assert party.authorize(browser.http, prompt="none")["error"] == "login_required"
    events = running.store("list_events", running.users["alice"].id)
    assert [one.event.sid for one in events if one.event.kind.value == "signed_out"] == [sid]
    feed = running.store("read_feed", Cursor(1, 0), now=running.clock.now())
    assert sid in {one.value for one in feed.events}


@pytest.mark.requirement("oauth:N-24:exact-address")
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(browser, id_token):
    bad = "https://party.example/elsewhere"
    assert_not_led(ask(browser, id_token_hint=id_token, post_logout_redirect_uri=bad, state="s"))
    assert browser.is_signed_in


@pytest.mark.requirement("oauth:N-24:hint-verified", "security:75:logout")
def test_oidcc_rp_initiated_logout_modified_id_token_hint(browser, id_token):
    """`alg` none in the place of the signature."""
    _, payload, _ = id_token.split(".")
    none = f"eyJhbGciOiJub25lIn0.{payload}."
    assert_not_led(ask(browser, id_token_hint=none, post_logout_redirect_uri=BYE, state="s"))
    assert browser.is_signed_in


@pytest.mark.requirement("oauth:N-24:hint-verified", "security:75:logout")
def test_oidcc_rp_initiated_logout_bad_id_token_hint(browser, running):
    """A stranger's signature under this server's names."""
    (own,) = running.http.get("/jwks.json").json()["keys"]
    strange = Signer(
        Key.generate(own["alg"], kid=own["kid"]),
        issuer=running.url,
        audience=PARTY.client_id,
        lifetime=300,
        typ=PLAIN,
        clock=running.clock,
    ).sign(sub=running.users["alice"].id)
    assert_not_led(ask(browser, id_token_hint=strange, post_logout_redirect_uri=BYE, state="s"))
    assert browser.is_signed_in


@pytest.mark.requirement("oauth:N-24:never-without-hint")
def test_oidcc_rp_initiated_logout_no_id_token_hint(browser, party):
    assert_not_led(ask(browser, post_logout_redirect_uri=BYE, state="s"))
    named = ask(browser, client_id=PARTY.client_id, post_logout_redirect_uri=BYE)
    assert_not_led(named)
    assert browser.is_signed_in


@pytest.mark.requirement("oauth:N-24:exact-address")
def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(browser, id_token):
    added = f"{BYE}?foo=bar"
    assert_not_led(ask(browser, id_token_hint=id_token, post_logout_redirect_uri=added))
    assert browser.is_signed_in


def sign_out(browser, shown, **values):
    """Answer the question with yes, and return where the browser ends."""
    assert shown.status_code == 200
    assert "Sign out?" in shown.text
    assert browser.is_signed_in
    confirmed = browser.send("/logout/confirm", values, shown=shown)
    assert confirmed.status_code == 303
    return confirmed.headers["location"]


@pytest.mark.requirement("oauth:N-24:asked-first")
def test_oidcc_rp_initiated_logout_no_params(browser):
    assert sign_out(browser, ask(browser)) == "/logout"
    assert "You are signed out" in browser.get("/logout").text
    assert not browser.is_signed_in


@pytest.mark.requirement("oauth:N-24:logout")
def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(browser, id_token):
    answer = ask(browser, id_token_hint=id_token, state="s")
    assert (answer.status_code, answer.headers["location"]) == (303, "/logout")
    assert "You are signed out" in browser.get("/logout").text
    assert not browser.is_signed_in


@pytest.mark.requirement("oauth:N-24:asked-first")
def test_oidcc_rp_initiated_logout_only_state(browser):
    assert sign_out(browser, ask(browser, state="s")) == "/logout"
    assert not browser.is_signed_in


@pytest.mark.requirement("oauth:N-24:logout")
def test_oidcc_rp_initiated_logout_no_state(browser, id_token):
    answer = ask(browser, id_token_hint=id_token, post_logout_redirect_uri=BYE)
    assert (answer.status_code, answer.headers["location"]) == (303, BYE)
    assert not browser.is_signed_in


class TestBesideThePlan:
    """What the plan does not try."""

    @pytest.mark.requirement("oauth:N-24:hint-verified")
    def test_hint_that_has_expired_is_good_for_a_logout(self, browser, running, id_token):
        running.clock.forward(3 * 86_400)
        answer = ask(browser, id_token_hint=id_token, post_logout_redirect_uri=BYE_WITH_QUERY)
        assert answer.headers["location"] == BYE_WITH_QUERY

    def test_application_may_send_a_form(self, browser, id_token):
        """Core of RP-Initiated Logout section 2: GET and POST."""
        form = {"id_token_hint": id_token, "post_logout_redirect_uri": BYE, "state": "s"}
        asked = browser.http.post("/logout", data=form)
        assert asked.status_code == 303
        answer = browser.http.get(asked.headers["location"])
        assert answer.headers["location"] == f"{BYE}?state=s"
        assert not browser.is_signed_in

    def test_browser_without_a_session_is_led_on(self, browser, running, id_token):
        stranger = httpx2.Client(base_url=running.url)
        answer = stranger.get(
            "/logout", params={"id_token_hint": id_token, "post_logout_redirect_uri": BYE}
        )
        assert answer.headers["location"] == BYE
        bad = stranger.get("/logout", params={"post_logout_redirect_uri": BYE})
        assert_not_led(bad)
        assert browser.is_signed_in
        stranger.close()

    @pytest.mark.requirement("oauth:N-24:asked-first")
    def test_hint_of_another_person_asks_first(self, browser, running, id_token):
        """And leads to the application after a yes, since the application proved itself."""
        other = Browser.__new__(Browser)
        other.server, other.http = running, httpx2.Client(base_url=running.url, timeout=30)
        other.send("/signin", {"username": "bob", "password": PASSWORDS["bob"]})
        shown = ask(other, id_token_hint=id_token, post_logout_redirect_uri=BYE)
        assert "The application means another account" in shown.text
        assert (
            "form-action 'self' https://party.example;" in shown.headers["content-security-policy"]
        )
        assert sign_out(other, shown) == BYE
        assert browser.is_signed_in
        other.http.close()

    def test_repeated_parameter_is_a_page_that_leads_nowhere(self, browser):
        answer = browser.http.get("/logout?state=a&state=b")
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/html")

    def test_question_is_answered_by_a_form_of_this_browser_alone(self, browser):
        """A page of another site signs nobody out."""
        without = browser.http.post("/logout/confirm", data={"form_token": "guessed"})
        assert without.status_code == 403
        foreign = browser.http.post(
            "/logout/confirm", data={}, headers={"sec-fetch-site": "cross-site"}
        )
        assert foreign.status_code == 403
        assert browser.is_signed_in
        shown = ask(browser)
        sign_out(browser, shown)
        late = browser.send("/logout/confirm", {}, shown=shown)
        assert (late.status_code, late.headers["location"]) == (303, "/logout")

    def test_unknown_type_of_body_is_415_and_a_form_an_error_page(self, browser):
        other = browser.http.post("/logout", content="x", headers={"content-type": "text/plain"})
        assert other.status_code == 415
        assert other.json()["error"] == "invalid_request"
        broken = browser.http.post(
            "/logout",
            content="a=1&a=2",
            headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
        )
        assert broken.status_code == 400
        assert broken.headers["content-type"].startswith("text/html")


class TestLastingAccess:
    """Applications that were allowed to go on while their person is signed out.

    Source: OpenID Connect Back-Channel Logout section 2.7; oauth.md F-5.
    """

    @pytest.fixture
    def lasting(self, party):
        return party.tokens("openid offline_access")

    @pytest.mark.requirement("oauth:F-5:offline-goes-on")
    def test_ends_where_nobody_was_asked(self, browser, party):
        """A first-party client has no consent, so its `offline_access` is nobody's word."""
        code = party.authorize(browser.http, scope="openid offline_access")["code"]
        pair = party.redeem(code, redirect_uri=PARTY.redirect_uris[0]).json()
        shown = ask(browser)
        assert "end_lasting" not in shown.text
        sign_out(browser, shown)
        refused = party.refresh(pair["refresh_token"])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")

    @pytest.mark.requirement("oauth:F-5:offline-goes-on")
    def test_goes_on_unless_the_person_says_otherwise(self, browser, party, lasting):
        shown = ask(browser)
        assert PARTY.name in shown.text
        sign_out(browser, shown)
        assert party.refresh(lasting["refresh_token"]).status_code == 200

    @pytest.mark.requirement("oauth:F-5:offline-offered")
    def test_ends_too_where_the_person_says_so(self, browser, party, lasting):
        sign_out(browser, ask(browser), end_lasting="yes")
        refused = party.refresh(lasting["refresh_token"])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")

    def test_outlives_the_session_in_which_it_was_allowed(self, browser, party, running):
        """Of two logins of one browser the one without `offline_access` ends."""
        scopes = ("openid", "openid offline_access")
        codes = {one: party.authorize(browser.http, scope=one)["code"] for one in scopes}
        # Somebody else's application by the time it comes: the person was asked about it.
        running.store("register_client", replace(PARTY, is_first_party=False))
        pairs = {}
        for scope, code in codes.items():
            redeemed = party.redeem(code, redirect_uri=PARTY.redirect_uris[0])
            pairs[scope] = redeemed.json()
        shown = ask(browser, id_token_hint=pairs["openid"]["id_token"])
        assert shown.status_code == 303
        ended = party.refresh(pairs["openid"]["refresh_token"])
        assert (ended.status_code, ended.json()["error"]) == (400, "invalid_grant")
        lasting = pairs["openid offline_access"]["refresh_token"]
        going_on = party.refresh(lasting)
        assert going_on.status_code == 200
        assert party.userinfo(going_on.json()["access_token"]).status_code == 200
        running.store("end_sessions", running.users["alice"].id, keep=None, now=running.clock.now())
        over = party.refresh(going_on.json()["refresh_token"])
        assert (over.status_code, over.json()["error"]) == (400, "invalid_grant")

    def test_is_offered_only_where_there_is_any(self, browser):
        assert "end_lasting" not in ask(browser).text


@pytest.mark.requirement("oauth:N-24:logout")
@pytest.mark.parametrize("origin", [ClientOrigin.DYNAMIC, ClientOrigin.DOCUMENT])
def test_address_of_a_stranger_is_offered_where_nobody_is_signed_in(running, id_token, origin):
    """Whoever registers itself gets an ID token and chooses an address: no open redirector."""
    running.store("register_client", replace(PARTY, origin=origin))
    answer = running.http.get(
        "/logout", params={"id_token_hint": id_token, "post_logout_redirect_uri": BYE}
    )
    assert (answer.status_code, answer.headers.get("location")) == (200, None)
    assert f'href="{BYE}"' in answer.text
    assert "Continue to party.example" in answer.text


def test_known_application_is_led_back_to_where_nobody_is_signed_in(running, id_token):
    answer = running.http.get(
        "/logout", params={"id_token_hint": id_token, "post_logout_redirect_uri": BYE}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, BYE)


@pytest.mark.requirement("users-pages:language-keeps-the-page")
def test_change_of_language_keeps_what_the_application_said(running, id_token):
    """The hint of alice, an address and a state, on the page that asks bob."""
    said = {"id_token_hint": id_token, "post_logout_redirect_uri": BYE_WITH_QUERY, "state": "a &=é"}
    with closing(Visitor(running.url)) as bob:
        bob.sign_in(bob.http.get("/signin"), "bob", PASSWORDS["bob"])
        page = bob.http.get("/logout", params=said)
        german = bob.send(page, "/preferences", language="de")
        assert 'lang="de"' in german.text
        answer = bob.send(german, "/logout/confirm")
    assert answer.headers["location"] == f"{BYE_WITH_QUERY}&state=a%20%26%3D%C3%A9"


def test_page_that_cannot_be_repeated_offers_no_change_of_language(browser):
    page = ask(browser, state="é" * 2_000)  # 12,000 characters in an address
    assert "Sign out?" in page.text
    assert "/preferences" not in page.text
