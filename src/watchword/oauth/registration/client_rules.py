"""What every client record must be, whoever brings it.

Source: RFC 7591 section 2; OpenID Connect Dynamic Client Registration section 2; oauth.md A-2, A-4,
C-1, S-2; security.md rules 51, 54, 63 and 68.
"""

import re
from urllib.parse import urlsplit

from watchword.accounts.users import USER_ID_PREFIX
from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX, KEYS_MAX
from watchword.jose.errors import JoseError
from watchword.jose.jwk.keyset import KeySet
from watchword.keys.ring import SIGNING_ALGORITHMS
from watchword.oauth.authorize.redirect_rules import (
    LOOPBACK_HOSTS,
    RedirectRefused,
    check_redirect_uri,
)
from watchword.oauth.characters import is_scope_token
from watchword.oauth.client_authentication.assertion import ALGORITHMS
from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.grants import GRANTS
from watchword.oauth.registration.errors import ClientRefused

__all__ = [
    "DETAILS",
    "NAME_CHARACTERS_MAX",
    "URIS_MAX",
    "check_client",
    "check_jwks",
    "check_web_uri",
]

NAME_CHARACTERS_MAX = 100
URIS_MAX = 32  # of one kind; the largest registrations in use have under ten
URI_CHARACTERS_MAX = 2_048
WORD_CHARACTERS_MAX = 256
# Members that only pages and programs of the client read; the first are addresses.
ADDRESSES = ("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri")
DETAILS = frozenset({*ADDRESSES, "application_type", "software_id", "software_version"})
SECRET_METHODS = frozenset({AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST})
_CLIENT_ID = re.compile(r"[\x21-\x7E]{1,256}")  # RFC 6749 appendix A.1, without a space
# Applications in a shell of their own send a scheme of their own, such as capacitor://localhost.
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[1-9][0-9]{0,4})?")
_NO_ORIGINS = frozenset({"blob", "data", "file", "javascript"})
_WEB_URI = re.compile(r"https://[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")


def check_client(client: Client) -> None:
    """Refuse a record that could not be served as it stands, or not safely.

    Raises:
        ClientRefused: names the member, what is wrong with it, and what to do.
    """
    _check_names(client)
    _check_grants(client)
    _check_authentication(client)
    _check_redirects(client)
    _check_origins(client.allowed_origins)
    _check_details(client)
    if client.scopes is not None and not all(map(is_scope_token, client.scopes)):
        wrong = " ".join(sorted(one for one in client.scopes if not is_scope_token(one)))
        text = "holds what is no scope"
        raise ClientRefused("scopes", text, fix="Write one scope an entry", value=wrong)
    if client.id_token_alg not in {None, *SIGNING_ALGORITHMS}:
        choices = ", ".join(SIGNING_ALGORITHMS)
        text = "is not signed with here"
        raise ClientRefused(
            "id_token_alg", text, fix=f"Choose of {choices}", value=client.id_token_alg or ""
        )
    if client.is_default and not client.is_first_party:
        text = "is for first-party clients alone"
        raise ClientRefused("is_default", text, fix="Name the client in each login")


def check_jwks(jwks: str) -> None:
    """Refuse a key set that holds a private key, or none that verifies anything.

    Raises:
        ClientRefused: as `check_client`.
    """
    fix = "Give the public keys alone, as a JSON object with keys"
    if len(jwks) > JWK_BYTES_MAX:
        raise ClientRefused("jwks", f"is larger than {JWK_BYTES_MAX} bytes", fix=fix)
    try:
        document = strict_json.loads(jwks.encode("utf-8"), bytes_max=JWK_BYTES_MAX)
    except strict_json.MalformedJSON:
        raise ClientRefused("jwks", "is no JSON", fix=fix) from None
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= KEYS_MAX:
        raise ClientRefused("jwks", f"has no list of 1 to {KEYS_MAX} keys", fix=fix)
    for key in keys:
        if not isinstance(key, dict) or {"d", "k", "priv"} & key.keys():
            raise ClientRefused("jwks", "holds a private key, or what is no key", fix=fix)
    try:
        KeySet.from_jwks(jwks, algorithms=ALGORITHMS)
    except JoseError as error:
        raise ClientRefused("jwks", f"is refused: {error.code}", fix=fix) from None


def check_web_uri(member: str, uri: str) -> None:
    """Refuse what is no https address, whose host a person can read.

    Raises:
        ClientRefused: as `check_client`.
    """
    fix = "Write it as an https address"
    if len(uri) > URI_CHARACTERS_MAX or not _WEB_URI.fullmatch(uri):
        raise ClientRefused(member, "is no https address", fix=fix)
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ClientRefused(member, "has a malformed host or port", fix=fix) from None
    if not host or "@" in parts.netloc:
        raise ClientRefused(member, "has no host, or user information", fix=fix)


