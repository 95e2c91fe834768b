"""Whatever a registration says, it is read or refused, and the answer holds nothing empty."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.base.secrets import Secret, digest
from watchword.oauth.authorize.redirect_rules import RedirectRefused, check_redirect_uri
from watchword.oauth.clients import AuthMethod, ClientOrigin
from watchword.oauth.errors import InvalidClient
from watchword.oauth.registration.client_rules import DETAILS
from watchword.oauth.registration.document import read_document
from watchword.oauth.registration.errors import (
    InvalidClientMetadata,
    InvalidRedirectURI,
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
)
from watchword.oauth.registration.metadata import answer, new_client, read_metadata

REFUSALS = (
    InvalidClientMetadata,
    InvalidRedirectURI,
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
)
MEMBERS = (
    *("redirect_uris", "post_logout_redirect_uris", "client_name", "grant_types"),
    *("response_types", "token_endpoint_auth_method", "jwks", "jwks_uri", "subject_type"),
    *("id_token_signed_response_alg", "software_statement", "client_id", "client_secret", "x"),
    *sorted(DETAILS),
)
WORDS = st.sampled_from([
    *("", "none", "code", "token", "public", "web", "ES256", "RS256", "authorization_code"),
    *("refresh_token", "client_secret_basic", "client_secret_post", "private_key_jwt", "App"),
    *("https://app.example/cb", "http://127.0.0.1:3000/cb", "com.example.app:/cb", "https://["),
    *("javascript:alert(1)", "https://app.example/cb#x", "a.b.c", "\ud7ff", "\x00"),
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(st.sampled_from(MEMBERS), VALUES | st.lists(WORDS, max_size=3))
PLAIN = {"redirect_uris": ["https://app.example/cb"], "client_name": "App"}


def registered(document):
    metadata = read_metadata(document)
    secret_hash = digest(Secret("s" * 43)) if metadata.needs_secret else None
    return metadata, new_client(metadata, "c", secret_hash=secret_hash, origin=ClientOrigin.DYNAMIC)


@pytest.mark.requirement("oauth:C-5:any-metadata")
@given(DOCUMENTS)
def test_whatever_it_says_it_is_read_or_refused_by_name(document):
    try:
        metadata, client = registered(document)
    except REFUSALS:
        return
    told = answer(client, metadata)
    assert not [value for value in told.values() if value in (None, "", [])]
    json.dumps(told)
    # What is answered is what is kept, and says the same when it is registered again.
    assert answer(client) == told
    again, _ = registered({name: value for name, value in told.items() if name != "client_id"})
    assert again == metadata
    assert again.fingerprint == metadata.fingerprint
    for uri in (*client.redirect_uris, *client.post_logout_redirect_uris):
        check_redirect_uri(uri)
    assert client.requires_pkce
    assert not client.is_first_party
    assert client.is_confidential is (AuthMethod.NONE not in client.auth_methods)


@pytest.mark.requirement("oauth:C-5:any-metadata")
@given(DOCUMENTS, st.sampled_from(["application/json", "text/html"]))
def test_whatever_a_document_says_it_is_read_or_refused_by_name(document, content_type):
    address = "https://app.example/client.json"
    body = json.dumps({**document, "client_id": address}).encode()
    try:
        client = read_document(address, body, content_type)
    except InvalidClient:
        return
    assert client.client_id == address
    assert client.secret_hash is None


@given(st.text(max_size=40))
def test_any_text_is_a_redirect_uri_or_is_refused(text):
    for uri in (text, f"https://{text}", f"https://app.example/{text}", f"com.example:/{text}"):
        try:
            check_redirect_uri(uri)
        except RedirectRefused:
            continue
        assert uri.isascii()
        assert "#" not in uri
        assert "@" not in uri.split("/")[2:3]


@pytest.mark.requirement("oauth:C-6:same-client")
def test_equal_metadata_has_one_fingerprint_and_other_metadata_another():
    public = {**PLAIN, "token_endpoint_auth_method": "none"}
    same = [
        public,
        {**public, "x": 1, "scope": "notes:read", "client_uri": ""},
        {**public, "grant_types": ["authorization_code"], "response_types": ["code"]},
    ]
    prints = {read_metadata(document).fingerprint for document in same}
    assert len(prints) == 1
    others = [
        {**public, "client_name": "Other"},
        {**public, "redirect_uris": ["https://app.example/cb2"]},
        {**public, "grant_types": ["authorization_code", "refresh_token"]},
        {**public, "software_version": "2"},
        {**public, "redirect_uris": ["https://app.example:444/cb"]},
    ]
    assert len(prints | {read_metadata(document).fingerprint for document in others}) == 6
    assert read_metadata(PLAIN).fingerprint is None
    ports = [f"http://localhost:{port}/cb" for port in (1, 65535)] + ["http://localhost/cb"]
    loopback = {read_metadata({**public, "redirect_uris": [uri]}).fingerprint for uri in ports}
    assert len(loopback) == 1


def test_software_is_its_id_or_its_name():
    named = read_metadata(PLAIN).software
    assert read_metadata({**PLAIN, "redirect_uris": ["https://b.example/"]}).software == named
    assert read_metadata({**PLAIN, "software_id": "x"}).software != named
