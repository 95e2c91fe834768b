"""What code and administrators say of a client, and the record that it makes.

    client_from("web", "Notes", {"redirect_uris": ["https://app.example/cb"], "secret": secret},
                origin=ClientOrigin.DECLARED)

Source: RFC 7591 section 2; oauth.md sections 2, 9 (C-1) and A-4.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TypedDict

from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin
from watchword.oauth.registration.client_rules import DETAILS, check_client
from watchword.oauth.registration.errors import ClientRefused

__all__ = [
    "GRANT_TYPES",
    "SECRET_CHARACTERS_MIN",
    "ClientMembers",
    "check_way_back",
    "client_from",
]

SECRET_CHARACTERS_MIN = 32  # it is kept as a plain hash, so it has to be as good as random
GRANT_TYPES = frozenset({"authorization_code", "refresh_token"})  # where none is named


class ClientMembers(TypedDict, total=False):
    """What may be said of a client beside its id and its name. Whatever is left out is safe.

    Attributes:
        first_party: it belongs to the owner of the server: it may take passwords at the login
            API, and nobody is asked for consent.
        scopes: what it is entitled to; None, or left out: every scope of every resource.
        secret: of 32 characters at least; only its hash is kept.
        jwks: its public keys, for private_key_jwt.
        jwks_uri: where they are, in place of `jwks`.
        auth_methods: how it may prove who it is; left out, whatever its secret and keys allow.
        grant_types: left out, authorization_code and refresh_token.
        redirect_uris: where answers may go, compared byte for byte.
        post_logout_redirect_uris: where a browser may go after a logout.
        allowed_origins: of web pages that may use the login API.
        require_pkce: left out, for public clients alone; the others may go without for OpenID.
        id_token_alg: left out, the server's.
        client_uri: its home page, as the next are for people to read.
        logo_uri: a picture.
        policy_uri: how it treats data.
        tos_uri: its terms.
    """

    first_party: bool
    scopes: Iterable[str] | None
    secret: Secret
    jwks: Mapping[str, object] | str
    jwks_uri: str
    auth_methods: Iterable[str]
    grant_types: Iterable[str]
    redirect_uris: Iterable[str]
    post_logout_redirect_uris: Iterable[str]
    allowed_origins: Iterable[str]
    require_pkce: bool
    id_token_alg: str
    client_uri: str
    logo_uri: str
    policy_uri: str
    tos_uri: str


def client_from(
    client_id: str, name: str, members: ClientMembers, *, origin: ClientOrigin
) -> Client:
    """Make a record of what is said, and check it.

    Raises:
        ClientRefused: names the member and what to do.
        TypeError: a text where a list belongs, or a member that does not exist.
    """
    unknown = members.keys() - ClientMembers.__annotations__.keys()
    if unknown:
        raise TypeError(f"a client has no {', '.join(sorted(unknown))}")
    secret = members.get("secret")
    if secret is not None and len(secret) < SECRET_CHARACTERS_MIN:
        text = f"is shorter than {SECRET_CHARACTERS_MIN} characters"
        raise ClientRefused("secret", text, fix="Make one at random and keep it out of the code")
    methods = _methods(members)
    client = Client(
        client_id,
        name,
        is_first_party=members.get("first_party", False),
        is_default=False,
        scopes=None if members.get("scopes") is None else frozenset(_words(members, "scopes")),
        origin=origin,
        grant_types=frozenset(_words(members, "grant_types")) or GRANT_TYPES,
        auth_methods=methods,
        secret_hash=None if secret is None else digest(secret),
        jwks=_jwks(members),
        jwks_uri=members.get("jwks_uri"),
        redirect_uris=_words(members, "redirect_uris"),
        post_logout_redirect_uris=_words(members, "post_logout_redirect_uris"),
        allowed_origins=_words(members, "allowed_origins"),
        requires_pkce=members.get("require_pkce", AuthMethod.NONE in methods),
        id_token_alg=members.get("id_token_alg"),
        details={name: str(members[name]) for name in DETAILS & members.keys()},  # type: ignore[literal-required]  # checked above
    )
    check_client(client)
    return client


def check_way_back(client: Client, members: ClientMembers) -> None:
    """Refuse a client that sends browsers here and names no address for the answer.

    An owner's application whose grant types are those of everybody may log people in by itself.

    Raises:
        ClientRefused: as `client_from`.
    """
    if "authorization_code" not in client.grant_types or client.redirect_uris:
        return
    if client.is_first_party and not members.get("grant_types"):
        return
    text = "is empty, and the grant type authorization_code needs an address for its answers"
    raise ClientRefused("redirect_uris", text, fix="Give one, or name another grant type")


def _methods(members: ClientMembers) -> frozenset[AuthMethod]:
    """Return the methods named, or those that the credentials allow."""
    if "auth_methods" in members:
        try:
            return frozenset(map(AuthMethod, _words(members, "auth_methods")))
        except ValueError:
            choices = ", ".join(method.value for method in AuthMethod)
            raise ClientRefused(
                "auth_methods", "names one that does not exist here", fix=f"Choose of {choices}"
            ) from None
    found: set[AuthMethod] = set()
    if "secret" in members:
        found |= {AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}
    if "jwks" in members or "jwks_uri" in members:
        found |= {AuthMethod.PRIVATE_KEY_JWT}
    return frozenset(found or {AuthMethod.NONE})


def _jwks(members: ClientMembers) -> str | None:
    said = members.get("jwks")
    return said if said is None or isinstance(said, str) else json.dumps(said)


def _words(members: ClientMembers, name: str) -> tuple[str, ...]:
    """Return a list of the members. A text is a mistake that would read as its letters."""
    said = members.get(name, ())
    if isinstance(said, str) or not isinstance(said, Iterable):
        raise TypeError(f"{name}= is a list of texts")
    return tuple(said)
