"""The authorization endpoint over a socket: from the client's link to its code and tokens.

Source: oauth.md section 7; RFC 6749 section 4.1; RFC 7636; RFC 9207.
"""

import json
from contextlib import closing
from dataclasses import replace

import pytest
from tests.flows.authorization import (
    CALLBACK,
    DYNAMIC,
    NATIVE,
    OWN,
    SECRET,
    SHOP,
    STATE,
    Browser,
    Pkce,
    answered,
    assert_says_all,
    client_of,
    forms_of,
    request_of,
)
from tests.flows.conftest import PASSWORDS, running_in

from watchword.oauth.authorize.interactions import INTERACTIONS
from watchword.oauth.clients import Resource


@pytest.fixture
def pkce():
    return Pkce()


@pytest.mark.requirement("rfc6749:3.1:authorization-endpoint", "rfc9207:2:iss")
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


def test_a_program_that_only_looks_makes_no_code_and_answers_nothing(op, alice, pkce):
    """RFC 9110 section 9.2.1: HEAD is safe."""
    looked = alice.http.head("/authorize", params=request_of(OWN, pkce))
    assert (looked.status_code, looked.content) == (405, b"")
    assert "location" not in looked.headers
    page = alice.authorize(request_of(NATIVE, pkce))
    assert alice.http.head(forms_of(page)[-1].action).status_code == 405
    assert "code" in answered(alice.decide(page, "allow"))


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
        (
            {"claims": '{"id_token":{"acr":{"essential":true,"value":"aal9"}}}'},
            "unmet_authentication_requirements",
        ),
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


@pytest.mark.requirement("oauth:A-3:code-and-its-modes")
@pytest.mark.requirement("security:53:303")
@pytest.mark.requirement("security:76:no-cors", "oauth:N-32:cors")
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
@pytest.mark.requirement("rfc8707:2.2:chosen")
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


@pytest.mark.requirement("rfc8707:2.2:others-at-refresh")
def test_refresh_token_for_several_resources_gets_tokens_for_each(op, alice, pkce):
    """RFC 8707 section 2.2: asked for at once, told on one page, used one by one."""
    op.store("register_resource", Resource("files", (("files:read", "Read files"),), False))
    asked = [
        *request_of(SHOP, pkce, scope="openid notes:read files:read").items(),
        ("resource", f"{op.url}/notes"),
        ("resource", "files"),
    ]
    page = alice.authorize(asked)
    assert "Read files" in page.text
    assert f"{op.url}/notes" in page.text
    said = answered(alice.decide(page, "allow"))
    auth = ("shop", SECRET)
    form = {
        "grant_type": "authorization_code",
        "code": said["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": pkce.verifier,
    }
    tokens = op.http.post("/token", data=form, auth=auth).json()
    for resource, scope in (
        ("files", "openid files:read"),
        (f"{op.url}/notes", "openid notes:read"),
        ("files", "openid files:read"),
    ):
        form = {
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "resource": resource,
        }
        refused = op.http.post("/token", data={**form, "resource": op.url}, auth=auth)
        assert refused.json()["error"] in {"invalid_target", "invalid_grant"}
        tokens = op.http.post("/token", data=form, auth=auth).json()
        assert tokens["scope"] == scope
        seen = op.http.post("/introspect", data={"token": tokens["access_token"]}, auth=auth)
        assert seen.json()["aud"] == resource


@pytest.mark.requirement("rfc9700:4.11.2:no-open-redirector")
def test_refusal_of_an_unchecked_client_is_no_open_redirector(op, browser, pkce):
    """RFC 9700 section 4.11.2: whoever registers a client chooses where a refusal leads."""
    asked = request_of(DYNAMIC, pkce, scope="notes:eat")
    for page in (browser.authorize(asked), op.http.post("/authorize", data=asked)):
        assert page.status_code == 400
        assert "location" not in page.headers
        assert "<strong>app.example</strong>" in page.text
        assert f'href="{CALLBACK}&amp;error=invalid_scope' in page.text
        assert_says_all(page)
    assert "error=invalid_scope" not in browser.authorize({**asked, "prompt": "none"}).text
    for silent in ("none", " none", "none login"):
        said = answered(browser.authorize({**asked, "prompt": silent}))
        assert said["error"] == "invalid_scope"
    pressed = browser.authorize({**asked, "response_mode": "form_post"})
    assert answered(pressed)["error"] == "invalid_scope"
    page = browser.authorize(request_of(DYNAMIC, pkce, max_age="x"))
    assert "max_age must be a number of seconds" in page.text
    browser.sign_in(browser.http.get("/signin"), "alice", PASSWORDS["alice"])
    assert browser.authorize(asked).status_code == 400


@pytest.mark.requirement("users:U58:refusals-say-all")
@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"client_id": "nobody"}, 400, "No application with this client_id is registered here"),
        ({"client_id": ""}, 400, "client_id"),
        ({"redirect_uri": "https://evil.example/"}, 400, "an address that is not registered"),
    ],
)
def test_every_refusal_that_stays_here_says_all(alice, pkce, asked, status, said):
    page = alice.http.get("/authorize", params=request_of(SHOP, pkce, **asked))
    assert page.status_code == status
    assert said in page.text
    assert "location" not in page.headers
    assert_says_all(page)


