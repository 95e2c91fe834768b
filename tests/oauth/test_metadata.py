"""The metadata document."""

import json

import pytest

from watchword.oauth.client_authentication.assertion import ALGORITHMS
from watchword.oauth.clients import Resource
from watchword.oauth.grants import GRANTS
from watchword.oauth.metadata import document

ISSUER = "https://id.example/auth"
ENDPOINTS = {
    "watchword_login_endpoint": "/login",
    "token_endpoint": "/token",
    "jwks_uri": "/jwks.json",
}
NOTES = Resource("notes", (("notes:write", "Write"), ("notes:read", "Read")), is_default=True)


@pytest.mark.requirement("rfc8414:2:members", "oauth:M-3:only-what-is-served")
def test_document_lists_what_is_served_and_nothing_else():
    """RFC 8414 section 2; oauth.md M-3 and E-1; decisions/0003."""
    assert document(ISSUER, endpoints=ENDPOINTS, resources=(NOTES,)) == {
        "issuer": ISSUER,
        "watchword_login_endpoint": f"{ISSUER}/login",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/jwks.json",
        "grant_types_supported": [name for name in GRANTS if "device" not in name],
        "token_endpoint_auth_methods_supported": [
            *("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
        ],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["notes:read", "notes:write"],
        "subject_types_supported": ["public"],
        "request_uri_parameter_supported": False,
    }


@pytest.mark.requirement("rfc8414:3.2:no-empty-lists")
def test_lists_without_elements_are_left_out():
    """RFC 8414 section 3.2."""
    made = document(ISSUER, endpoints={"jwks_uri": "/jwks.json"}, resources=())
    assert "scopes_supported" not in made
    assert "grant_types_supported" not in made
    assert not [value for value in made.values() if value == []]


@pytest.mark.parametrize("issuer", ["https://id.example", "https://id.example/", ISSUER])
@pytest.mark.requirement("rfc8414:3.3:issuer-equal", "oauth:M-1:issuer-unchanged")
def test_issuer_stands_as_it_is_configured(issuer):
    """RFC 8414 section 3.3; oauth.md M-1: a slash that appears or goes breaks clients."""
    made = document(issuer, endpoints=ENDPOINTS, resources=())
    assert made["issuer"] == issuer
    assert "//" not in made["token_endpoint"].removeprefix("https://")


def test_document_is_json():
    made = document(ISSUER, endpoints=ENDPOINTS, resources=(NOTES,))
    assert json.loads(json.dumps(made)) == made


@pytest.mark.requirement("oauth:0.7:draft-number", "oauth:M-3:pkce-s256")
def test_challenge_endpoint_is_listed_with_the_number_of_its_draft():
    """oauth.md section 0 (7): drafts live behind names that state their number."""
    endpoints = {**ENDPOINTS, "authorization_challenge_endpoint": "/authorize-challenge"}
    made = document(ISSUER, endpoints=endpoints, resources=())
    assert made["authorization_challenge_endpoint"] == f"{ISSUER}/authorize-challenge"
    named = made["watchword_authorization_challenge_draft"]
    assert named == "draft-ietf-oauth-first-party-apps-03"
    assert made["acr_values_supported"] == ["aal1", "aal2"]
    assert made["code_challenge_methods_supported"] == ["S256"]
