"""The end of a login."""

import pytest
from tests.oauth.asking import refresh_with

from watchword.accounts.origin import NOWHERE
from watchword.accounts.sessions import EndOutcome
from watchword.oauth.errors import InvalidClient, InvalidGrant, InvalidRequest
from watchword.oauth.logout import logout_with_access_token, logout_with_refresh_token


def refresh(server, issued):
    members = {"refresh_token": issued.refresh_token.reveal()}
    return server.run(refresh_with(members, server.token))


def log_out(server, issued, **members):
    document = {"refresh_token": issued.refresh_token.reveal(), **members}
    return server.run(logout_with_refresh_token((), document, NOWHERE, server.logout))


@pytest.mark.requirement("oauth:L-14:ends-family-and-session", "security:41:immediate")
def test_refresh_token_ends_its_session_and_family(server):
    """oauth.md L-14; security.md rule 41."""
    issued = server.log_in()
    assert log_out(server, issued).name == "ada"
    assert not server.state(server.claims(issued)).is_live
    with pytest.raises(InvalidGrant):
        refresh(server, issued)


def test_spent_refresh_token_ends_its_login_too(server):
    """Whoever holds an old token may have lost the answer to the last refresh."""
    first = server.log_in()
    second = refresh(server, first)
    log_out(server, first)
    with pytest.raises(InvalidGrant):
        refresh(server, second)


@pytest.mark.requirement("oauth:T-6:unknown-is-no-error")
def test_unknown_token_is_no_error_and_ends_nothing(server):
    """RFC 7009 section 2.2."""
    issued = server.log_in()
    document = {"refresh_token": "made-up"}
    assert server.run(logout_with_refresh_token((), document, NOWHERE, server.logout)) is None
    assert refresh(server, issued)


def test_other_client_cannot_end_a_login(server):
    issued = server.log_in()
    assert log_out(server, issued, client_id="app") is None
    assert refresh(server, issued)


def test_other_logins_of_the_user_go_on(server):
    here, elsewhere = server.log_in(), server.log_in()
    log_out(server, here)
    assert refresh(server, elsewhere)


def test_access_token_ends_its_session(server):
    """ARCHITECTURE section 6: `POST /logout` with a bearer header."""
    issued = server.log_in()
    claims = server.claims(issued)
    assert server.run(logout_with_access_token(claims, NOWHERE, server.logout)) is EndOutcome.ENDED
    assert (
        server.run(logout_with_access_token(claims, NOWHERE, server.logout))
        is EndOutcome.ALREADY_ENDED
    )
    with pytest.raises(InvalidGrant):
        refresh(server, issued)


def test_malformed_request_is_named(server):
    with pytest.raises(InvalidRequest, match="refresh_token is missing"):
        server.run(logout_with_refresh_token((), {}, NOWHERE, server.logout))
    with pytest.raises(InvalidClient):
        log_out(server, server.log_in(), client_id="nobody")
