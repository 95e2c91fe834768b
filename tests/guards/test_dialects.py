"""Issuers of other makes. Source: RFC 9068 sections 2.2 and 4; RFC 8725 section 3.11."""

import asyncio

import pytest

from watchword.guards.authenticator import Authenticator, Sources
from watchword.guards.dialects import Dialect, auth0, entra, keycloak
from watchword.guards.presented import Presented
from watchword.guards.records import claims_behind
from watchword.jose import errors

ISSUER, AUDIENCE = "https://id.example.com", "notes"
BARE = {
    **dict.fromkeys(("client_id", "jti", "scope", "roles", "preferred_username", "ver", "fam")),
    "azp": "spa",
}
KEYCLOAK = BARE | {
    "typ": "Bearer",
    "jti": "onrtac:1",
    "scope": "profile notes:read",
    "preferred_username": "alice",
    "realm_access": {"roles": ["user"]},
    "resource_access": {"notes": {"roles": ["editor"]}, "account": {"roles": ["manage"]}},
}
AUTH0 = BARE | {
    "scope": "openid notes:read",
    "permissions": ["notes:write"],
    "https://notes.example/roles": ["user"],
    "gty": "password",
}
ENTRA = BARE | {
    "scp": "notes.read",
    "roles": ["user"],
    "uti": "u1",
    "tid": "t",
    "ver": "2.0",
    "name": "Alice",
}


@pytest.fixture
def read(mint, clock):
    def call(dialect: Dialect, members: dict[str, object], header: str = "JWT"):
        guard = Authenticator(
            ISSUER,
            audience=AUDIENCE,
            sources=Sources(keys=mint.keys, dialect=dialect),
            clock=clock,
        )
        token = mint.signed(members, typ=header)
        return asyncio.run(guard.authenticate(Presented([f"Bearer {token}"])))

    return call


@pytest.mark.requirement("guards:any-issuer")
@pytest.mark.parametrize(
    ("dialect", "members", "scopes", "roles", "name"),
    [
        (keycloak("notes"), KEYCLOAK, {"profile", "notes:read"}, {"user", "editor"}, "alice"),
        (keycloak(), KEYCLOAK, {"profile", "notes:read"}, {"user"}, "alice"),
        (
            auth0("https://notes.example/roles"),
            AUTH0,
            {"openid", "notes:read", "notes:write"},
            {"user"},
            None,
        ),
        (auth0(), AUTH0, {"openid", "notes:read", "notes:write"}, set(), None),
        (entra(), ENTRA, {"notes.read"}, {"user"}, "Alice"),
    ],
)
def test_token_of_another_make_gives_the_same_person(read, dialect, members, scopes, roles, name):
    found = read(dialect, members)
    user = found.user
    assert (user.scopes, user.roles) == (scopes, roles)
    assert user.client_id == "spa"
    assert found.claims.tenant == members.get("tid")
    assert user.name == (name or user.id)


@pytest.mark.requirement("guards:refused:whose")
@pytest.mark.parametrize(
    ("dialect", "members", "client"),
    [(keycloak(), KEYCLOAK, "spa"), (entra(), ENTRA, "spa"), (keycloak(), ENTRA, None)],
)
def test_expired_token_of_another_make_says_whose_it_is(read, dialect, members, client):
    """Unless it was for another purpose."""
    with pytest.raises(errors.Expired) as refused:
        read(dialect, members | {"iat": 1, "exp": 2})
    claims = claims_behind(refused.value)
    assert (None if claims is None else claims.client_id) == client


@pytest.mark.parametrize(
    ("dialect", "members", "error"),
    [
        (keycloak(), KEYCLOAK | {"typ": "ID"}, errors.ClaimInvalid),
        (keycloak(), KEYCLOAK | {"typ": "Refresh"}, errors.ClaimInvalid),
        (auth0(), AUTH0 | {"nonce": "n"}, errors.ClaimInvalid),
        (auth0(), AUTH0 | {"at_hash": "n"}, errors.ClaimInvalid),
        (entra(), ENTRA | {"azp": None}, errors.ClaimMissing),
        (entra(), ENTRA | {"aud": "other"}, errors.WrongAudience),
        (entra(), ENTRA | {"exp": 1}, errors.Expired),
        (entra(), ENTRA | {"roles": [1]}, errors.ClaimInvalid),
        (entra(), ENTRA | {"roles": {"a": 1}}, errors.ClaimInvalid),
        (entra(), ENTRA | {"name": 7}, errors.ClaimInvalid),
        (keycloak("x"), KEYCLOAK | {"resource_access": "x"}, None),
    ],
)
def test_what_is_no_access_token_is_refused(read, dialect, members, error):
    if error is None:
        assert read(dialect, members)
        return
    with pytest.raises(error):
        read(dialect, members)


def test_type_of_rfc_9068_is_no_other_make(read):
    with pytest.raises(errors.WrongType):
        read(entra(), ENTRA, "at+jwt")
