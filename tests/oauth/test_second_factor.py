"""The login API beyond the password: second factors, step-up, known devices.

Source: oauth.md section 6 (L-3 to L-5, L-8, L-10, L-13); security.md rule 44.
"""

import pytest
from tests.oauth.conftest import ISSUER
from tests.oauth.people import Person

from watchword.accounts.flow import FLOW_IDLE_SECONDS
from watchword.accounts.origin import NOWHERE, Origin
from watchword.oauth.clients import Client
from watchword.oauth.errors import InvalidRequest, OAuthError, TooManyAttempts
from watchword.oauth.login import login
from watchword.oauth.login_errors import (
    InvalidCredentials,
    InvalidSession,
    PasskeyRequired,
    ReauthenticationRequired,
    RedirectToWeb,
    SecondFactorRequired,
)

PASSWORD = "a quiet garden at dusk"


@pytest.fixture
def ada(server):
    return Person(server, "ada")


@pytest.fixture
def step(server):
    """Take a step of a login; return what came, an error included."""

    def taken(origin=NOWHERE, **members):
        try:
            return server.run(login((), members, origin, server.login))
        except OAuthError as error:
            return error

    return taken


@pytest.fixture
def begin(step):
    def begun(**members):
        answer = step(username="ada", password=PASSWORD, **members)
        assert isinstance(answer, SecondFactorRequired)
        return answer.members["auth_session"]

    return begun


@pytest.mark.requirement("oauth:6:second-factor", "oauth:L-5:auth-session")
def test_password_alone_does_not_open_an_account_with_a_second_factor(server, ada, step):
    """oauth.md section 6, the example."""
    asked = step(username="ada", password=PASSWORD, scope="notes:read")
    assert (asked.code, asked.status) == ("second_factor_required", 401)
    assert asked.headers == (("www-authenticate", 'Login realm="watchword"'),)
    assert asked.members["expires_in"] == 600
    assert asked.members["next"] == [{"type": "totp"}, {"type": "recovery_code"}]
    assert len(asked.members["auth_session"]) == 43
    logged_in = step(auth_session=asked.members["auth_session"], otp=ada.code())
    assert logged_in.issued.scope == ("notes:read",)
    claims = server.claims(logged_in.issued)
    assert (claims.amr, claims.acr) == (("pwd", "otp", "mfa"), "aal2")


def test_recovery_code_stands_in_once(ada, begin, step):
    code = ada.sheet[0].reveal()
    assert step(auth_session=begin(), recovery_code=code).issued.expires_in == 300
    assert isinstance(step(auth_session=begin(), recovery_code=code), InvalidCredentials)


@pytest.mark.requirement("oauth:L-5:replaced")
def test_auth_session_is_replaced_in_every_answer(ada, begin, step):
    """oauth.md L-5; a second use of one leads nowhere."""
    first = begin()
    wrong = step(auth_session=first, otp="000000")
    assert isinstance(wrong, InvalidCredentials)
    assert wrong.members["next"] == [{"type": "totp"}, {"type": "recovery_code"}]
    second = wrong.members["auth_session"]
    assert second != first
    assert isinstance(step(auth_session=first, otp=ada.code()), InvalidSession)
    looked = step(auth_session=second)
    assert isinstance(looked, SecondFactorRequired)
    assert step(auth_session=looked.members["auth_session"], otp=ada.code()).issued


@pytest.mark.requirement("oauth:L-5:bound-to-client")
def test_auth_session_of_another_client_is_refused(server, ada, begin, step):
    """oauth.md L-4 and L-5."""
    other = Client("other", "Other", is_first_party=True, is_default=False, scopes=None)
    server.run(server.store.register_client(other))
    auth_session = begin()
    refused = step(auth_session=auth_session, otp=ada.code(), client_id="other")
    assert (refused.code, refused.status) == ("invalid_session", 401)
    assert step(auth_session=auth_session, otp=ada.code(), client_id="web").issued


@pytest.mark.requirement("oauth:L-5:ten-minutes-idle")
def test_auth_session_dies_when_it_rests(server, ada, begin, step):
    auth_session = begin()
    server.clock.pass_seconds(FLOW_IDLE_SECONDS)
    assert isinstance(step(auth_session=auth_session, otp=ada.code()), InvalidSession)


def test_auth_session_of_an_earlier_epoch_is_dead(server, ada, begin, step):
    """security.md section 3.6."""
    auth_session = begin()
    server.run(server.store.bump_epoch(now=server.clock.time))
    assert isinstance(step(auth_session=auth_session, otp=ada.code()), InvalidSession)


def test_completed_login_cannot_be_gone_on_with(ada, begin, step):
    auth_session = begin()
    assert step(auth_session=auth_session, otp=ada.code()).issued
    assert isinstance(step(auth_session=auth_session, otp=ada.code()), InvalidSession)


def test_one_answer_at_a_time(begin, ada, step):
    refused = step(auth_session=begin(), otp=ada.code(), recovery_code="x")
    assert isinstance(refused, InvalidRequest)


def test_password_is_no_second_factor(ada, begin, step):
    assert isinstance(step(auth_session=begin(), password=PASSWORD), InvalidCredentials)


def test_suspension_between_the_steps_wins(server, ada, begin, step):
    auth_session = begin()
    server.run(server.store.suspend_user("user_ada", now=server.clock.time))
    refused = step(auth_session=auth_session, otp=ada.code())
    assert isinstance(refused, InvalidSession)


