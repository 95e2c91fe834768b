"""The table of steps: what a request has to prove, and where its refusal goes.

Source: RFC 6749 sections 3.1 and 4.1.1; oauth.md A-1 to A-4, A-9, N-5 to N-9, N-14.
"""

from dataclasses import replace

import pytest
from tests.oauth.authorize.requests import (
    CALLBACK,
    CHALLENGE,
    FILES,
    GOOD,
    NOTES,
    SHOP,
    WEB,
    asked_of,
    checked,
    proved,
    refusal,
)

from watchword.oauth.authorize.errors import RedirectMismatch, UnknownClient
from watchword.oauth.authorize.pipeline import STEPS, Endpoint
from watchword.oauth.authorize.request import ResponseMode, read_asked
from watchword.oauth.clients import ClientOrigin
from watchword.oauth.errors import InvalidRequest


def test_good_request_is_proved():
    request = proved(asked_of(nonce="n", response_mode="form_post"))
    assert request.client is WEB
    assert request.destination.redirect.uri == CALLBACK
    assert request.destination.mode is ResponseMode.FORM_POST
    assert request.destination.state == "a&b=c"
    assert request.redirect_uri == CALLBACK
    assert request.resources == (NOTES,)
    assert request.scopes == ("notes:read",)
    assert request.code_challenge == CHALLENGE
    assert request.nonce == "n"
    assert not request.is_openid


@pytest.mark.requirement("oauth:A-1:client-then-redirect")
def test_steps_that_prove_the_destination_stand_first():
    """RFC 9700 section 4.11.2: whatever comes after them may be told by redirect."""
    told = [step.is_told_by_redirect for step in STEPS]
    assert told == sorted(told)
    assert [step.name for step in STEPS if not step.is_told_by_redirect] == [
        "destination once",
        "client",
        "redirect_uri",
    ]


@pytest.mark.parametrize(
    ("asked", "client", "error"),
    [
        (asked_of(client_id=None), None, InvalidRequest),
        (asked_of(client_id="x"), None, UnknownClient),
        (asked_of(redirect_uri="https://evil.example"), WEB, RedirectMismatch),
        (asked_of(redirect_uri="x" * 5000), WEB, InvalidRequest),
        (read_asked([*GOOD.items(), ("client_id", "web")]), None, InvalidRequest),
        (read_asked([*GOOD.items(), ("redirect_uri", CALLBACK)]), WEB, InvalidRequest),
    ],
)
@pytest.mark.requirement("oauth:A-1:client-then-redirect", "security:52:nothing-redirected-before")
@pytest.mark.requirement("rfc6749:3.1.2.4:invalid-endpoint")
def test_nobody_is_redirected_before_client_and_address_hold(asked, client, error):
    with pytest.raises(error):
        checked(asked, client=client)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"state": "x" * 4097}, "invalid_request"),
        ({"nonce": "a\x00b"}, "invalid_request"),
        ({"resource": "a\nb"}, "invalid_request"),
        ({"resource": "a" * 4097}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://a.example"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"scope": "notes:eat"}, "invalid_scope"),
        ({"scope": '"'}, "invalid_scope"),
        ({"claims": "[]"}, "invalid_request"),
    ],
)
@pytest.mark.requirement(
    "oauth:N-6:missing-response-type",
    "oauth:N-14:request-objects-by-name",
    "security:54:s256-only",
    "security:57:code-alone",
)
@pytest.mark.requirement(
    "rfc6749:3.1.1:response-type",
    "rfc6749:4.1.2.1:errors",
    "rfc8707:2:invalid-target",
    "rfc7636:4.4.1:challenge-required",
)
def test_refusals_are_told_by_redirect(changes, code):
    found = refusal(asked_of(changes))
    assert found.error.code == code
    assert found.destination.redirect.uri == CALLBACK


@pytest.mark.requirement("oauth:N-7:unknown-ignored-repeated-refused", "security:67:repeated")
@pytest.mark.requirement("rfc6749:3.1:unrecognized-ignored", "rfc6749:3.1:no-repeats")
def test_unknown_parameters_are_ignored_and_repeated_ones_refused():
    """RFC 6749 section 3.1. A repeated `state` is not echoed: nobody knows which."""
    assert proved(read_asked([("x", "1"), ("x", "2"), *GOOD.items()])).scopes == ("notes:read",)
    found = refusal(read_asked([*GOOD.items(), ("state", "other")]))
    assert (found.error.code, found.destination.state) == ("invalid_request", None)
    found = refusal(read_asked([*GOOD.items(), ("response_mode", "query"), ("response_mode", "x")]))
    assert found.destination.mode is ResponseMode.QUERY


