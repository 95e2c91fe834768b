"""Client metadata: from the JSON of a stranger to the record of a client.

What is unknown is ignored, what cannot be had is replaced by what can, and the answer shows both.
A member that is null or empty counts as left out.

Source: RFC 7591 sections 2 and 3.2.1; OpenID Connect Dynamic Client Registration section 2;
oauth.md C-5, C-6, A-4.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import field, replace
from urllib.parse import urlsplit

from watchword.base.records import dataclass
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin
from watchword.oauth.errors import OAuthError
from watchword.oauth.grants import GRANTS
from watchword.oauth.registration.client_rules import (
    DETAILS,
    NAME_CHARACTERS_MAX,
    SECRET_METHODS,
    check_client,
)
from watchword.oauth.registration.errors import (
    ClientRefused,
    InvalidClientMetadata,
    InvalidRedirectURI,
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
)

__all__ = ["MEMBERS", "ClientMetadata", "answer", "new_client", "read_metadata", "refusal"]

LIST_ENTRIES_MAX = 64
# A machine's own tokens are for clients that an administrator knows: nobody would be asked.
GRANT_TYPES = frozenset({
    "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
})  # fmt: skip
# The member of a request for each member of a record that has another name.
MEMBERS = {
    "name": "client_name",
    "auth_methods": "token_endpoint_auth_method",
    "id_token_alg": "id_token_signed_response_alg",
}
_LOOPBACK_PORT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost)):[0-9]+")
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class ClientMetadata:
    """What a registration asks for, read: of what a record holds, all but id and credentials."""

    name: str
    auth_method: AuthMethod
    grant_types: frozenset[str]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    jwks: str | None
    jwks_uri: str | None
    id_token_alg: str | None
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_secret(self) -> bool:
        """Whether the client proves itself by a secret, which nobody else may be told."""
        return self.auth_method in SECRET_METHODS

    @property
    def software(self) -> bytes:
        """What is the same for all registrations of one program: a hash, to count them by."""
        named = self.details.get("software_id") or self.name
        return hashlib.sha256(named.encode("utf-8")).digest()

    @property
    def fingerprint(self) -> bytes | None:
        """What is the same for equal public metadata; None where a secret is part of it.

        The port of a loopback address does not count, as requests may choose it.
        """
        if self.needs_secret:
            return None
        uris = tuple(_LOOPBACK_PORT.sub(r"\1", uri) for uri in self.redirect_uris)
        members = _members(replace(self, redirect_uris=uris))
        return hashlib.sha256(json.dumps(members, sort_keys=True).encode("ascii")).digest()


def read_metadata(document: Mapping[str, object]) -> ClientMetadata:
    """Read a registration request, or an update of one.

    Raises:
        InvalidRedirectURI, InvalidClientMetadata, InvalidSoftwareStatement,
        UnapprovedSoftwareStatement
    """
    said = {name: value for name, value in document.items() if value not in (None, "")}
    _refuse_statement(said)
    grants = _grant_types(said)
    redirects = _texts(said, "redirect_uris")
    if "authorization_code" in grants and not redirects:
        raise InvalidRedirectURI("redirect_uris is missing")
    method = _auth_method(said)
    has_keys = method is AuthMethod.PRIVATE_KEY_JWT
    if said.get("subject_type", "public") != "public":
        raise InvalidClientMetadata("subject_type is public here")
    return ClientMetadata(
        name=_text(said, "client_name") or _host(redirects),
        auth_method=method,
        grant_types=grants,
        redirect_uris=redirects,
        post_logout_redirect_uris=_texts(said, "post_logout_redirect_uris"),
        jwks=_jwks(said) if has_keys else None,
        jwks_uri=_text(said, "jwks_uri") if has_keys else None,
        id_token_alg=_text(said, "id_token_signed_response_alg"),
        details={name: found for name in DETAILS if (found := _text(said, name)) is not None},
    )


def new_client(
    metadata: ClientMetadata, client_id: str, *, secret_hash: bytes | None, origin: ClientOrigin
) -> Client:
    """Make the record and check it. It is never first-party, and always has to use PKCE.

    Raises:
        InvalidRedirectURI, InvalidClientMetadata
    """
    # Libraries guess between the two ways to send a secret (oauth.md C-1).
    methods = SECRET_METHODS if metadata.needs_secret else frozenset({metadata.auth_method})
    client = Client(
        client_id,
        metadata.name,
        is_first_party=False,
        is_default=False,
        scopes=None,  # a registered scope is no ceiling: oauth.md C-5
        origin=origin,
        grant_types=metadata.grant_types,
        auth_methods=methods,
        secret_hash=secret_hash,
        jwks=metadata.jwks,
        jwks_uri=metadata.jwks_uri,
        redirect_uris=metadata.redirect_uris,
        post_logout_redirect_uris=metadata.post_logout_redirect_uris,
        requires_pkce=True,
        id_token_alg=metadata.id_token_alg,
        details=metadata.details,
    )
    try:
        check_client(client)
    except ClientRefused as error:
        raise refusal(error) from None
    return client


def refusal(error: ClientRefused) -> OAuthError:
    """Word the refusal of a record as registration does (RFC 7591 section 3.2.2)."""
    member = MEMBERS.get(error.member, error.member)
    kind = InvalidRedirectURI if member == "redirect_uris" else InvalidClientMetadata
    return kind(f"{member} {error.problem}")


def answer(client: Client, metadata: ClientMetadata | None = None) -> dict[str, object]:
    """Return what is registered, in the members of RFC 7591, without what is empty.

    Args:
        client: as it is kept.
        metadata: as it was just asked for, whose ports a client finds again in the answer.
    """
    return {"client_id": client.client_id, **_members(metadata or _kept(client))}


def _members(metadata: ClientMetadata) -> dict[str, object]:
    members: dict[str, object] = {
        "client_name": metadata.name,
        "token_endpoint_auth_method": metadata.auth_method.value,
        "grant_types": sorted(metadata.grant_types),
        "response_types": ["code"] if "authorization_code" in metadata.grant_types else [],
        "redirect_uris": list(metadata.redirect_uris),
        "post_logout_redirect_uris": list(metadata.post_logout_redirect_uris),
        "jwks": None if metadata.jwks is None else json.loads(metadata.jwks),
        "jwks_uri": metadata.jwks_uri,
        "id_token_signed_response_alg": metadata.id_token_alg,
        **dict(sorted(metadata.details.items())),
    }
    return {name: value for name, value in members.items() if value not in (None, [])}


def _kept(client: Client) -> ClientMetadata:
    # Of the two methods for one secret the first is the one that answers name.
    method = min(client.auth_methods, key=lambda one: one.value)
    return ClientMetadata(
        name=client.name,
        auth_method=method,
        grant_types=client.grant_types,
        redirect_uris=client.redirect_uris,
        post_logout_redirect_uris=client.post_logout_redirect_uris,
        jwks=client.jwks,
        jwks_uri=client.jwks_uri,
        id_token_alg=client.id_token_alg,
        details=client.details,
    )


def _refuse_statement(said: Mapping[str, object]) -> None:
    """Refuse a software statement: nobody's are trusted here (RFC 7591 section 2.3)."""
    statement = said.get("software_statement")
    if statement is None:
        return
    if not isinstance(statement, str) or _JWT.fullmatch(statement) is None:
        raise InvalidSoftwareStatement
    raise UnapprovedSoftwareStatement