def _check_names(client: Client) -> None:
    if _CLIENT_ID.fullmatch(client.client_id) is None:
        text = "is not 1 to 256 visible ASCII characters"
        raise ClientRefused("client_id", text, fix="Choose a short word")
    if client.client_id.startswith(f"{USER_ID_PREFIX}_"):
        # RFC 9700 section 4.15: a client's subject can never be a person's.
        text = f"begins with {USER_ID_PREFIX}_, as the ids of people do"
        raise ClientRefused("client_id", text, fix="Choose another id")
    name = client.name
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable() or name.isspace():
        text = f"is not one line of 1 to {NAME_CHARACTERS_MAX} characters"
        raise ClientRefused("name", text, fix="Write what people call the application")


def _check_grants(client: Client) -> None:
    unknown = client.grant_types - GRANTS.keys()
    if unknown or not client.grant_types:
        text = "names no grant type, or one that does not exist here"
        raise ClientRefused(
            "grant_types",
            text,
            fix=f"Choose of {', '.join(GRANTS)}",
            value=" ".join(sorted(unknown)),
        )
    if "client_credentials" in client.grant_types and not client.is_confidential:
        text = "has client_credentials, which a client without a credential cannot use"
        raise ClientRefused("grant_types", text, fix="Give the client a secret or keys")


def _check_authentication(client: Client) -> None:
    methods = client.auth_methods
    if not methods or (AuthMethod.NONE in methods and len(methods) > 1):
        text = "is empty, or has none beside another method"
        raise ClientRefused("auth_methods", text, fix="Choose none alone, or methods that prove")
    if bool(methods & SECRET_METHODS) != (client.secret_hash is not None):
        text = "needs a secret for client_secret_basic and client_secret_post, and for these alone"
        raise ClientRefused("auth_methods", text, fix="Give secret=, or choose another method")
    has_keys = client.jwks is not None or client.jwks_uri is not None
    if (AuthMethod.PRIVATE_KEY_JWT in methods) != has_keys:
        text = "needs jwks or jwks_uri for private_key_jwt, and for that alone"
        raise ClientRefused("auth_methods", text, fix="Give the keys, or choose another method")
    if client.jwks is not None and client.jwks_uri is not None:
        text = "stands beside jwks, and only one of them can be right"
        raise ClientRefused("jwks_uri", text, fix="Leave one of them out")
    if client.jwks is not None:
        check_jwks(client.jwks)
    if client.jwks_uri is not None:
        check_web_uri("jwks_uri", client.jwks_uri)
    if not client.requires_pkce and not client.is_confidential:
        text = "may be left to clients that prove who they are"
        raise ClientRefused("require_pkce", text, fix="Leave it on")


def _check_redirects(client: Client) -> None:
    for member, uris in (
        ("redirect_uris", client.redirect_uris),
        ("post_logout_redirect_uris", client.post_logout_redirect_uris),
    ):
        _check_list(member, uris)
        for uri in uris:
            try:
                check_redirect_uri(uri)
            except RedirectRefused as error:
                fix = "Write https, http on 127.0.0.1, or a scheme such as com.example.app"
                raise ClientRefused(member, f"an entry {error}", fix=fix, value=uri) from None


def _check_origins(origins: tuple[str, ...]) -> None:
    _check_list("allowed_origins", origins)
    for origin in origins:
        found = _ORIGIN.fullmatch(origin)
        is_plain = found is not None and found[1] == "http" and found[2] not in LOOPBACK_HOSTS
        if found is None or is_plain or found[1] in _NO_ORIGINS:
            text = "an entry is no origin: a scheme and a host in small letters, perhaps a port"
            fix = "Write it as https://app.example, without a path and a slash at the end"
            raise ClientRefused("allowed_origins", text, fix=fix, value=origin)


def _check_list(member: str, values: tuple[str, ...]) -> None:
    if len(values) > URIS_MAX or len(set(values)) != len(values):
        text = f"has more than {URIS_MAX} entries, or one twice"
        raise ClientRefused(member, text, fix="Write each once")


def _check_details(client: Client) -> None:
    for member, value in client.details.items():
        if member not in DETAILS:
            raise ClientRefused(member, "is unknown", fix="Leave it out")
        if member in ADDRESSES:
            check_web_uri(member, value)
        elif not 1 <= len(value) <= WORD_CHARACTERS_MAX or not value.isprintable():
            text = f"is not one line of 1 to {WORD_CHARACTERS_MAX} characters"
            raise ClientRefused(member, text, fix="Shorten it")
