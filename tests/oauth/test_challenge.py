"""The authorization challenge endpoint, and the code that it gives.

Source: OAuth for First-Party Apps, draft-03; oauth.md section 6, L-3, L-6 and L-7.
"""

import asyncio
from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from tests.oauth import asking
from tests.oauth.people import Person

from watchword.accounts.origin import NOWHERE
from watchword.oauth.challenge import challenge
from watchword.oauth.clients import Client
from watchword.oauth.codes import CODE_LIFETIME_SECONDS
from watchword.oauth.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)
from watchword.oauth.login_errors import InsufficientAuthorization, InvalidSession, RedirectToWeb

PASSWORD = "a quiet garden at dusk"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
def ask(server):
    def asked(**members):
        try:
            return server.run(challenge((), members, NOWHERE, server.challenge))
        except OAuthError as error:
            return error

    return asked


@pytest.fixture
def code(ask):
    def made(**members):
        return ask(username="ada", password=PASSWORD, **members).code.reveal()

    return made


@pytest.fixture
def redeem(server):
    def redeemed(code, **members):
        form = {"grant_type": "authorization_code", "client_id": "web", "code": code, **members}
        try:
            return server.run(asking.ask(form, server.token))
        except OAuthError as error:
            return error

    return redeemed


@pytest.mark.requirement("fipa-03:challenge:code", "oauth:L-7:code")
def test_login_gives_a_code_and_the_code_gives_tokens(server, code, redeem):
    """Draft-03, "Authorization Challenge Response"; oauth.md L-7: no redirect_uri."""
    issued = redeem(code(scope="notes:read", response_type="code"))
    assert issued.scope == ("notes:read",)
    claims = server.claims(issued)
    assert (claims.amr, claims.acr, claims.client_id) == (("pwd",), "aal1", "web")
    assert server.state(claims).is_live


def test_verifier_of_the_rfc_has_its_challenge():
    """RFC 7636 appendix B."""
    hashed = sha256(VERIFIER.encode()).digest()
    assert urlsafe_b64encode(hashed).rstrip(b"=").decode() == CHALLENGE


@pytest.mark.requirement("oauth:L-6:pkce-when-sent", "security:54:downgrade", "oauth:N-28:pkce")
def test_challenge_that_was_sent_is_enforced(code, redeem):
    """RFC 7636 section 4.6; RFC 9700 section 4.8.2 (no downgrade)."""
    bound = code(**PKCE)
    for members in ({}, {"code_verifier": "x" * 43}, {"code_verifier": "short"}):
        assert isinstance(redeem(bound, **members), InvalidGrant)
    assert redeem(bound, code_verifier=VERIFIER).expires_in == 300
    assert isinstance(redeem(code(), code_verifier=VERIFIER), InvalidGrant)


@pytest.mark.requirement("oauth:L-3:parameters")
@pytest.mark.parametrize(
    "members",
    [
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE},
        {"code_challenge": "too short", "code_challenge_method": "S256"},
        {"code_challenge_method": "S256"},
        {"response_type": "token"},
    ],
)
@pytest.mark.requirement("security:54:s256-only", "fipa-03:challenge:response-type")
def test_other_methods_and_response_types_are_refused(ask, members):
    """oauth.md L-6 and L-3."""
    assert isinstance(ask(username="ada", password=PASSWORD, **members), InvalidRequest)


@pytest.mark.requirement("oauth:L-3:parameters")
@pytest.mark.requirement(
    "fipa-03:challenge:insufficient-authorization", "oauth:6:challenge-outcomes"
)
def test_second_factor_is_asked_in_the_words_of_the_draft(server, ask, redeem):
    """Draft-03, "Authorization Challenge Error Response"."""
    ada = Person(server, "ada")
    asked = ask(username="ada", password=PASSWORD, scope="notes:read", **PKCE)
    assert isinstance(asked, InsufficientAuthorization)
    assert asked.status == 400
    assert asked.members["reason"] == "second_factor_required"
    wrong = ask(auth_session=asked.members["auth_session"], otp="000000")
    assert wrong.members["reason"] == "invalid_credentials"
    granted = ask(auth_session=wrong.members["auth_session"], otp=ada.code())
    issued = redeem(granted.code.reveal(), code_verifier=VERIFIER)
    assert (server.claims(issued).acr, issued.scope) == ("aal2", ("notes:read",))


