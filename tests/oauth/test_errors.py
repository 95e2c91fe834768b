"""The words in which the authorization server refuses."""

import re

import pytest

from watchword.oauth import errors, login_errors
from watchword.oauth.errors import (
    Busy,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    OAuthError,
    UnauthorizedClient,
)
from watchword.oauth.login_errors import InvalidCredentials, InvalidSession, SecondFactorRequired
from watchword.oauth.registration import errors as registration_errors

CLASSES = [
    found
    for module in (errors, login_errors, registration_errors)
    for found in (getattr(module, name) for name in module.__all__)
    if isinstance(found, type) and issubclass(found, OAuthError)
]


@pytest.mark.requirement("rfc6749:5.2:error-codes")
def test_codes_and_statuses_are_those_of_the_standard():
    """RFC 6749 section 5.2; RFC 7591 section 3.2.2; RFC 8707 section 2; oauth.md section 6."""
    statuses = {
        "server_error": 500,
        "invalid_request": 400,
        "invalid_client": 401,
        "invalid_grant": 400,
        "invalid_scope": 400,
        "invalid_target": 400,
        "unauthorized_client": 400,
        "unsupported_grant_type": 400,
        "invalid_client_metadata": 400,
        "invalid_redirect_uri": 400,
        "invalid_software_statement": 400,
        "unapproved_software_statement": 400,
        "invalid_token": 401,
        "authorization_pending": 400,
        "slow_down": 400,
        "expired_token": 400,
        "invalid_credentials": 401,
        "second_factor_required": 401,
        "reauthentication_required": 401,
        "passkey_required": 401,
        "insufficient_authorization": 400,
        "invalid_session": 401,
        "redirect_to_web": 403,
        "too_many_attempts": 429,
        "throttled": 429,
        "busy": 503,
    }
    of_pages = ("unauthorized_client", 403)
    assert {(each.code, each().status) for each in CLASSES} == {*statuses.items(), of_pages}


@pytest.mark.parametrize("error", CLASSES)
@pytest.mark.requirement("rfc6749:5.2:description-characters")
def test_texts_keep_to_the_characters_of_the_standard(error):
    """RFC 6749 section 5.2; oauth.md N-17."""
    assert re.fullmatch(r"[\x20\x21\x23-\x5B\x5D-\x7E]+", error().public)


@pytest.mark.parametrize("text", ['say "no"', "back\\slash", "line\nbreak", "naïve"])
def test_other_characters_are_a_bug_of_the_caller(text):
    with pytest.raises(ValueError, match="ASCII"):
        InvalidRequest(text)


@pytest.mark.requirement("oauth:N-18:401-has-a-challenge")
def test_every_401_carries_a_challenge_of_our_own_scheme():
    """RFC 9110 section 15.5.2; oauth.md L-2: no browser dialog, no token refresh."""
    for error in (InvalidClient, InvalidCredentials, InvalidSession, SecondFactorRequired):
        assert error().headers == (("www-authenticate", 'Login realm="watchword"'),)
    assert InvalidGrant().headers == ()


def test_busy_server_says_when_to_try_again():
    assert Busy(retry_after=7).headers == (("retry-after", "7"),)


def test_unauthorized_client_takes_the_status_of_its_endpoint():
    assert UnauthorizedClient(status=403).status == 403
    assert UnauthorizedClient().status == 400


def test_detail_is_for_the_log_and_not_for_the_peer():
    error = InvalidGrant(detail="reused")
    assert str(error) == "invalid_grant: reused"
    assert repr(error) == "InvalidGrant('invalid_grant: reused')"
    assert error.public == "the refresh token is not valid"
    assert str(OAuthError("broken")) == "server_error: broken"
