"""Documents at client ids. oauth.md D-1 and D-3."""

import json

import pytest

from watchword.base.chance import SYSTEM, new_id
from watchword.jose.jwk.key import Key
from watchword.oauth.characters import is_description
from watchword.oauth.clients import AuthMethod, ClientOrigin
from watchword.oauth.errors import InvalidClient
from watchword.oauth.registration.document import host_of, is_document_id, read_document

ID = "https://app.example/client.json"
SAID = {"client_id": ID, "client_name": "App", "redirect_uris": ["https://app.example/cb"]}
JSON = "application/json"


def read(content_type=JSON, **members):
    return read_document(ID, json.dumps({**SAID, **members}).encode(), content_type)


@pytest.mark.requirement("oauth:D-1:client-id")
@pytest.mark.requirement("cimd-02:3:client-id")
def test_an_address_is_https_with_a_path():
    assert host_of(ID, on_loopback=False) == "app.example"
    assert not is_document_id(new_id(SYSTEM, "client"))
    assert host_of("https://app.example:8443/", on_loopback=False) == "app.example:8443"
    assert host_of("http://127.0.0.1:9000/c", on_loopback=True) == "127.0.0.1:9000"
    assert is_document_id(ID)
    assert not is_document_id("client_abc")


@pytest.mark.requirement("oauth:D-1:client-id")
@pytest.mark.requirement("cimd-02:3:client-id")
@pytest.mark.parametrize(
    "client_id",
    [
        "https://app.example",
        "https://app.example/#x",
        "https://user@app.example/c",
        "https://app.example/a/../c",
        "https://app.example/./c",
        "http://app.example/c",
        "http://127.0.0.1/c",
        "https:///c",
    ],
)
def test_any_other_address_is_refused(client_id):
    with pytest.raises(InvalidClient, match="no address of a document"):
        host_of(client_id, on_loopback=False)


def test_a_document_makes_a_public_client():
    client = read(logo_uri="https://app.example/l.svg", grant_types=["authorization_code"])
    assert client.client_id == ID
    assert client.origin is ClientOrigin.DOCUMENT
    assert client.auth_methods == {AuthMethod.NONE}
    assert client.requires_pkce
    assert not client.is_first_party
    assert client.details == {"logo_uri": "https://app.example/l.svg"}
    assert read("application/client+json; charset=utf-8").client_id == ID


@pytest.mark.requirement("oauth:D-3:document")
@pytest.mark.requirement("cimd-02:6.2:authentication")
def test_keys_make_it_confidential():
    jwks = {"keys": [Key.generate("ES256").public().to_jwk()]}
    client = read(token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    assert client.is_confidential
    uri = "https://app.example/jwks.json"
    assert read(token_endpoint_auth_method="private_key_jwt", jwks_uri=uri).jwks_uri == uri


@pytest.mark.requirement("oauth:D-3:document")
@pytest.mark.requirement("cimd-02:4:document")
@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"client_id": "https://app.example/other.json"}, "own address"),
        ({"client_id": ID + "/"}, "own address"),
        ({"client_id": ID.upper()}, "own address"),
        ({"client_id": None}, "own address"),
        ({"client_secret": "x"}, "holds a secret"),
        ({"client_secret_expires_at": 0}, "holds a secret"),
        ({"client_name": ""}, "client_name is missing"),
        ({"client_name": 1}, "client_name must be text"),
        ({"redirect_uris": []}, "redirect_uris is missing"),
        ({"redirect_uris": ["javascript:x"]}, "redirect_uris an entry"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "none or private_key_jwt"),
        ({"token_endpoint_auth_method": "client_secret_post"}, "none or private_key_jwt"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"grant_types": ["client_credentials"]}, "grant_types"),
    ],
)
def test_what_a_document_may_not_say_is_refused_by_name(members, why):
    with pytest.raises(InvalidClient, match=why) as refused:
        read(**members)
    assert refused.value.public.startswith("the client metadata document is refused: ")
    assert is_description(refused.value.public)


def test_a_device_client_has_to_name_an_address_as_well():
    """oauth.md D-3: it is what people recognise a client by."""
    device = "urn:ietf:params:oauth:grant-type:device_code"
    with pytest.raises(InvalidClient, match="redirect_uris is missing"):
        read(grant_types=[device], redirect_uris=[])
    assert read(grant_types=[device]).grant_types == {device}


@pytest.mark.requirement("oauth:D-3:document")
@pytest.mark.requirement("cimd-02:4:document")
@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (b"{}", "text/html", "application/json"),
        (b"{}", "", "application/json"),
        (b"{}", "application/jsonx", "application/json"),
        (b"[]", JSON, "no JSON object"),
        (b"{", JSON, "no JSON"),
        (b'{"a": 1, "a": 1}', JSON, "no JSON"),
        (b" " * 6_000, JSON, "too large"),
    ],
)
def test_what_is_no_document_is_refused(body, content_type, why):
    with pytest.raises(InvalidClient, match=why):
        read_document(ID, body, content_type)
