"""Clients, resources and requests of the pipeline's tests."""

from dataclasses import replace

from watchword.oauth.authorize.pipeline import Endpoint, Refusal, run
from watchword.oauth.authorize.request import Asked, AuthorizationRequest, read_asked
from watchword.oauth.clients import AuthMethod, Client, Resource

CALLBACK = "https://app.example/cb?from=us"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
WEB = Client(
    "web",
    "The web shop",
    is_first_party=False,
    is_default=False,
    scopes=None,
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    redirect_uris=(CALLBACK,),
)
SHOP = replace(WEB, auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}), requires_pkce=False)
NOTES = Resource(
    "https://api.example",
    (("notes:read", "Read your notes"), ("notes:write", "Change your notes")),
    is_default=True,
)
FILES = Resource("files", (("files:read", "Read your files"),), is_default=False)
GOOD = {
    "client_id": "web",
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "notes:read",
    "state": "a&b=c",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def asked_of(changes=(), /, **more):
    """Return the good request with changes; a value of None leaves the parameter out."""
    members = {**GOOD, **dict(changes), **more}
    return read_asked((name, value) for name, value in members.items() if value is not None)


def checked(asked: Asked, *, client=WEB, endpoint=Endpoint.AUTHORIZE):
    return run(endpoint, asked, client=client, resources=(NOTES, FILES))


def proved(asked: Asked, **options) -> AuthorizationRequest:
    found = checked(asked, **options)
    assert isinstance(found, AuthorizationRequest), found
    return found


def refusal(asked: Asked, **options) -> Refusal:
    found = checked(asked, **options)
    assert isinstance(found, Refusal)
    return found