def test_empty_parameter_is_one_left_out():
    assert proved(asked_of(state="")).destination.state is None


@pytest.mark.requirement("oauth:N-9:state-byte-for-byte")
@pytest.mark.parametrize("state", ["x" * 384, "x" * 4096, "ä +%2B&=;'\"<>", "\U0001f511"])
def test_state_is_kept_as_it_came(state):
    assert proved(asked_of(state=state, nonce=state)).destination.state == state


@pytest.mark.parametrize(
    ("client", "scope", "is_needed"),
    [
        (SHOP, "openid", False),
        (SHOP, "notes:read", True),
        (WEB, "openid", True),
        (replace(SHOP, requires_pkce=True), "openid", True),
        (replace(SHOP, origin=ClientOrigin.DYNAMIC), "openid", True),
        (replace(SHOP, origin=ClientOrigin.DOCUMENT), "openid", True),
        (replace(SHOP, origin=ClientOrigin.ADMINISTRATOR), "openid", False),
    ],
)
@pytest.mark.requirement("oauth:A-4:pkce")
def test_pkce_is_needed_of_all_but_openid_requests_of_known_clients(client, scope, is_needed):
    asked = asked_of(scope=scope, code_challenge=None, code_challenge_method=None)
    found = checked(asked, client=client)
    assert hasattr(found, "error") is is_needed


def test_client_without_the_grant_gets_no_code():
    refresher = replace(WEB, grant_types=frozenset({"refresh_token"}))
    assert refusal(asked_of(), client=refresher).error.code == "unauthorized_client"


@pytest.mark.requirement("oauth:A-9:scope-and-resources")
def test_missing_scope_is_all_that_the_client_may_have():
    """oauth.md A-9."""
    assert proved(asked_of(scope=None)).scopes == ("notes:read", "notes:write")
    reader = replace(WEB, scopes=frozenset({"notes:read"}))
    assert proved(asked_of(scope=None), client=reader).scopes == ("notes:read",)
    assert refusal(asked_of(scope="notes:write"), client=reader).error.code == "invalid_scope"


@pytest.mark.requirement("oauth:A-9:scope-and-resources")
@pytest.mark.requirement("rfc8707:2:repeated")
def test_several_resources_may_be_asked_for():
    """RFC 8707 section 2: the one parameter that may repeat."""
    both = [("resource", "https://api.example/"), ("resource", "files"), ("resource", "files")]
    members = [*GOOD.items(), *both]
    members = [pair for pair in members if pair[0] != "scope"]
    request = proved(read_asked([*members, ("scope", "files:read openid notes:read")]))
    assert request.resources == (NOTES, FILES)
    assert request.scopes == ("files:read", "openid", "notes:read")
    many = [("resource", f"r{number}") for number in range(9)]
    assert refusal(read_asked([*GOOD.items(), *many])).error.code == "invalid_target"


@pytest.mark.requirement("oauth:W-2:offline-access")
def test_offline_access_is_granted_to_who_can_use_it():
    """OpenID Connect Core section 11; oauth.md T-3, W-2."""
    scope = "openid offline_access"
    assert proved(asked_of(scope=scope)).scopes == ("openid", "offline_access")
    once = replace(WEB, grant_types=frozenset({"authorization_code"}))
    assert proved(asked_of(scope=scope), client=once).scopes == ("openid",)


def test_interaction_holds_the_request_against_things_as_they_stand():
    """A client, an address or a scope that was taken away meanwhile is gone."""
    asked = asked_of()
    with pytest.raises(UnknownClient):
        checked(asked, client=None, endpoint=Endpoint.INTERACTION)
    moved = replace(WEB, redirect_uris=("https://app.example/moved",))
    with pytest.raises(RedirectMismatch):
        checked(asked, client=moved, endpoint=Endpoint.INTERACTION)
    poorer = replace(WEB, scopes=frozenset())
    found = refusal(asked, client=poorer, endpoint=Endpoint.INTERACTION)
    assert found.error.code == "invalid_scope"


def test_draft_before_its_steps_has_neither_client_nor_address():
    """The order of the table is what makes these safe."""
    names = [step.name for step in STEPS]
    assert names.index("client") < names.index("redirect_uri") < names.index("response_mode")
