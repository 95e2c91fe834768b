"""Where the document of a protected resource stands, and what is in it.

Source: RFC 9728 sections 2 and 3.1.
"""

import pytest

from watchword.oauth.protected_resource import address, document, path


@pytest.mark.requirement("rfc9728:3:well-known-is-inserted")
@pytest.mark.parametrize(
    ("resource", "place"),
    [
        ("https://api.example.com", "https://api.example.com/.well-known/oauth-protected-resource"),
        (
            "https://api.example.com/",
            "https://api.example.com/.well-known/oauth-protected-resource",
        ),
        (
            "https://api.example.com/mcp",
            "https://api.example.com/.well-known/oauth-protected-resource/mcp",
        ),
        ("http://127.0.0.1:8/a/", "http://127.0.0.1:8/.well-known/oauth-protected-resource/a/"),
        ("https://a.example/b?c=d", "https://a.example/.well-known/oauth-protected-resource/b?c=d"),
        ("http://[::1]:8", "http://[::1]:8/.well-known/oauth-protected-resource"),
    ],
)
def test_document_stands_between_host_and_path(resource, place):
    assert address(resource) == place


@pytest.mark.parametrize(
    "resource",
    [
        "notes",
        "urn:notes",
        "http://api.example.com",
        "https:///mcp",
        "https://api.example.com#x",
        "https://alice@api.example.com",
        "https://[api",
    ],
)
def test_name_that_is_no_address_of_ours_has_no_document(resource):
    assert (path(resource), address(resource)) == (None, None)


@pytest.mark.requirement("rfc9728:2:document")
def test_document_names_resource_issuer_and_scopes():
    scopes = {"notes:write": "", "notes:read": "Read your notes", "offline_access": "x"}
    found = document(
        "https://api.example.com",
        issuer="https://id.example.com",
        scopes=scopes,
        texts=scopes,
        name="API",
    )
    assert found == {
        "resource": "https://api.example.com",
        "authorization_servers": ["https://id.example.com"],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["notes:write", "notes:read"],
        "resource_name": "API",
        "watchword_scope_texts": {"notes:read": "Read your notes"},
    }


def test_resource_without_scopes_says_nothing_of_them():
    found = document("https://api.example.com", issuer="https://id.example.com")
    assert not {"scopes_supported", "watchword_scope_texts"} & set(found)
