"""What OpenID Connect adds to the metadata; the module of the Config plan reads it over HTTP.

Source: OpenID Connect Discovery section 3; oauth.md M-3.
"""

from watchword.oauth.clients import Resource
from watchword.oidc.discovery import document

ISSUER = "https://id.example"


def test_scopes_of_identity_stand_before_those_of_resources():
    """What a client reads first is what every client may ask for."""
    notes = Resource("notes", (("notes:write", "Write"), ("notes:read", "Read")), is_default=True)
    made = document(ISSUER, endpoints={}, resources=(notes,), ui_locales=("en",))
    assert made["scopes_supported"] == [
        *("openid", "profile", "email", "offline_access"),
        *("notes:read", "notes:write"),
    ]


def test_server_without_resources_still_speaks_openid_connect():
    made = document(ISSUER, endpoints={}, resources=(), ui_locales=("en", "de"))
    assert made["scopes_supported"] == ["openid", "profile", "email", "offline_access"]
    assert made["ui_locales_supported"] == ["en", "de"]
    assert made["claims_parameter_supported"] is True
