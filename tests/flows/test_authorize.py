"""The authorization endpoint over a socket: from the client's link to its code and tokens.

Source: oauth.md section 7; RFC 6749 section 4.1; RFC 7636; RFC 9207.
"""

import html
import json
import re
from dataclasses import replace

import pytest
from tests.flows.authorization import (
    CALLBACK,
    DYNAMIC,
    NATIVE,
    OWN,
    SHOP,
    STATE,
    Pkce,
    answered,
    client_of,
    request_of,
)
from tests.flows.conftest import PASSWORDS

from watchword.accounts.links import LinkPurpose, NewLink
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import ClientOrigin, Resource

LINK = "l" * 43


@pytest.fixture
def pkce():
    return Pkce()


def test_a_first_party_client_gets_a_code_after_the_sign_in(op, browser, pkce):
    page = browser.authorize(request_of(OWN, pkce))
    assert "to continue to Own" in page.text
    answer = browser.sign_in(page, "alice", PASSWORDS["alice"])
    assert answer.headers["location"].startswith(CALLBACK + "&code=")
    said = answered(answer)
    assert said["state"] == STATE
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


def test_a_live_session_is_answered_at_once(op, alice, pkce):
    answer = alice.http.get("/authorize", params=request_of(OWN, pkce))
    assert answer.status_code == 303
    assert "code" in answered(answer)


def test_a_stranger_is_asked_and_allows(op, alice, pkce):
    page = alice.authorize(request_of(SHOP, pkce))
    assert "Allow Shop?" in page.text
    assert "app.example" in page.text
    assert "Read notes" in page.text
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example;" in policy
    assert "code" in answered(alice.decide(page, "allow"))


def test_a_stranger_is_asked_and_refused(op, alice, pkce):
    page = alice.authorize(request_of(DYNAMIC, pkce))
    said = answered(alice.decide(page, "deny"))
    assert (said["error"], said["iss"]) == ("access_denied", op.url)
    assert said["state"] == STATE


def test_an_interaction_is_answered_once(op, alice, pkce):
    page = alice.authorize(request_of(NATIVE, pkce))
    assert "code" in answered(alice.decide(page, "allow"))
    again = alice.decide(page, "allow")
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
    assert (said["error"], said["iss"], said["state"]) == (error, op.url, STATE)


@pytest.mark.requirement("oauth:A-6:remembered-consent")
def test_consent_is_remembered_listed_and_taken_back(op, alice):
    """oauth.md A-6; OWASP ASVS 5.0 V10.7.3."""
    asked = request_of(SHOP, scope="openid notes:read")
    assert "code" in answered(alice.decide(alice.authorize(asked), "allow"))
    assert "code" in answered(alice.http.get("/authorize", params=asked))
    assert "code" in answered(alice.http.get("/authorize", params={**asked, "prompt": "none"}))
    assert "Allow Shop?" in alice.authorize({**asked, "scope": "openid email"}).text
    assert "Allow Shop?" in alice.authorize({**asked, "prompt": "consent"}).text
    apps = alice.http.get("/account/apps")
    assert "Not signed in" in apps.text
    assert "You allowed this" in apps.text
    gone = alice.send(apps, "/account/apps", client_id="shop")
    assert "The application is disconnected." in gone.text
    assert "Allow Shop?" in alice.authorize(asked).text


@pytest.mark.requirement("oauth:A-6:public-and-dynamic-always-asked")
@pytest.mark.parametrize("client", [NATIVE, DYNAMIC])
def test_public_and_dynamic_clients_are_asked_about_every_time(alice, pkce, client):
    """OWASP ASVS 5.0 V10.7.1."""
    asked = request_of(client, pkce)
    assert "code" in answered(alice.decide(alice.authorize(asked), "allow"))
    assert "Do not allow" in alice.authorize(asked).text
    said = answered(alice.http.get("/authorize", params={**asked, "prompt": "none"}))
    assert said["error"] == "consent_required"


@pytest.mark.requirement("oauth:A-6:page", "security:69:consent-page")
def test_consent_says_who_for_what_how_long_where_to_and_as_whom(alice, pkce):
    """users.md U38."""
    local = alice.authorize(request_of(NATIVE, pkce, redirect_uri="http://127.0.0.1:49152/cb")).text
    for said in (
        "Allow Native?",
        "Read notes",
        "a program on this machine (127.0.0.1:49152)",
        "365 days at most",
        "every time",
        "<strong>alice</strong>",
        "Use another account",
        "Any program on this machine could be asking",
        "under Applications in your account",
    ):
        assert said in local
    dynamic = alice.authorize(request_of(DYNAMIC, pkce, scope="openid offline_access")).text
    assert "<strong>app.example</strong>" in dynamic
    assert "Nobody here has checked this application" in dynamic
    assert '<li class="risky">' in dynamic