@pytest.mark.requirement("users:U58:refusals-say-all")
def test_interaction_of_another_browser_says_all(browser):
    assert_says_all(browser.http.get("/interaction/interaction_" + "A" * 22))


@pytest.mark.requirement("oauth:W-6:refusals-explain")
@pytest.mark.requirement("users:U58:both-addresses")
def test_administrator_sees_both_addresses_and_where_they_part(op, browser, alice, pkce):
    """users.md U58; everybody else is told the plain sentence."""
    asked = request_of(OWN, pkce, redirect_uri=CALLBACK.replace("cb", "ca"))
    assert "<mark>" not in alice.http.get("/authorize", params=asked).text
    with closing(Browser(op.url)) as root:
        root.sign_in(root.http.get("/signin"), "root", PASSWORDS["root"])
        page = root.http.get("/authorize", params=asked)
        assert page.status_code == 400
        same = "https://app.example/c"
        assert f"<code>{same}<mark>a</mark>?from=watchword</code>" in page.text
        assert f"<code>{same}<mark>b</mark>?from=watchword</code>" in page.text
        assert f"at character {len(same) + 1}" in page.text
        assert_says_all(page)
        short = root.http.get("/authorize", params={**asked, "redirect_uri": CALLBACK[:-1]})
        assert "<mark>(ends here)</mark></code>" in short.text
        none = root.http.get("/authorize", params={**asked, "scope": "openid", "redirect_uri": ""})
        assert "no address at all" in none.text
        assert f"<code>{CALLBACK}</code>" in none.text
        op.store("register_client", client_of("bare", redirect_uris=()))
        bare = root.http.get("/authorize", params={**asked, "client_id": "bare"})
        assert "no address at all" in bare.text
        unknown = root.http.get("/authorize", params={**asked, "client_id": "nobody"})
        assert "An unknown application asked" in unknown.text


