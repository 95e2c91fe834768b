"""What code and administrators say of a client. oauth.md C-1, A-4, S-2."""

import json

import pytest

from watchword.base.secrets import Secret, digest
from watchword.jose.jwk.key import Key
from watchword.oauth.clients import AuthMethod, ClientOrigin
from watchword.oauth.registration.errors import ClientRefused
from watchword.oauth.registration.members import client_from

SECRET = Secret("s" * 43)


def made(**members):
    return client_from("app", "App", members, origin=ClientOrigin.DECLARED)


def test_what_is_left_out_is_safe():
    client = made()
    assert not client.is_first_party
    assert not client.is_default
    assert client.auth_methods == {AuthMethod.NONE}
    assert client.requires_pkce
    assert client.grant_types == {"authorization_code", "refresh_token"}
    assert client.scopes is None
    assert client.secret_hash is None
    assert client.details == {}


@pytest.mark.requirement("oauth:S-2:secrets")
def test_a_secret_is_kept_as_a_plain_hash_and_allows_both_of_its_methods():
    client = made(secret=SECRET)
    assert client.secret_hash == digest(SECRET)
    assert client.auth_methods == {AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}
    assert not client.requires_pkce  # oauth.md A-4: with openid it may go without
    assert made(secret=SECRET, require_pkce=True).requires_pkce
    pinned = made(secret=SECRET, auth_methods=["client_secret_post"])
    assert pinned.auth_methods == {AuthMethod.CLIENT_SECRET_POST}
    with pytest.raises(ClientRefused, match="shorter than 32"):
        made(secret=Secret("hunter2"))


def test_keys_are_taken_as_members_or_as_json():
    jwks = {"keys": [Key.generate("ES256").public().to_jwk()]}
    for said in (jwks, json.dumps(jwks)):
        client = made(jwks=said)
        assert client.auth_methods == {AuthMethod.PRIVATE_KEY_JWT}
        assert json.loads(client.jwks) == jwks
    uri = "https://app.example/jwks.json"
    client = made(jwks_uri=uri, secret=SECRET)
    assert client.jwks_uri == uri
    assert client.auth_methods == set(AuthMethod) - {AuthMethod.NONE}


def test_everything_that_can_be_said_is_kept():
    client = made(
        first_party=True,
        scopes={"notes:read"},
        grant_types=["refresh_token"],
        redirect_uris=["https://app.example/cb"],
        post_logout_redirect_uris=["https://app.example/"],
        allowed_origins=["https://app.example"],
        id_token_alg="ES256",
        client_uri="https://app.example/",
        logo_uri="https://app.example/logo.svg",
        policy_uri="https://app.example/policy",
        tos_uri="https://app.example/terms",
    )
    assert client.is_first_party
    assert client.scopes == {"notes:read"}
    assert client.grant_types == {"refresh_token"}
    assert client.redirect_uris == ("https://app.example/cb",)
    assert client.post_logout_redirect_uris == ("https://app.example/",)
    assert client.allowed_origins == ("https://app.example",)
    assert client.id_token_alg == "ES256"
    assert sorted(client.details) == ["client_uri", "logo_uri", "policy_uri", "tos_uri"]
    assert made(scopes=[]).scopes == frozenset()
    assert made(scopes=None).scopes is None


def test_an_unknown_method_is_refused_with_the_ones_that_exist():
    with pytest.raises(ClientRefused, match="auth_methods") as refused:
        made(auth_methods=["client_secret_jwt"])
    assert "private_key_jwt" in refused.value.fix


@pytest.mark.parametrize(
    "members", [{"redirect_uris": "https://a.example"}, {"scopes": 3}, {"colour": "blue"}]
)
def test_a_mistake_of_the_caller_is_a_type_error(members):
    with pytest.raises(TypeError):
        made(**members)
