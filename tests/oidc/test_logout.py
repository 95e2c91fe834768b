"""What a logout request amounts to, before any browser is led anywhere.

Source: OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3; oauth.md N-24.
"""

from dataclasses import replace

import pytest

from watchword.oauth.clients import Client
from watchword.oauth.errors import InvalidRequest
from watchword.oidc.id_token import IDTokenHint
from watchword.oidc.logout import (
    LogoutFault,
    LogoutRedirect,
    LogoutRequest,
    Understood,
    check,
    parse,
    understand,
)

BYE = "https://party.example/bye"
HINT = IDTokenHint("user_1", "party", "sid_1")
PARTY = Client(
    "party", "Party", False, False, None, post_logout_redirect_uris=(BYE, f"{BYE}?from=id")
)


def asking(**members):
    return parse({"id_token_hint": "an ID token", **members})


def test_parameters_are_read_and_all_others_ignored():
    members = {"client_id": "party", "state": "s", "logout_hint": "ada", "ui_locales": "de"}
    assert parse(members) == LogoutRequest(client_id="party", state="s")
    assert parse({"state": ""}) == LogoutRequest()


def test_parameter_of_any_length_is_refused():
    with pytest.raises(InvalidRequest, match="state"):
        parse({"state": "s" * 5000})


@pytest.mark.requirement("oauth:N-24:exact-address")
@pytest.mark.parametrize(
    ("address", "state", "back"),
    [
        (BYE, None, BYE),
        (BYE, "a b&c=d", f"{BYE}?state=a%20b%26c%3Dd"),
        (f"{BYE}?from=id", "s", f"{BYE}?from=id&state=s"),
    ],
)
def test_registered_address_is_led_to_with_the_state(address, state, back):
    understood = check(LogoutRequest("t", None, address, state), HINT, PARTY)
    assert understood.back is not None
    assert understood.back.location == back
    assert understood.back.host == "party.example"
    assert understood.back.form_target == "https://party.example"
    assert understood.names("user_1")


@pytest.mark.requirement("oauth:N-24:exact-address")
def test_nobody_else_says_where_a_browser_goes():
    """decisions/0158: what was not compared has not the type that is led to."""
    back = check(LogoutRequest("t", None, BYE), HINT, PARTY).back
    assert back is not None
    with pytest.raises(TypeError, match="check"):
        LogoutRedirect("https://evil.example/", object())
    with pytest.raises((TypeError, ValueError)):
        replace(back, location="https://evil.example/")


@pytest.mark.requirement("oauth:N-24:exact-address")
@pytest.mark.parametrize(
    "address",
    [
        f"{BYE}/",
        f"{BYE}?x=1",
        f"{BYE}#",
        BYE.upper(),
        "http://party.example/bye",
        "https://party.example:443/bye",
        "https://party.example/%62ye",
        "https://evil.example/bye",
        "javascript:alert(1)",
    ],
)
def test_every_other_address_is_a_fault(address):
    understood = check(asking(post_logout_redirect_uri=address), HINT, PARTY)
    assert (understood.fault, understood.back) == (LogoutFault.ADDRESS, None)
    assert not understood.names("user_1")


def test_client_that_went_is_led_nowhere():
    assert check(asking(post_logout_redirect_uri=BYE), HINT, None).fault is LogoutFault.ADDRESS
    assert check(asking(), HINT, None) == Understood(None, "user_1")


@pytest.mark.requirement("oauth:N-24:never-without-hint")
@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (LogoutRequest("not ours"), LogoutFault.HINT),
        (LogoutRequest("not ours", None, BYE), LogoutFault.HINT),
        (LogoutRequest(None, "party", BYE), LogoutFault.NO_HINT),
        (LogoutRequest(), None),
        (LogoutRequest(state="s"), None),
    ],
)
def test_without_a_hint_nobody_is_led_anywhere(request_, fault):
    understood = check(request_, None, None)
    assert understood == Understood(fault=fault)
    assert not understood.names("user_1")


def test_client_id_must_be_that_of_the_hint():
    """RP-Initiated Logout section 2."""
    assert check(asking(client_id="party"), HINT, PARTY).fault is None
    assert check(asking(client_id="other"), HINT, PARTY).fault is LogoutFault.OTHER_CLIENT


def test_hint_of_another_person_names_nobody_here():
    assert not check(asking(), HINT, PARTY).names("user_2")


def test_client_is_found_by_the_hint_alone(server):
    def read(token):
        return IDTokenHint("user_ada", "web", None) if token == "ours" else None

    request = parse({"id_token_hint": "ours"})
    found = server.run(understand(request, server.store, read_hint=read))
    assert found.client.client_id == "web"
    named = parse({"client_id": "web", "id_token_hint": "another's"})
    assert server.run(understand(named, server.store, read_hint=read)).client is None
    assert server.run(understand(parse({}), server.store, read_hint=read)) == Understood()
