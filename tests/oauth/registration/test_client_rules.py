"""What every client record must be. oauth.md A-2, A-4, C-1, S-2."""

import json
from dataclasses import replace

import pytest

from watchword.jose.jwk.key import Key
from watchword.oauth.characters import is_description
from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.registration.client_rules import check_client, check_jwks, check_web_uri
from watchword.oauth.registration.errors import ClientRefused

GRANTS = frozenset({"authorization_code", "refresh_token"})
PUBLIC = Client("app", "App", False, False, None, grant_types=GRANTS)
CONFIDENTIAL = replace(
    PUBLIC,
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}),
    secret_hash=b"h" * 32,
)
KEY = Key.generate("ES256")


def public_jwks() -> str:
    return json.dumps({"keys": [KEY.public().to_jwk()]})


SIGNING = replace(PUBLIC, auth_methods=frozenset({AuthMethod.PRIVATE_KEY_JWT}), jwks=public_jwks())


@pytest.mark.parametrize(
    "client",
    [
        PUBLIC,
        CONFIDENTIAL,
        SIGNING,
        replace(SIGNING, jwks=None, jwks_uri="https://app.example/jwks.json"),
        replace(CONFIDENTIAL, requires_pkce=False, id_token_alg="ES256"),
        replace(PUBLIC, scopes=frozenset({"notes:read"})),
        replace(PUBLIC, redirect_uris=("https://app.example/cb", "com.example.app:/cb")),
        replace(PUBLIC, allowed_origins=("https://app.example", "http://localhost:3000")),
        replace(PUBLIC, allowed_origins=("capacitor://localhost", "chrome-extension://abc")),
        replace(PUBLIC, details={"logo_uri": "https://app.example/l.svg", "software_id": "4NRB1"}),
        replace(PUBLIC, is_first_party=True, is_default=True),
        replace(PUBLIC, client_id="https://app.example/client.json"),
    ],
)
def test_a_record_that_can_be_served_is_taken(client):
    check_client(client)


@pytest.mark.requirement("oauth:C-1:checked")
@pytest.mark.parametrize(
    ("client", "member"),
    [
        (replace(PUBLIC, client_id=""), "client_id"),
        (replace(PUBLIC, client_id="a b"), "client_id"),
        (replace(PUBLIC, client_id="é"), "client_id"),
        (replace(PUBLIC, client_id="a" * 257), "client_id"),
        (replace(PUBLIC, client_id="user_1"), "client_id"),
        (replace(PUBLIC, name=""), "name"),
        (replace(PUBLIC, name=" "), "name"),
        (replace(PUBLIC, name="a\nb"), "name"),
        (replace(PUBLIC, name="a\u202eb"), "name"),
        (replace(PUBLIC, name="a" * 101), "name"),
        (replace(PUBLIC, grant_types=frozenset()), "grant_types"),
        (replace(PUBLIC, grant_types=frozenset({"password"})), "grant_types"),
        (replace(PUBLIC, grant_types=frozenset({"implicit"})), "grant_types"),
        (replace(PUBLIC, auth_methods=frozenset()), "auth_methods"),
        (replace(CONFIDENTIAL, auth_methods=frozenset(AuthMethod)), "auth_methods"),
        (replace(CONFIDENTIAL, secret_hash=None), "auth_methods"),
        (replace(PUBLIC, secret_hash=b"h"), "auth_methods"),
        (replace(SIGNING, jwks=None), "auth_methods"),
        (replace(PUBLIC, jwks=public_jwks()), "auth_methods"),
        (replace(SIGNING, jwks_uri="https://app.example/jwks.json"), "jwks_uri"),
        (replace(SIGNING, jwks="{}"), "jwks"),
        (replace(SIGNING, jwks=None, jwks_uri="http://app.example/jwks.json"), "jwks_uri"),
        (replace(PUBLIC, requires_pkce=False), "require_pkce"),
        (replace(PUBLIC, redirect_uris=("https://app.example/cb#",)), "redirect_uris"),
        (replace(PUBLIC, redirect_uris=("https://a.example/",) * 2), "redirect_uris"),
        (
            replace(PUBLIC, redirect_uris=tuple(f"https://a.example/{n}" for n in range(33))),
            "redirect_uris",
        ),
        (
            replace(PUBLIC, post_logout_redirect_uris=("http://app.example/",)),
            "post_logout_redirect_uris",
        ),
        (replace(PUBLIC, allowed_origins=("*",)), "allowed_origins"),
        (replace(PUBLIC, allowed_origins=("null",)), "allowed_origins"),
        (replace(PUBLIC, allowed_origins=("file://localhost",)), "allowed_origins"),
        (replace(PUBLIC, allowed_origins=("https://app.example/",)), "allowed_origins"),
        (replace(PUBLIC, allowed_origins=("https://App.example",)), "allowed_origins"),
        (replace(PUBLIC, allowed_origins=("http://app.example",)), "allowed_origins"),
        (replace(PUBLIC, allowed_origins=("https://a.example",) * 2), "allowed_origins"),
        (replace(PUBLIC, details={"colour": "blue"}), "colour"),
        (replace(PUBLIC, details={"logo_uri": "data:image/png,x"}), "logo_uri"),
        (replace(PUBLIC, details={"software_id": ""}), "software_id"),
        (replace(PUBLIC, details={"software_id": "a\nb"}), "software_id"),
        (replace(PUBLIC, scopes=frozenset({"a b"})), "scopes"),
        (replace(PUBLIC, id_token_alg="none"), "id_token_alg"),
        (replace(PUBLIC, id_token_alg="HS256"), "id_token_alg"),
        (replace(PUBLIC, is_default=True), "is_default"),
    ],
)
def test_a_record_that_could_not_be_served_safely_is_refused_by_its_member(client, member):
    with pytest.raises(ClientRefused) as refused:
        check_client(client)
    assert refused.value.member == member
    assert is_description(f"{member} {refused.value.problem}")
    assert refused.value.fix


