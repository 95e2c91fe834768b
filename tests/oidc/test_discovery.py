"""What OpenID Connect adds to the metadata; the module of the Config plan reads it over HTTP.

Source: OpenID Connect Discovery section 3; oauth.md M-3.
"""

from watchword.oauth.clients import Resource
from watchword.oidc.discovery import document

ISSUER = "https://id.example"
PLAIN = {"endpoints": {}, "resources": (), "ui_locales": ("en",), "offers_signup": False}


def made_of(**members):
    return document(ISSUER, **{**PLAIN, **members})


def test_scopes_of_identity_stand_before_those_of_resources():
    """What a client reads first is what every client may ask for."""
    notes = Resource("notes", (("notes:write", "Write"), ("notes:read", "Read")), is_default=True)
    made = document(
        ISSUER, endpoints={}, resources=(notes,), ui_locales=("en",), offers_signup=False
    )
    assert made["scopes_supported"] == [
        *("openid", "profile", "email", "offline_access"),
        *("notes:read", "notes:write"),
    ]


def test_server_without_resources_still_speaks_openid_connect():
    made = document(
        ISSUER, endpoints={}, resources=(), ui_locales=("en", "de"), offers_signup=False
    )
    assert made["scopes_supported"] == ["openid", "profile", "email", "offline_access"]
    assert made["ui_locales_supported"] == ["en", "de"]
    assert made["claims_parameter_supported"] is True


def test_prompts_are_listed_with_the_endpoint_that_takes_them():
    """Initiating User Registration via OpenID Connect 1.0: `create` where sign-up is offered."""
    endpoints = {"authorization_endpoint": "/authorize"}
    for_members = made_of(endpoints=endpoints)["prompt_values_supported"]
    assert for_members == ["none", "login", "consent", "select_account"]
    for_all = made_of(endpoints=endpoints, offers_signup=True)["prompt_values_supported"]
    assert for_all == [*for_members, "create"]
    assert "prompt_values_supported" not in made_of()
