"""What an administrator says anew of a client. oauth.md C-1, F-3; users.md U64."""

import json

import pytest

from watchword.jose.jwk.key import Key
from watchword.oauth.clients import ClientOrigin
from watchword.oauth.registration.changes import changed
from watchword.oauth.registration.errors import ClientRefused
from watchword.oauth.registration.members import check_way_back, client_from

JWKS_URI = "https://app.example/jwks.json"
LOGO = "https://app.example/logo.png"


def made(**members):
    return client_from("app", "App", members, origin=ClientOrigin.ADMINISTRATOR)


def test_what_is_left_out_stays():
    client = made(scopes=["openid"], redirect_uris=["https://app.example/cb"], logo_uri=LOGO)
    assert changed(client, {}) == client
    assert changed(client, {"name": "Other"}).redirect_uris == client.redirect_uris


def test_none_takes_a_member_away():
    client = made(scopes=["openid"], id_token_alg="ES256", logo_uri=LOGO)
    found = changed(client, {"scopes": None, "id_token_alg": None, "logo_uri": None})
    assert (found.scopes, found.id_token_alg, found.details) == (None, None, {})
    assert changed(found, {"logo_uri": LOGO}).details == {"logo_uri": LOGO}


def test_keys_by_value_and_by_address_take_each_others_place():
    jwks = {"keys": [Key.generate("ES256").public().to_jwk()]}
    by_value = changed(made(jwks_uri=JWKS_URI), {"jwks": jwks})
    assert (json.loads(by_value.jwks), by_value.jwks_uri) == (jwks, None)
    assert changed(by_value, {"jwks": json.dumps(jwks)}) == by_value
    by_address = changed(by_value, {"jwks_uri": JWKS_URI})
    assert (by_address.jwks, by_address.jwks_uri) == (None, JWKS_URI)
    with pytest.raises(ClientRefused, match="jwks_uri is for clients that prove themselves"):
        changed(made(), {"jwks_uri": JWKS_URI})
    with pytest.raises(ClientRefused, match="jwks_uri stands beside jwks"):
        changed(by_value, {"jwks": jwks, "jwks_uri": JWKS_URI})


def test_what_becomes_of_it_is_checked():
    with pytest.raises(ClientRefused, match="require_pkce"):
        changed(made(), {"require_pkce": False})


def test_who_sends_browsers_here_says_where_they_return_to():
    back = {"redirect_uris": ["https://app.example/cb"]}
    own, named = {"first_party": True}, {"grant_types": ["authorization_code"]}
    for members in (back, own, {"grant_types": ["refresh_token"]}):
        check_way_back(made(**members), members)
    for members in ({}, named, own | named):
        with pytest.raises(ClientRefused, match="redirect_uris is empty"):
            check_way_back(made(**members), members)
