"""Client ID metadata documents: the client_id is the address at which the client says what it is.

Nobody registers. What the address says is read as a registration is, with less allowed: no secret,
since everybody could read it.

Source: draft-ietf-oauth-client-id-metadata-document-02 sections 3 to 6; MCP authorization
2026-07-28; oauth.md D-1 to D-6; decisions/0167.
"""

import re
from enum import Enum
from typing import Protocol
from urllib.parse import urlsplit

from watchword.base import strict_json
from watchword.base.records import dataclass
from watchword.oauth.authorize.redirect_rules import RedirectRefused, check_redirect_uri
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin
from watchword.oauth.errors import InvalidClient, OAuthError
from watchword.oauth.registration.client_rules import SECRET_METHODS
from watchword.oauth.registration.errors import InvalidClientMetadata
from watchword.oauth.registration.metadata import new_client, read_metadata

__all__ = [
    "DOCUMENTS_PER_HOUR",
    "DOCUMENT_BYTES_MAX",
    "DRAFT",
    "DocumentStore",
    "KeptDocument",
    "NotKept",
    "host_of",
    "is_document_id",
    "read_document",
]

DRAFT = "draft-ietf-oauth-client-id-metadata-document-02"
DOCUMENT_BYTES_MAX = 5 * 1024  # section 6.6 of the draft
DOCUMENTS_PER_HOUR = 1_000  # that were not known before
_JSON = re.compile(r"application/(?:[a-z0-9.+_-]+\+)?json(?:[ \t]*;.*)?", re.IGNORECASE)
_SECRETS = ("client_secret", "client_secret_expires_at")


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A client whose id is an address, as it is kept."""

    client: Client
    is_active: bool
    fetched_at: int
    fresh_until: int  # then it is fetched again

    def has_other_keys_than(self, before: "KeptDocument") -> bool:
        """Whether the client proves itself by other keys than it did, or by none."""
        was, now = before.client, self.client
        return (was.jwks, was.jwks_uri) != (now.jwks, now.jwks_uri)


class NotKept(Enum):
    """Why a document was not kept."""

    SWITCHED_OFF = "switched_off"  # or the address is a client of code or of an administrator
    TOO_MANY = "too_many"  # that were not known before, in this hour


class DocumentStore(Protocol):
    """What the store keeps of documents, so that every node decides alike."""

    async def find_document(self, client_id: str) -> KeptDocument | None:
        """Return what is kept under a client_id, also where it is switched off."""
        ...

    async def count_former_keys(self, client_id: str) -> int:
        """Count the logins of a client that it was given under keys that are its no more (D-6)."""
        ...

    async def keep_document(
        self, kept: KeptDocument, *, unknown_max: int = DOCUMENTS_PER_HOUR
    ) -> KeptDocument | NotKept:
        """Keep what a document says, unless it is switched off, or too many are unknown.

        Where its keys are others than before, the families that it has are flagged, in the same
        transaction.
        """
        ...


def is_document_id(client_id: str) -> bool:
    """Whether a client_id is an address. Ids that are made here never are."""
    return client_id.startswith(("https://", "http://"))


def host_of(client_id: str, *, on_loopback: bool) -> str:
    """Return the host of a client_id that may be fetched.

    Args:
        client_id: an address.
        on_loopback: whether http on the machine itself is one, for development.

    Raises:
        InvalidClient: no https, no path, a fragment, user information, or segments of dots.
    """
    try:
        check_redirect_uri(client_id)  # what two parsers read differently is no address at all
    except RedirectRefused as error:
        raise InvalidClient(f"the client_id is no address of a document: it {error}") from None
    parts = urlsplit(client_id)
    if not parts.path or (parts.scheme == "http" and not on_loopback):
        raise InvalidClient("the client_id is no address of a document: https, with a path")
    return parts.netloc


def read_document(client_id: str, body: bytes, content_type: str) -> Client:
    """Read what an address says of itself.

    Raises:
        InvalidClient: says what is wrong with the document.
    """
    if _JSON.fullmatch(content_type) is None:
        raise _refused("it is not served as application/json")
    try:
        document = strict_json.loads(body, bytes_max=DOCUMENT_BYTES_MAX)
    except strict_json.MalformedJSON:
        raise _refused("it is no JSON, or too large") from None
    if not isinstance(document, dict):
        raise _refused("it is no JSON object")
    if document.get("client_id") != client_id:
        raise _refused("its client_id is not its own address")
    if any(name in document for name in _SECRETS):
        raise _refused("it holds a secret")
    if not document.get("client_name"):
        raise _refused("client_name is missing")
    public = {"token_endpoint_auth_method": AuthMethod.NONE.value}
    try:
        metadata = read_metadata({**public, **document})
        if metadata.auth_method in SECRET_METHODS:
            raise InvalidClientMetadata("token_endpoint_auth_method is none or private_key_jwt")
        if not metadata.redirect_uris:
            raise InvalidClientMetadata("redirect_uris is missing")
        origin = ClientOrigin.DOCUMENT
        return new_client(metadata, client_id, secret_hash=None, origin=origin)
    except OAuthError as error:
        raise _refused(error.public) from None


def _refused(why: str) -> InvalidClient:
    return InvalidClient(f"the client metadata document is refused: {why}")