@pytest.mark.requirement("security:70:names-as-text")
def test_name_of_a_client_is_text_and_nothing_else(op, alice, pkce):
    """Keycloak CVE-2026-4366; Casdoor CVE-2026-5468."""
    name = "<script>alert(1)</script> {{ 7*7 }} %(x)s"
    op.store("register_client", client_of("evil", name=name, is_first_party=False))
    page = alice.authorize(request_of(client_of("evil"), pkce))
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} %(x)s" in page.text


def test_document_client_is_shown_with_its_host(op, alice, pkce):
    """oauth.md D-5."""
    document = client_of(
        "https://agent.example/me.json", is_first_party=False, origin=ClientOrigin.DOCUMENT
    )
    op.store("register_client", document)
    assert "<strong>agent.example</strong>" in alice.authorize(request_of(document, pkce)).text


@pytest.mark.requirement("oauth:A-5:fetched-often", "oauth:S-9:bound-to-the-browser")
def test_request_may_be_fetched_often_and_without_cookies(op, browser, alice, pkce):
    """oauth.md A-5: FastMCP does so before it opens a browser."""
    asked = request_of(OWN, pkce)
    for _ in range(2):
        alone = op.http.get("/authorize", params=asked)
        assert alone.status_code == 303
        op.http.cookies.clear()
    elsewhere = op.http.get(alone.headers["location"])
    assert elsewhere.status_code == 400
    assert "was begun in another browser" in elsewhere.text
    assert "code" in answered(alice.authorize(asked))


@pytest.mark.parametrize(
    "path", ["/interaction/x", "/interaction/interaction_%00", "/interaction/"]
)
def test_addresses_that_are_no_interaction_lead_nowhere(alice, path):
    assert alice.http.get(f"/interaction/{path}").status_code in {400, 404}


def test_form_of_before_another_sign_in_is_shown_again(op, alice, pkce):
    """The person who is signed in meanwhile decides for themselves."""
    page = alice.authorize(request_of(NATIVE, pkce))
    alice.sign_in(alice.http.get("/signin"), "bob", PASSWORDS["bob"])
    again = alice.decide(page, "allow")
    assert again.status_code == 403
    assert "<strong>bob</strong>" in again.text
    assert "code" in answered(alice.decide(again, "allow"))


def test_decision_that_is_none_shows_the_page_again(alice, pkce):
    page = alice.authorize(request_of(NATIVE, pkce))
    assert "Allow Native?" in alice.decide(page, "perhaps").text


