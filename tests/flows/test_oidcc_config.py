"""The module of the OpenID Config plan, and what the metadata say of OpenID Connect.

Source: oauth.md section 14 (Config), M-1 to M-3, N-22; OpenID Connect Discovery sections 3 and 4.
"""

import re
from collections.abc import Iterator

import pytest
from tests.server.conftest import MovedClock, Started

from watchword.server.app import AuthServer
from watchword.server.settings import Settings

ISSUER = "https://id.example/auth"
PATHS = (
    "/auth/.well-known/openid-configuration",
    "/.well-known/openid-configuration/auth",
    "/.well-known/oauth-authorization-server/auth",
)
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47, as far as it is used
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}  # RFC 7518 section 6
SWITCHES = {
    "claims_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Run a server whose public address is https, behind a proxy."""
    database = f"sqlite:///{tmp_path_factory.mktemp('provider')}/watchword.db"
    auth = AuthServer(Settings(url=ISSUER, database=database), clock=MovedClock())
    auth.resource("https://api.example", scopes={"notes:read": "Read your notes"})
    started = Started(auth, MovedClock())
    started.run(auth.startup())
    yield started
    started.close()


@pytest.fixture
def members(provider):
    return provider.get(PATHS[0]).json()


@pytest.mark.requirement("oauth:N-22:discovery", "rfc8414:2:response-types-supported")
def test_oidcc_discovery_endpoint_verification(provider, members):
    """Issuer equal to the address, everything https, arrays typed, and keys that are public."""
    assert (
        members["issuer"] + "/.well-known/openid-configuration" == f"https://id.example{PATHS[0]}"
    )
    addresses = {
        name: value for name, value in members.items() if name.endswith(("_endpoint", "_uri"))
    }
    assert addresses.keys() >= {
        *("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"),
        "end_session_endpoint",
    }
    assert all(address.startswith(f"{ISSUER}/") for address in addresses.values())
    for name, value in members.items():
        if name.endswith(("_supported", "_values")) and not isinstance(value, bool):
            assert value, name
            assert all(isinstance(one, str) for one in value), name
            assert len(set(value)) == len(value), name
    assert members["response_types_supported"] == ["code"]
    assert members["subject_types_supported"] == ["public"]
    assert "RS256" in members["id_token_signing_alg_values_supported"]
    assert "none" not in members["id_token_signing_alg_values_supported"]
    assert {"openid", "offline_access"} <= set(members["scopes_supported"])
    assert members["code_challenge_methods_supported"] == ["S256"]
    assert all(LANGUAGE.fullmatch(tag) for tag in members["ui_locales_supported"])
    keys = provider.get("/auth/jwks.json").json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    assert not any(PRIVATE & key.keys() for key in keys)


@pytest.mark.requirement("oauth:W-1:libraries")
@pytest.mark.requirement("oauth:M-1:one-document")
def test_document_is_the_same_at_each_of_its_addresses(provider):
    """Byte for byte; oauth.md M-1 and M-2."""
    bodies = {provider.get(path).content for path in PATHS}
    assert len(bodies) == 1


@pytest.mark.requirement("oauth:M-3:openid-members")
def test_switches_are_stated_where_their_absence_would_mean_another_thing(members):
    assert {name: members[name] for name in SWITCHES} == SWITCHES


@pytest.mark.requirement("oauth:M-3:claims-that-come")
def test_claims_are_those_that_can_come(members):
    assert set(members["claims_supported"]) == {
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
        *("name", "preferred_username", "locale", "email", "email_verified"),
    }


def test_languages_are_those_of_the_pages(members):
    assert {"en", "de"} <= set(members["ui_locales_supported"])