@pytest.mark.requirement("oauth:L-10:throttled-codes")
def test_wrong_codes_are_throttled_and_the_login_can_wait(server, ada, begin, step):
    """oauth.md L-5 (rate-limited per value) and L-10."""
    auth_session = begin()
    for _ in range(5):
        auth_session = step(auth_session=auth_session, otp="000000").members["auth_session"]
    throttled = step(auth_session=auth_session, otp=ada.code())
    assert isinstance(throttled, TooManyAttempts)
    assert throttled.headers == (("retry-after", str(throttled.retry_after)),)
    server.clock.pass_seconds(throttled.retry_after)
    assert step(auth_session=throttled.members["auth_session"], otp=ada.code()).issued


@pytest.mark.requirement("oauth:L-13:kept-over-steps")
def test_what_was_asked_first_is_given_last(server, ada, step):
    """A later step cannot widen it."""
    asked = step(username="ada", password=PASSWORD, scope="notes:read")
    auth_session = asked.members["auth_session"]
    logged_in = step(auth_session=auth_session, otp=ada.code(), scope="notes:write")
    assert logged_in.issued.scope == ("notes:read",)


@pytest.mark.requirement("oauth:L-8:only-what-is-missing")
def test_step_up_asks_only_for_the_missing_factor(server, step):
    """oauth.md L-8; RFC 9470 section 4: the session stays, its new tokens are of the new level."""
    before = step(username="ada", password=PASSWORD).issued
    assert server.claims(before).acr == "aal1"
    ada = Person(server, "ada")
    token = before.refresh_token.reveal()
    asked = step(refresh_token=token, acr_values="aal2", client_id="web")
    assert isinstance(asked, SecondFactorRequired)
    after = step(auth_session=asked.members["auth_session"], otp=ada.code()).issued
    old, raised = server.claims(before), server.claims(after)
    assert (raised.sid, raised.acr) == (old.sid, "aal2")
    assert raised.auth_time == server.clock.time > old.auth_time
    assert raised.fam != old.fam


@pytest.mark.requirement("oauth:L-8:max-age")
def test_old_proofs_are_asked_for_again(server, step):
    """RFC 9470 section 4 (max_age); OpenID Connect Core section 3.1.2.1."""
    pair = step(username="ada", password=PASSWORD).issued
    server.clock.pass_seconds(100)
    token = pair.refresh_token.reveal()
    assert step(refresh_token=token, max_age=100, client_id="web").issued
    asked = step(refresh_token=token, max_age=99, client_id="web")
    assert isinstance(asked, ReauthenticationRequired)
    assert asked.members["next"] == [{"type": "password"}]
    wrong = step(auth_session=asked.members["auth_session"], password="not the garden")
    assert isinstance(wrong, InvalidCredentials)
    after = step(auth_session=wrong.members["auth_session"], password=PASSWORD).issued
    assert server.claims(after).auth_time == server.clock.time


def test_step_up_needs_a_live_login_of_the_client(server, step):
    pair = step(username="ada", password=PASSWORD).issued
    token = pair.refresh_token.reveal()
    assert isinstance(step(refresh_token="made up", client_id="web"), InvalidSession)
    server.run(server.store.end_session(pair.facts.sid, now=server.clock.time))
    assert isinstance(step(refresh_token=token, client_id="web"), InvalidSession)


@pytest.mark.requirement("oauth:6:redirect-to-web")
def test_level_that_the_account_cannot_reach_leads_to_the_pages(step):
    """oauth.md section 6: a second factor is set up in a browser."""
    refused = step(username="ada", password=PASSWORD, acr_values="aal2")
    assert isinstance(refused, RedirectToWeb)
    assert refused.status == 403
    assert refused.members == {
        "reason": "second_factor_setup",
        "continue_at": f"{ISSUER}/account/confirm?acr=aal2",
    }
    assert step(username="ada", password=PASSWORD, acr_values="unheard-of").issued


def test_max_age_is_a_number_of_seconds(step):
    for value in ("soon", -1, 1.5, True, [1], 10**12):
        answer = step(username="ada", password=PASSWORD, max_age=value)
        assert isinstance(answer, InvalidRequest), value
    assert step(username="ada", password=PASSWORD, max_age="60").issued
    assert step(username="ada", password=PASSWORD, max_age="").issued


@pytest.mark.requirement("oauth:L-9:passkey-first")
def test_login_with_a_passkey_alone_names_nobody(step):
    """oauth.md L-9: what is offered to an unknown name is what is offered to a known one."""
    answers = [step(passkey="begin", username=name) for name in ("ada", "nobody")]
    for asked in answers:
        assert isinstance(asked, PasskeyRequired)
        (offer,) = asked.members["next"]
        assert offer["type"] == "passkey"
        assert not offer["options"].get("allowCredentials")
    wrong = step(auth_session=answers[0].members["auth_session"], passkey="{}")
    assert isinstance(wrong, InvalidCredentials)
    code = step(auth_session=wrong.members["auth_session"], otp="123456")
    assert isinstance(code, InvalidCredentials)


@pytest.mark.requirement("security:35:device-token")
def test_program_is_known_by_what_it_was_given(server, step):
    """security.md rule 35: a stranger's failures do not delay it."""
    device = step(username="ada", password=PASSWORD, remember_device=True).device
    assert step(username="ada", password=PASSWORD).device is None
    for number in range(12):
        origin = Origin(f"192.0.2.{number}", None)
        step(origin, username="ada", password="wrong wrong wrong")
    assert isinstance(step(username="ada", password=PASSWORD), TooManyAttempts)
    known = step(username="ada", password=PASSWORD, device_token=device.reveal())
    assert known.issued
    made_up = step(username="ada", password=PASSWORD, device_token="x")
    assert isinstance(made_up, TooManyAttempts)
