"""The metadata of an API. Source: RFC 9728 sections 2 and 3."""

import pytest

from watchword.guards.protected_resource import ProtectedResource

ISSUER = "https://id.example.com"


@pytest.mark.parametrize(
    ("identifier", "url"),
    [
        ("https://api.example", "https://api.example/.well-known/oauth-protected-resource"),
        ("https://api.example/", "https://api.example/.well-known/oauth-protected-resource"),
        ("https://api.example/a/b", "https://api.example/.well-known/oauth-protected-resource/a/b"),
        ("https://api.example/a?b=c", "https://api.example/.well-known/oauth-protected-resource/a?b=c"),
        ("http://127.0.0.1:9/mcp", "http://127.0.0.1:9/.well-known/oauth-protected-resource/mcp"),
    ],
)  # fmt: skip
@pytest.mark.requirement("rfc9728:3:well-known-is-inserted")
def test_well_known_part_is_put_between_host_and_path(identifier, url):
    assert ProtectedResource(identifier, ISSUER).metadata_url == url


@pytest.mark.requirement("rfc9728:2:document")
def test_document_leaves_out_what_is_not_known():
    assert ProtectedResource("https://api.example", ISSUER).document() == {
        "resource": "https://api.example",
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
    }


@pytest.mark.parametrize(
    ("identifier", "scopes"),
    [
        ("notes", ()),
        ("http://api.example", ()),
        ("https://api.example#part", ()),
        ("https://api.example", ("two words",)),
    ],
)
def test_what_cannot_be_published_is_refused(identifier, scopes):
    with pytest.raises(ValueError, match=r"names no API|is no scope"):
        ProtectedResource(identifier, ISSUER, scopes)
