"""From an issuer's name to its metadata, and to the place of its keys.

Source: RFC 8414 sections 3 and 3.3; OpenID Connect Discovery section 4; tokens.md J-45.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from watchword.base import strict_json
from watchword.net.document import Fetching
from watchword.net.errors import BadAnswer

__all__ = ["endpoint", "jwks_uri", "metadata"]

METADATA_BYTES_MAX = 64 * 1024  # the fullest documents in use stay under 16


def jwks_uri(issuer: str, fetcher: Fetching) -> str:
    """Fetch the issuer's metadata and return where its keys are.

    Raises:
        BadAnswer: no metadata, metadata of another issuer, or none that names keys.
        FetchFailed: as `Fetching.fetch`.
    """
    uri = metadata(issuer, fetcher).get("jwks_uri")
    if not isinstance(uri, str):
        raise BadAnswer("the issuer's metadata has no jwks_uri")
    return uri


def endpoint(issuer: str, member: str, fetcher: Fetching) -> str:
    """Fetch the issuer's metadata and return the endpoint that one of its members names.

    Raises:
        BadAnswer: no metadata, metadata of another issuer, or none that names it.
        FetchFailed: as `Fetching.fetch`.
    """
    found = metadata(issuer, fetcher).get(member)
    if not isinstance(found, str):
        raise BadAnswer(f"the issuer's metadata names no {member}")
    return found


def metadata(issuer: str, fetcher: Fetching) -> Mapping[str, object]:
    """Fetch the issuer's metadata.

    Raises:
        BadAnswer: no metadata, or metadata of another issuer.
        FetchFailed: as `Fetching.fetch`.
    """
    openid, oauth = _places(issuer)
    try:
        document = fetcher.fetch(openid, bytes_max=METADATA_BYTES_MAX)
    except BadAnswer:
        document = fetcher.fetch(oauth, bytes_max=METADATA_BYTES_MAX)
    try:
        members = strict_json.loads(document.body, bytes_max=METADATA_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        raise BadAnswer(f"the issuer's metadata is refused: {error}") from None
    if not isinstance(members, dict) or members.get("issuer") != issuer:
        raise BadAnswer(
            "the metadata names another issuer; give the issuer exactly as the server writes it",
            detail=f"asked for {issuer}",
        )
    return members


def _places(issuer: str) -> tuple[str, str]:
    """Return the two well-known URLs: OpenID appends to the issuer, RFC 8414 inserts."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    root = f"{parts.scheme}://{parts.netloc}"
    return (
        f"{root}{path}/.well-known/openid-configuration",
        f"{root}/.well-known/oauth-authorization-server{path}",
    )