def _auth_method(said: Mapping[str, object]) -> AuthMethod:
    name = _text(said, "token_endpoint_auth_method") or AuthMethod.CLIENT_SECRET_BASIC.value
    try:
        return AuthMethod(name)
    except ValueError:
        choices = ", ".join(method.value for method in AuthMethod)
        raise InvalidClientMetadata(f"token_endpoint_auth_method is one of {choices}") from None


def _grant_types(said: Mapping[str, object]) -> frozenset[str]:
    """Return what can be had of what is asked for."""
    asked = _texts(said, "grant_types") or ("authorization_code",)
    grants = GRANT_TYPES.intersection(asked, GRANTS)
    if not grants - {"refresh_token"}:
        choices = ", ".join(sorted(GRANT_TYPES.intersection(GRANTS)))
        raise InvalidClientMetadata(f"grant_types has none to begin with; there are {choices}")
    responses = _texts(said, "response_types") or ("code",)
    if "authorization_code" in grants and "code" not in responses:
        raise InvalidClientMetadata("response_types has to have code")
    return grants


def _jwks(said: Mapping[str, object]) -> str | None:
    jwks = said.get("jwks")
    if jwks is None:
        return None
    if not isinstance(jwks, dict):
        raise InvalidClientMetadata("jwks must be an object")
    return json.dumps(jwks, sort_keys=True)


def _text(said: Mapping[str, object], name: str) -> str | None:
    value = said.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidClientMetadata(f"{name} must be text")
    return value


def _texts(said: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = said.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise InvalidClientMetadata(f"{name} must be a list of texts")
    if len(value) > LIST_ENTRIES_MAX:
        raise InvalidClientMetadata(f"{name} has more than {LIST_ENTRIES_MAX} entries")
    return tuple(value)


def _host(redirects: tuple[str, ...]) -> str:
    """Return what a client without a name is called: where its answers go."""
    uri = redirects[0] if redirects else ""
    try:
        host = urlsplit(uri).hostname
    except ValueError:  # the record's own check says what is wrong with it
        host = None
    return (host or uri.partition(":")[0] or "An application")[:NAME_CHARACTERS_MAX]
