"""The modules of the Basic and the Form Post plan that concern the authorization endpoint.

Each runs as the plan runs it: a confidential client, client_secret_basic, no PKCE; once with the
answer in the query and once in a form with a button. The modules about tokens, claims and userinfo
stand in `test_oidcc_basic.py`.

Source: oauth.md section 14; OpenID Connect Core; OAuth 2.0 Form Post Response Mode.
"""

import jwt
import pytest
from tests.flows.authorization import (
    CALLBACK,
    SECRET,
    SHOP,
    STATE,
    Pkce,
    answered,
    forms_of,
    request_of,
)
from tests.flows.conftest import PASSWORDS


@pytest.fixture(params=["query", "form_post"])
def mode(request):
    return request.param


@pytest.fixture
def party(op, browser, mode):
    return Party(op, browser, mode)


class Party:
    """The client of the plans, and the one browser that it sends about."""

    def __init__(self, op, browser, mode):
        self.op = op
        self.browser = browser
        self.mode = {} if mode == "query" else {"response_mode": mode}

    def asked(self, **more):
        return request_of(SHOP, **{"scope": "openid", "nonce": "n-0S6_WzA2Mj", **self.mode, **more})

    def open(self, **more):
        return self.browser.authorize(self.asked(**more))

    def complete(self, **more):
        """Pass all pages as alice; return the parameters of the answer."""
        page = self.open(**more)
        return answered(self.browser.pass_by(page, "alice", PASSWORDS["alice"]))

    def redeem(self, said, **more):
        answer = self.op.http.post(
            "/token",
            data={
                "grant_type": "authorization_code",
                "code": said["code"],
                "redirect_uri": CALLBACK,
                **more,
            },
            auth=("shop", SECRET),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def id_token(self, said, **more):
        """Return the verified claims of the ID token, as a library of others reads them."""
        token = self.redeem(said, **more)["id_token"]
        keys = jwt.PyJWKSet.from_dict(self.op.http.get("/jwks.json").json())
        key = keys[jwt.get_unverified_header(token)["kid"]]
        return jwt.decode(
            token,
            key,
            audience="shop",
            issuer=self.op.url,
            options={"verify_exp": False, "verify_iat": False},  # the clock is the test's
        )


def proved_anew(party, **wish):
    """Sign in twice; the second time a page asks, and auth_time moves."""
    first = party.id_token(party.complete())
    party.op.clock.forward(2)
    page = party.open(**wish)
    assert "Confirm that it is you" in page.text
    answer = party.browser.pass_by(page, "alice", PASSWORDS["alice"])
    second = party.id_token(answered(answer))
    assert second["auth_time"] > first["auth_time"]
    assert second["sub"] == first["sub"]


def test_oidcc_server(party):
    said = party.complete()
    assert (said["state"], said["iss"]) == (STATE, party.op.url)
    claims = party.id_token(said)
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert claims["sub"] == party.op.users["alice"].id


def test_oidcc_response_type_missing(party):
    said = answered(party.open(response_type=""))
    assert said["error"] in {"invalid_request", "unsupported_response_type"}


@pytest.mark.requirement("oauth:N-7:unknown-ignored-repeated-refused")
def test_oidcc_alternate_happy_flow(party):
    """The order of parameters and scopes is free."""
    asked = party.asked(scope="email profile openid")
    page = party.browser.authorize(list(reversed(asked.items())))
    said = answered(party.browser.pass_by(page, "alice", PASSWORDS["alice"]))
    assert party.id_token(said)["aud"] == "shop"


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(party):
    assert "code" in party.complete(extra="foobar")


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(party):
    assert "nonce" not in party.id_token(party.complete(nonce=""))


@pytest.mark.parametrize(
    "member",
    [
        {"display": "page"},
        {"display": "popup"},
        {"login_hint": "alice"},
        {"ui_locales": "se"},
        {"ui_locales": "de fr"},
        {"claims_locales": "se"},
    ],
    ids=[
        "oidcc-display-page",
        "oidcc-display-popup",
        "oidcc-login-hint",
        "oidcc-ui-locales",
        "oidcc-ui-locales-2",
        "oidcc-claims-locales",
    ],
)
@pytest.mark.requirement("oauth:N-13:nothing-breaks")
def test_oidcc_display_login_hint_and_locales(party, member):
    assert "code" in party.complete(**member)


@pytest.mark.requirement("oauth:N-13:nothing-breaks")
def test_oidcc_ensure_request_with_acr_values_succeeds(party):
    """`acr` SHOULD come back (OpenID Connect Core section 3.1.2.1)."""
    document = party.op.http.get("/.well-known/openid-configuration").json()
    said = party.complete(acr_values=" ".join(document["acr_values_supported"]))
    assert party.id_token(said)["acr"] == "aal1"


@pytest.mark.requirement("oauth:N-11:proved-anew")
def test_oidcc_prompt_login(party):
    proved_anew(party, prompt="login")


def test_proof_within_the_same_second_is_a_proof(party):
    """The clock of a session counts seconds; its cookie is replaced at every proof."""
    party.complete()
    page = party.open(prompt="login")
    assert "Confirm that it is you" in page.text
    assert "code" in answered(party.browser.pass_by(page, "alice", PASSWORDS["alice"]))


@pytest.mark.requirement("oauth:N-10:prompt-none")
def test_oidcc_prompt_none_not_logged_in(party):
    said = answered(party.open(prompt="none"))
    assert (said["error"], said["state"]) == ("login_required", STATE)


@pytest.mark.requirement("oauth:N-10:prompt-none")
def test_oidcc_prompt_none_logged_in(party):
    first = party.id_token(party.complete())
    party.op.clock.forward(3)
    second = party.id_token(answered(party.open(prompt="none")))
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


@pytest.mark.requirement("oauth:N-11:proved-anew")
def test_oidcc_max_age_1(party):
    proved_anew(party, max_age="1")


@pytest.mark.requirement("oauth:N-11:proved-anew")
def test_oidcc_max_age_10000(party):
    first = party.id_token(party.complete())
    party.op.clock.forward(2)
    second = party.id_token(answered(party.open(max_age="10000")))
    assert second["auth_time"] == first["auth_time"]


def test_oidcc_id_token_hint(party):
    first = party.redeem(party.complete())["id_token"]
    second = answered(party.open(prompt="none", id_token_hint=first))
    assert "code" in second


@pytest.mark.requirement("oauth:N-12:hint-of-another")
def test_id_token_hint_of_another_user(party):
    """OpenID Connect Core section 3.1.2.1: an error, such as login_required."""
    hint = party.redeem(party.complete())["id_token"]
    party.browser.sign_in(party.browser.http.get("/signin"), "bob", PASSWORDS["bob"])
    said = answered(party.open(prompt="none", id_token_hint=hint))
    assert said["error"] == "login_required"
    page = party.open(id_token_hint=hint)
    assert "code" in answered(party.browser.pass_by(page, "alice", PASSWORDS["alice"]))


@pytest.mark.requirement("oauth:N-5:exact-redirect-uri")
def test_oidcc_ensure_registered_redirect_uri(party):
    page = party.open(redirect_uri=CALLBACK + "x")
    assert page.status_code == 400
    assert "location" not in page.headers
    assert not any(CALLBACK in form.action for form in forms_of(page))


@pytest.mark.requirement("oauth:N-8:post")
def test_oidcc_ensure_post_request_succeeds(party):
    """OpenID Connect Core section 3.1.2.1. A form of another site brings no cookies along."""
    posted = party.op.http.post("/authorize", data=party.asked())
    assert posted.status_code == 303
    page = party.browser.follow(posted)
    said = answered(party.browser.pass_by(page, "alice", PASSWORDS["alice"]))
    assert said["state"] == STATE
    assert party.id_token(said)["nonce"] == "n-0S6_WzA2Mj"


def object_of(party):
    """Return what a request says, as an unsigned request object."""
    said = {**party.asked(), "iss": "shop", "aud": party.op.url}
    return jwt.encode(said, None, algorithm="none")


def with_object(party, *, redirect_uri=CALLBACK, **where):
    """Ask as the plan does: outside the object stands what OAuth demands, and no state."""
    asked = {name: party.asked()[name] for name in ("client_id", "response_type", "scope")}
    return party.browser.authorize({**asked, **party.mode, "redirect_uri": redirect_uri, **where})


@pytest.mark.requirement("oauth:N-14:request-objects-by-name")
def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(party):
    said = answered(with_object(party, request=object_of(party)))
    assert said["error"] == "request_not_supported"
    assert "state" not in said


@pytest.mark.requirement("oauth:N-14:request-objects-by-name")
def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(party):
    address = "https://shop.example/request.jwt"
    said = answered(with_object(party, request_uri=address, state=STATE))
    assert (said["error"], said["state"]) == ("request_uri_not_supported", STATE)


@pytest.mark.requirement("oauth:N-5:exact-redirect-uri", "oauth:N-14:request-objects-by-name")
def test_oidcc_ensure_request_object_with_redirect_uri(party):
    """The one outside is nobody's: a page, and no way to the one inside (the module takes both)."""
    page = with_object(party, redirect_uri=f"{CALLBACK}_invalid", request=object_of(party))
    assert page.status_code == 400
    assert "location" not in page.headers
    assert not any(CALLBACK in form.action for form in forms_of(page))


def test_oidcc_ensure_request_with_valid_pkce_succeeds(party):
    pkce = Pkce()
    said = party.complete(**pkce.members)
    assert "nonce" in party.id_token(said, code_verifier=pkce.verifier)


@pytest.mark.requirement("oauth:N-9:state-byte-for-byte")
@pytest.mark.parametrize("length", [64, 384])
def test_long_state_and_nonce_come_back_whole(party, length):
    state, nonce = "s" * length, "n" * length
    said = party.complete(state=state, nonce=nonce)
    assert said["state"] == state
    assert party.id_token(said)["nonce"] == nonce


@pytest.mark.requirement("oauth:A-3:code-and-its-modes")
@pytest.mark.requirement("form-post:2:post")
def test_form_post_works_without_a_script(party):
    """OAuth 2.0 Form Post Response Mode section 2; users.md U31: a button that a person presses."""
    answer = party.browser.pass_by(party.open(), "alice", PASSWORDS["alice"])
    if not party.mode:
        assert answer.status_code == 303
        return
    assert "<script" not in answer.text
    assert '<button type="submit"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self' https://app.example;" in policy
    assert answer.headers["cache-control"] == "no-store"