def test_form_of_another_site_is_refused(alice, pkce):
    page = alice.authorize(request_of(NATIVE, pkce))
    foreign = alice.http.post(
        page.url.path, data={"decision": "allow"}, headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403


def test_another_account_is_signed_in_to_on_the_way(alice, pkce):
    page = alice.authorize(request_of(NATIVE, pkce))
    page = alice.decide(page, "switch")
    assert "to continue to Native" in page.text
    page = alice.sign_in(page, "bob", PASSWORDS["bob"])
    assert "<strong>bob</strong>" in page.text


def test_account_is_chosen(op, alice, pkce):
    """OpenID Connect Core section 3.1.2.1 (select_account)."""
    asked = request_of(OWN, pkce, prompt="select_account")
    page = alice.authorize(asked)
    assert "Continue as alice" in page.text
    assert "code" in answered(alice.decide(page, "allow"))
    page = alice.sign_in(alice.decide(alice.authorize(asked), "switch"), "bob", PASSWORDS["bob"])
    assert "code" in answered(page)


@pytest.mark.requirement("oauth:N-12:hint-of-another")
def test_request_about_somebody_else_asks_for_them_and_takes_nobody_else(op, alice, pkce):
    """OpenID Connect Core sections 3.1.2.1 and 5.5.1."""
    bob = op.users["bob"].id
    claims = json.dumps({"id_token": {"sub": {"value": bob}}})
    asked = request_of(OWN, pkce, scope="openid", claims=claims)
    said = answered(alice.authorize({**asked, "prompt": "none"}))
    assert said["error"] == "login_required"
    page = alice.authorize(asked)
    assert "to continue to Own" in page.text
    said = answered(alice.sign_in(page, "root", PASSWORDS["root"]))
    assert said["error"] == "login_required"
    page = alice.authorize(asked)
    assert "code" in answered(alice.sign_in(page, "bob", PASSWORDS["bob"]))


@pytest.mark.parametrize("hint", ["x", "a.b.c"])
def test_hint_that_this_server_did_not_sign_is_refused(alice, pkce, hint):
    said = answered(alice.authorize(request_of(OWN, pkce, id_token_hint=hint)))
    assert said["error"] == "invalid_request"


def test_client_that_is_switched_off_meanwhile_gets_no_answer(op, alice, pkce):
    client = client_of("brief", is_first_party=False)
    op.store("register_client", client)
    page = alice.authorize(request_of(client, pkce))
    op.store("register_client", replace(client, redirect_uris=("https://app.example/moved",)))
    gone = alice.decide(page, "allow")
    assert gone.status_code == 400
    assert "The way back is not registered" in gone.text
    # Nor does the sign-in page on the way speak of it.
    assert "to continue to" not in alice.http.get(f"/signin?next={page.url.path}").text


def test_scope_that_is_taken_away_meanwhile_is_refused_by_redirect(op, alice, pkce):
    client = client_of("poor", is_first_party=False)
    op.store("register_client", client)
    page = alice.authorize(request_of(client, pkce))
    op.store("register_client", replace(client, scopes=frozenset()))
    way = alice.http.get(f"/signin?next={page.url.path}")
    assert "form-action 'self' https://app.example;" in way.headers["content-security-policy"]
    assert answered(alice.decide(page, "allow"))["error"] == "invalid_scope"
    assert alice.decide(page, "deny").status_code == 400


@pytest.mark.requirement("oauth:A-7:form-action")
@pytest.mark.parametrize("path", ["/signin", "/signup", "/account/confirm"])
def test_every_page_on_the_way_may_end_at_the_client(op, browser, alice, pkce, path):
    """oauth.md A-7; users.md U31: Chromium applies form-action to the redirect after the POST."""
    begun = alice.http.get("/authorize", params=request_of(NATIVE, pkce)).headers["location"]
    page = alice.http.get(path, params={"next": begun})
    assert "form-action 'self' http://127.0.0.1;" in page.headers["content-security-policy"]
    apart = alice.http.get(path, params={"next": "/interaction/interaction_" + "x" * 22})
    assert "form-action 'self';" in apart.headers["content-security-policy"]


def test_pages_speak_the_language_that_is_asked_for(browser, alice, pkce):
    """OpenID Connect Core section 3.1.2.1 (ui_locales)."""
    assert '<html lang="de"' in alice.authorize(request_of(NATIVE, pkce, ui_locales="de")).text
    long = alice.authorize(request_of(NATIVE, pkce, ui_locales="de " * 40))
    assert '<html lang="en"' in long.text


def test_hint_of_a_name_is_filled_in(browser, pkce):
    page = browser.authorize(request_of(OWN, pkce, login_hint="alice"))
    assert 'value="alice"' in page.text


def test_level_that_the_account_cannot_reach_is_offered_where_it_is_insisted_on(alice, pkce):
    """RFC 9470 section 4: the client has met a resource that takes nothing less."""
    asked = request_of(OWN, pkce, acr_values="aal2")
    assert "Add a second factor" in alice.authorize(asked).text
    said = answered(alice.authorize({**asked, "prompt": "none"}))
    assert said["error"] == "interaction_required"
    assert "code" in answered(alice.authorize({**asked, "scope": "openid"}))


@pytest.mark.requirement("security:53:303")
@pytest.mark.requirement("security:76:no-cors")
def test_redirects_are_303_and_no_page_of_another_origin_reads_them(op, alice, pkce):
    """RFC 9700 sections 2.6 and 4.12."""
    answer = alice.http.get(
        "/authorize", params=request_of(OWN, pkce), headers={"origin": "https://app.example"}
    )
    assert answer.status_code == 303
    assert "access-control-allow-origin" not in answer.headers
    preflight = alice.http.options(
        "/authorize",
        headers={"origin": "https://a.example", "access-control-request-method": "POST"},
    )
    assert "access-control-allow-origin" not in preflight.headers


def test_malformed_queries_are_pages(op):
    for query in ("client_id=%ff", "&".join(f"a{n}=1" for n in range(70)), "x" * 200 + "=1"):
        answer = op.http.get(f"/authorize?{query}")
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/html")


def test_post_that_is_no_form_is_a_page(op):
    assert op.http.post("/authorize", json={}).status_code == 415
    assert op.http.post("/authorize", data={"x": "y" * 20_000}).status_code == 413


def test_refusal_of_a_posted_request_goes_to_the_client(op, pkce):
    answer = op.http.post("/authorize", data=request_of(OWN, pkce, response_type="token"))
    assert answered(answer)["error"] == "unsupported_response_type"


@pytest.mark.requirement("oauth:A-9:scope-and-resources")
def test_code_for_several_resources_is_redeemed_for_one(op, alice, pkce):
    """RFC 8707 section 2.2; oauth.md T-2: one resource an access token."""
    files = Resource("files", (("files:read", "Read files"),), is_default=False)
    op.store("register_resource", files)
    asked = [
        *request_of(OWN, pkce, scope="openid notes:read files:read").items(),
        ("resource", f"{op.url}/notes"),
        ("resource", "files"),
    ]

    def redeem(**more):
        said = answered(alice.authorize(asked))
        form = {
            "grant_type": "authorization_code",
            "client_id": "own",
            "code": said["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": pkce.verifier,
            **more,
        }
        return op.http.post("/token", data=form).json()

    assert redeem()["scope"] == "openid notes:read"
    assert redeem(resource="files")["scope"] == "openid files:read"
    assert redeem(resource=op.url)["error"] in {"invalid_target", "invalid_grant"}


@pytest.mark.requirement("rfc9700:4.11.2:no-open-redirector")
def test_refusal_of_an_unchecked_client_is_no_open_redirector(op, browser, pkce):
    """RFC 9700 section 4.11.2: whoever registers a client chooses where a refusal leads."""
    asked = request_of(DYNAMIC, pkce, scope="notes:eat")
    for page in (browser.authorize(asked), op.http.post("/authorize", data=asked)):
        assert page.status_code == 400
        assert "location" not in page.headers
        assert "<strong>app.example</strong>" in page.text
        assert f'href="{CALLBACK}&amp;error=invalid_scope' in page.text
    assert "error=invalid_scope" not in browser.authorize({**asked, "prompt": "none"}).text
    said = answered(browser.authorize({**asked, "prompt": "none"}))
    assert said["error"] == "invalid_scope"
    pressed = browser.authorize({**asked, "response_mode": "form_post"})
    assert answered(pressed)["error"] == "invalid_scope"
    page = browser.authorize(request_of(DYNAMIC, pkce, max_age="x"))
    assert "max_age must be a number of seconds" in page.text
    browser.sign_in(browser.http.get("/signin"), "alice", PASSWORDS["alice"])
    assert answered(browser.authorize(asked))["error"] == "invalid_scope"


def test_account_is_made_on_the_way(op, browser, pkce):
    """Initiating User Registration via OpenID Connect 1.0 (prompt=create)."""
    page = browser.authorize(request_of(OWN, pkce, prompt="create"))
    assert page.url.path == "/signup"
    browser.send(page, "/signup", email="carol@example.com")
    letters = browser.http.get("/mailbox").text
    link = re.search(r'href="[^"]*(/signup\?link=[^"]+)"', letters)[1]
    form = browser.http.get(link)
    assert "form-action 'self' https://app.example;" in form.headers["content-security-policy"]
    passphrase = "carol walks seven brown dogs"
    wrong = browser.send(form, "/signup", username="carol", password=passphrase)
    assert wrong.status_code == 400
    done = browser.send(
        wrong, "/signup", username="carol", password=passphrase, repeated=passphrase
    )
    assert "code" in answered(done)
    assert "code" in answered(browser.authorize(request_of(OWN, pkce)))


def test_person_with_an_account_is_asked_to_make_another_one(alice, pkce):
    page = alice.authorize(request_of(OWN, pkce, prompt="create"))
    assert page.url.path == "/signup"
    said = answered(alice.authorize(request_of(OWN, pkce, prompt="none")))
    assert "code" in said


def test_password_is_set_anew_on_the_way(op, browser, pkce):
    """The way back outlives the wait for a mail (users.md U35: nothing asked twice)."""
    page = browser.authorize(request_of(OWN, pkce))
    way = re.search(r'href="(/forgot\?next=[^"]+)"', page.text)[1]
    assert browser.http.get(html.unescape(way)).status_code == 200
    secret = digest(Secret(LINK))
    now = op.clock.now()
    root = op.users["root"].id
    op.store("add_link", NewLink(secret, LinkPurpose.SET_PASSWORD, root, now, now + 60))
    form = browser.http.get(f"/setup?link={LINK}")
    passphrase = "root walks eight brown dogs"
    page = browser.send(form, "/setup", password=passphrase, repeated=passphrase)
    assert "to continue to Own" in page.text
    assert "code" in answered(browser.sign_in(page, "root", passphrase))
