"""The table of grants."""

import pytest
from tests.oauth.asking import ask

from watchword.oauth.errors import InvalidGrant, InvalidRequest, UnsupportedGrantType
from watchword.oauth.grants import GRANTS


@pytest.mark.requirement("rfc9700:2.4:no-password-grant")
def test_table_holds_what_is_served():
    """RFC 9700 section 2.4: there is no password grant, and nothing implicit."""
    assert list(GRANTS) == [
        *("authorization_code", "refresh_token", "client_credentials"),
        "urn:ietf:params:oauth:grant-type:device_code",
    ]
    for name, grant in GRANTS.items():
        assert grant.grant_type == name
        assert grant.source.startswith("RFC")


def test_token_request_ends_in_its_grant(server):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": server.log_in().refresh_token.reveal(),
        "client_id": "web",
        "colour": "ignored",
    }
    assert server.run(ask(form, server.token)).expires_in == 300


def test_what_a_grant_does_not_read_does_not_reach_it(server):
    """oauth.md section 2: each grant declares the fields it reads; anything else is ignored."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": server.log_in().refresh_token.reveal(),
        "username": ["not", "text"],
    }
    assert server.run(ask(form, server.token)).expires_in == 300


@pytest.mark.parametrize("grant_type", ["password", "implicit", "Refresh_Token", "x" * 99])
@pytest.mark.requirement("rfc6749:5.2:unsupported-grant-type")
def test_other_grant_types_are_unsupported(server, grant_type):
    """RFC 6749 section 5.2."""
    with pytest.raises(UnsupportedGrantType) as refused:
        server.run(ask({"grant_type": grant_type}, server.token))
    assert "xxx" not in str(refused.value)


def test_missing_grant_type_is_named(server):
    with pytest.raises(InvalidRequest, match="grant_type is missing"):
        server.run(ask({}, server.token))


@pytest.mark.parametrize(
    "grant_type", ["client_credentials", "urn:ietf:params:oauth:grant-type:device_code"]
)
def test_client_that_is_not_named_is_asked_for_by_name(server, grant_type):
    """RFC 6749 section 4.1.3; the default client is the login API's."""
    with pytest.raises(InvalidRequest, match="client_id is missing"):
        server.run(ask({"grant_type": grant_type, "device_code": "x"}, server.token))


def test_code_that_is_not_the_default_clients_asks_for_the_client_by_name(server):
    """Whatever is wrong with it: the answer tells nothing of the code."""
    form = {"grant_type": "authorization_code", "code": "x" * 43}
    with pytest.raises(InvalidGrant, match="unknown") as refused:
        server.run(ask(form, server.token))
    assert refused.value.public == "the authorization code is not valid, and client_id is missing"
    with pytest.raises(InvalidGrant):
        server.run(ask({**form, "client_id": "web"}, server.token))
    with pytest.raises(InvalidGrant):
        server.run(ask({"grant_type": "refresh_token", "refresh_token": "x"}, server.token))