def test_machine_tokens_are_for_clients_that_prove_who_they_are(monkeypatch):
    """Whatever the grant's row is, a client without a credential does not get it."""
    from watchword.oauth.registration import client_rules  # noqa: PLC0415  # to widen its table

    grants = {**client_rules.GRANTS, "client_credentials": None}
    monkeypatch.setattr(client_rules, "GRANTS", grants)
    check_client(replace(CONFIDENTIAL, grant_types=frozenset({"client_credentials"})))
    with pytest.raises(ClientRefused, match="client_credentials"):
        check_client(replace(PUBLIC, grant_types=frozenset({"client_credentials"})))


@pytest.mark.requirement("oauth:C-1:no-private-keys")
@pytest.mark.parametrize(
    ("jwks", "problem"),
    [
        ("[", "is no JSON"),
        ('{"keys": [], "keys": []}', "is no JSON"),
        ("[]", "has no list"),
        ('{"keys": []}', "has no list"),
        ('{"keys": {}}', "has no list"),
        (json.dumps({"keys": [{}] * 51}), "has no list"),
        ('{"keys": ["x"]}', "private key, or what is no key"),
        (json.dumps({"keys": [{"kty": "oct", "k": "AAAA"}]}), "private key"),
        (json.dumps({"keys": [{**KEY.public().to_jwk(), "d": "AAAA"}]}), "private key"),
        (json.dumps({"keys": [{"kty": "XX"}]}), "is refused"),
        (json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": "A", "y": "A"}]}), "is refused"),
        (" " * 65_537, "larger"),
    ],
)
def test_a_key_set_holds_public_keys_and_nothing_else(jwks, problem):
    with pytest.raises(ClientRefused, match=problem) as refused:
        check_jwks(jwks)
    assert refused.value.member == "jwks"


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/",
        "https://",
        "https://user@app.example/",
        "https://app.example:port/",
        "https://[::1/",
        "https://app.example/é",
        "https://app.example/ x",
        "javascript:alert(1)",
        "https://app.example/" + "a" * 2_048,
    ],
)
def test_an_address_that_people_are_shown_is_a_plain_https_one(uri):
    check_web_uri("tos_uri", "https://app.example:8443/terms?v=1")
    with pytest.raises(ClientRefused) as refused:
        check_web_uri("tos_uri", uri)
    assert refused.value.member == "tos_uri"