@pytest.mark.requirement("oauth:A-3:code-and-its-modes")
@pytest.mark.requirement("rfc9207:3:metadata", "oauth:M-5:endpoint-and-members")
def test_metadata_says_what_the_endpoint_takes(op):
    """RFC 8414 section 2; RFC 9207 section 3; oauth.md M-3 and M-5."""
    document = op.http.get("/.well-known/openid-configuration").json()
    assert document["authorization_endpoint"] == f"{op.url}/authorize"
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["response_types_supported"] == ["code"]
    assert document["response_modes_supported"] == ["query", "form_post"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["acr_values_supported"] == ["aal1", "aal2"]
    assert document["prompt_values_supported"] == [
        *("none", "login", "consent", "select_account", "create")
    ]
    assert document["request_parameter_supported"] is False
    assert document["request_uri_parameter_supported"] is False


@pytest.mark.requirement("oauth:M-5:endpoint-and-members")
def test_endpoint_that_is_off_is_gone_with_its_members(tmp_path):
    """oauth.md E-1 and M-5."""
    with running_in(tmp_path, authorization_pages=False) as off:
        assert off.http.get("/authorize").status_code == 404
        assert off.http.get("/interaction/x").status_code == 404
        document = off.http.get("/.well-known/openid-configuration").json()
        assert (
            not {
                "authorization_endpoint",
                "authorization_response_iss_parameter_supported",
                "prompt_values_supported",
                "response_modes_supported",
            }
            & document.keys()
        )


@pytest.mark.requirement("oauth:N-2:bound", "oauth:N-28:pkce", "oauth:S-3:bindings")
def test_code_is_bound_to_client_address_and_verifier(op, alice, pkce):
    """RFC 6749 section 4.1.3; OAuth 2.1 section 10: a wrong presentation does not burn the code."""
    code = answered(alice.authorize(request_of(OWN, pkce)))["code"]
    right = {
        "grant_type": "authorization_code",
        "client_id": "own",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": pkce.verifier,
    }
    for wrong in (
        {"client_id": "native"},
        {"redirect_uri": CALLBACK + "&more=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"code_verifier": Pkce().verifier},
        {"code_verifier": ""},
        {"resource": f"{op.url}/other"},
    ):
        refused = op.http.post("/token", data={**right, **wrong})
        assert refused.status_code == 400, wrong
        assert refused.json()["error"] in {"invalid_grant", "invalid_target"}
    # What binds it is the verifier, so that the address may be left out.
    assert op.http.post("/token", data={**right, "redirect_uri": ""}).status_code == 200


@pytest.mark.requirement("oauth:N-2:bound")
def test_code_without_a_verifier_is_bound_to_its_address_alone(op, alice):
    """RFC 6749 section 4.1.3: the address of the request has to come again."""
    asked = request_of(SHOP, scope="openid")
    page = alice.authorize({**asked, "prompt": "consent"})
    form = {
        "grant_type": "authorization_code",
        "code": answered(alice.decide(page, "allow"))["code"],
    }
    shop = ("shop", SECRET)
    for wrong in (
        {},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK, "code_verifier": "v" * 43},
    ):
        refused = op.http.post("/token", data={**form, **wrong}, auth=shop)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant"), wrong
    right = {**form, "redirect_uri": CALLBACK}
    assert op.http.post("/token", data=right, auth=shop).status_code == 200


def test_interactions_of_a_network_are_bounded(op, browser, pkce, monkeypatch):
    """Anybody may begin one without a cookie, and each is a row for half an hour."""
    few = replace(INTERACTIONS, burst=1)
    monkeypatch.setattr("watchword.server.pages.authorizing.authorize.INTERACTIONS", few)
    op.clock.forward(10_000)
    assert browser.http.get("/authorize", params=request_of(OWN, pkce)).status_code == 303
    refused = browser.http.get("/authorize", params=request_of(OWN, pkce))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.headers["content-type"].startswith("text/html")
    op.clock.forward(1)
    assert browser.http.get("/authorize", params=request_of(OWN, pkce)).status_code == 303


@pytest.mark.requirement("oauth:W-6:refusals-explain")
def test_page_of_a_faulty_request_says_what_is_wrong(alice, pkce):
    """users.md U58."""
    for asked, said in (
        ([], "client_id is missing"),
        ([("client_id", "own"), ("client_id", "own")], "client_id is repeated"),
    ):
        page = alice.authorize(asked)
        assert page.status_code == 400
        assert f'<dd lang="en">{said}</dd>' in page.text
