"""Consent over HTTP: what its page says, whose is remembered, and how it is taken back.

Source: oauth.md A-6; users.md U38; OWASP ASVS 5.0 V10.7.
"""

from dataclasses import replace

import pytest
from tests.flows.authorization import (
    CALLBACK,
    DYNAMIC,
    NATIVE,
    SHOP,
    STATE,
    Pkce,
    answered,
    client_of,
    request_of,
)
from tests.server.test_pictures import png

from watchword.jose.jwt.peek import peek
from watchword.net.document import Document
from watchword.oauth.clients import ClientOrigin
from watchword.oauth.registration.document import KeptDocument
from watchword.server.pictures import PICTURE_BYTES_MAX

LOGO = "https://pictures.example/logo.png"


class Pictures:
    """What stands at the address of a logo."""

    def __init__(self, address=LOGO, bytes_more=0):
        self.address, self.body, self.asked = address, png() + bytes(bytes_more), []

    def fetch(self, url, *, bytes_max):
        assert (url, bytes_max) == (self.address, PICTURE_BYTES_MAX)
        self.asked.append(url)
        return Document(self.body, "", "image/png")


@pytest.fixture
def pkce():
    return Pkce()


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


@pytest.mark.requirement("oauth:W-3:resource-and-step-up")
def test_step_up_asks_for_more_and_for_no_second_password(op, alice, pkce):
    """A client of the Model Context Protocol asks again for what it had and for what it lacks."""
    notes = f"{op.url}/notes"
    for scope in ("notes:read", "notes:read notes:write"):
        page = alice.authorize(request_of(DYNAMIC, pkce, scope=scope, resource=notes))
        assert 'type="password"' not in page.text
        said = answered(alice.decide(page, "allow"))
        form = {
            "grant_type": "authorization_code",
            "client_id": DYNAMIC.client_id,
            "code": said["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": pkce.verifier,
            "resource": notes,
        }
        pair = op.http.post("/token", data=form).json()
        assert pair["scope"] == scope
        assert peek(pair["access_token"]).claims["aud"] == notes


@pytest.mark.requirement("oauth:A-6:public-and-dynamic-always-asked")
@pytest.mark.parametrize("client", [NATIVE, DYNAMIC])
def test_public_and_dynamic_clients_are_asked_about_every_time(alice, pkce, client):
    """OWASP ASVS 5.0 V10.7.1."""
    asked = request_of(client, pkce)
    assert "code" in answered(alice.decide(alice.authorize(asked), "allow"))
    assert "Do not allow" in alice.authorize(asked).text
    said = answered(alice.http.get("/authorize", params={**asked, "prompt": "none"}))
    assert said["error"] == "consent_required"


@pytest.mark.requirement("oauth:D-5:hosts-shown")
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


def test_addresses_that_a_client_gives_are_text(op, alice, pkce):
    """security.md rule 70; oauth.md section 14 (policy_uri, tos_uri)."""
    details = {"tos_uri": "https://far.example/terms", "policy_uri": "https://far.example/data"}
    far = client_of("far", is_first_party=False, details=details)
    op.store("register_client", far)
    page = alice.authorize(request_of(far, pkce)).text
    assert "Registered by this service" in page
    for address in details.values():
        assert f"<dd>{address}</dd>" in page
        assert f'href="{address}' not in page


@pytest.mark.requirement("oauth:D-5:hosts-shown")
def test_document_client_is_shown_with_its_host(op, alice, pkce):
    """oauth.md D-5."""
    document = client_of(
        "https://agent.example/me.json", is_first_party=False, origin=ClientOrigin.DOCUMENT
    )
    now = op.clock.now()
    op.store("keep_document", KeptDocument(document, True, now, now + 600))
    assert "<strong>agent.example</strong>" in alice.authorize(request_of(document, pkce)).text


def test_yes_is_a_yes_to_what_was_shown(op, alice, pkce):
    """The resource gets another scope while the person reads, and the request names none."""
    notes = op.store("list_resources")[0]
    page = alice.authorize(request_of(DYNAMIC, pkce, scope=""))
    op.store("register_resource", replace(notes, scopes=(*notes.scopes, ("notes:burn", "Burn"))))
    again = alice.decide(page, "allow")
    assert "Burn" in again.text
    assert "code" in answered(alice.decide(again, "allow"))
    op.store("register_resource", notes)


def test_choice_of_an_account_is_no_yes_to_what_it_did_not_show(op, alice):
    """The consent is taken back in another tab while the page of the choice is open."""
    asked = request_of(SHOP, scope="openid notes:read", prompt="select_account")
    page = alice.authorize(asked)
    if "Allow Shop?" in page.text:
        assert "code" in answered(alice.decide(page, "allow"))
        page = alice.authorize(asked)
    assert "Choose an account" in page.text
    alice.send(alice.http.get("/account/apps"), "/account/apps", client_id="shop")
    again = alice.decide(page, "allow")
    assert "Allow Shop?" in again.text
    assert "code" in answered(alice.decide(again, "allow"))
    alice.send(alice.http.get("/account/apps"), "/account/apps", client_id="shop")


def test_choice_of_an_account_is_no_consent(op, alice, pkce):
    """A first-party client with a secret: nothing is listed as allowed."""
    own = replace(SHOP, client_id="own-shop", is_first_party=True)
    op.store("register_client", own)
    page = alice.authorize(request_of(own, pkce, prompt="select_account"))
    assert "code" in answered(alice.decide(page, "allow"))
    assert "You allowed this" not in alice.http.get("/account/apps").text


@pytest.mark.requirement("users-pages:logo-of-a-stranger")
@pytest.mark.parametrize(("client", "is_mark"), [(SHOP, True), (DYNAMIC, False)])
def test_logo_is_a_mark_only_of_who_is_registered_here(op, alice, pkce, client, is_mark):
    """oauth.md D-5: it stands in the page itself; no browser is sent where the client says."""
    op.auth.runtime.logos.fetcher = Pictures()
    op.store("register_client", replace(client, details={"logo_uri": LOGO}))
    page = alice.authorize(request_of(client, pkce, prompt="consent"))
    op.store("register_client", client)
    assert page.text.count("data:image/png;base64,") == 1
    assert ('<img class="app logo"' in page.text) is is_mark
    assert ("not checked by anybody here" in page.text) is not is_mark
    assert "pictures.example" not in page.text


@pytest.mark.requirement("users-pages:logo-of-a-stranger")
@pytest.mark.parametrize(
    ("client", "bytes_more", "is_shown"),
    [(SHOP, 0, True), (SHOP, 9_000, False), (DYNAMIC, 0, False)],
)
def test_sign_in_page_shows_a_small_logo_of_who_is_registered_here(
    op, browser, pkce, client, bytes_more, is_shown
):
    """users.md U36, U93. For a stranger nothing is fetched before anybody has signed in."""
    logos, address = op.auth.runtime.logos, f"{LOGO}?{client.client_id}{bytes_more}"
    logos.fetcher = Pictures(address, bytes_more)
    op.store("register_client", replace(client, details={"logo_uri": address}))
    page = browser.authorize(request_of(client, pkce))
    op.store("register_client", client)
    assert ("data:image/png;base64," in page.text) is is_shown
    assert logos.fetcher.asked == ([address] if client is SHOP else [])