@pytest.mark.requirement("oauth:6:challenge-outcomes")
def test_refusals_have_the_status_of_this_endpoint(server, ask):
    """oauth.md section 6, the table."""
    good = {"username": "ada", "password": PASSWORD}
    wrong = ask(username="nobody", password=PASSWORD)
    assert isinstance(wrong, InsufficientAuthorization)
    assert dict(wrong.members) == {"reason": "invalid_credentials"}
    outcomes = [
        (ask(**good, client_id="partner"), UnauthorizedClient, 400),
        (ask(**good, client_id="nobody"), InvalidClient, 401),
        (ask(**good, resource="unknown"), InvalidTarget, 400),
        (ask(**good, acr_values="aal2"), RedirectToWeb, 400),
        (ask(auth_session="made up", otp="123456"), InvalidSession, 400),
        (ask(refresh_token="x"), InvalidRequest, 400),
    ]
    for error, kind, status in outcomes:
        assert (type(error), error.status) == (kind, status)


@pytest.mark.requirement("security:55:sixty-seconds", "oauth:N-3:sixty-seconds")
def test_code_lives_for_a_minute(server, code, redeem):
    in_time, late = code(), code()
    server.clock.pass_seconds(CODE_LIFETIME_SECONDS - 1)
    assert redeem(in_time).expires_in == 300
    server.clock.pass_seconds(1)
    assert isinstance(redeem(late), InvalidGrant)


@pytest.mark.requirement("security:55:reuse-revokes", "oauth:S-5:reuse-revokes")
def test_second_use_of_a_code_revokes_what_the_first_one_bought(server, code, redeem):
    """RFC 6749 section 10.5; oauth.md S-5."""
    made = code(**PKCE)
    issued = redeem(made, code_verifier=VERIFIER)
    claims = server.claims(issued)
    for members in ({"code_verifier": "y" * 43}, {}, {"client_id": "partner"}):
        assert isinstance(redeem(made, **members), InvalidGrant)
    assert server.state(claims).is_live  # whoever lacks the bindings ends nothing
    again = redeem(made, code_verifier=VERIFIER)
    assert isinstance(again, InvalidGrant)
    assert "reused" in again.detail
    assert not server.state(claims).is_live


@pytest.mark.requirement("security:56:diagonal", "oauth:S-3:bindings")
def test_only_the_right_bindings_spend_a_code(server, code, redeem):
    """oauth.md S-3: a wrong presentation neither wins nor burns a good code."""
    other = Client("other", "Other", is_first_party=True, is_default=False, scopes=None)
    server.run(server.store.register_client(other))
    made = code(**PKCE)
    right = {"client_id": "web", "code_verifier": VERIFIER, "resource": "https://api.example"}
    for wrong in (
        {"client_id": "other"},
        {"code_verifier": "z" * 43},
        {"resource": "files"},
        {"redirect_uri": "https://app.example/cb"},
    ):
        assert isinstance(redeem(made, **{**right, **wrong}), InvalidGrant), wrong
    assert redeem(made, **right).expires_in == 300


def test_code_of_a_suspended_user_buys_nothing(server, code, redeem):
    made = code()
    server.run(server.store.suspend_user("user_ada", now=server.clock.time))
    assert isinstance(redeem(made), InvalidGrant)


def test_code_of_an_earlier_epoch_is_dead(server, code, redeem):
    made = code()
    server.run(server.store.bump_epoch(now=server.clock.time))
    assert isinstance(redeem(made), InvalidGrant)


@pytest.mark.requirement("security:60:one-code-one-winner", "oauth:N-4:atomic")
def test_of_fifty_redemptions_one_wins(server, code):
    """security.md rule 60; ARCHITECTURE section 6."""
    made = code()
    form = {"grant_type": "authorization_code", "client_id": "web", "code": made}

    async def race():
        calls = (asking.ask(form, server.token) for _ in range(50))
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = server.run(race())
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1


def test_secrets_are_in_no_text(ask, code):
    granted = ask(username="ada", password=PASSWORD)
    assert granted.code.reveal() not in repr(granted)
