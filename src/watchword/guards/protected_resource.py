"""What an API says of itself: its name, who issues its tokens, what they may ask. Pure.

Source: RFC 9728 sections 2 and 3; oauth.md section 11.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from watchword.net.address import parse_target
from watchword.net.errors import AddressRefused
from watchword.oauth.characters import is_scope_token

__all__ = ["WELL_KNOWN", "ProtectedResource"]

WELL_KNOWN = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """One API.

    Args:
        identifier: its URL, which is also the `resource` that clients ask for and the `aud` of its
            tokens: https, or http on the machine itself.
        issuer: the exact issuer identifier of the server that issues them.
        scopes: what a client may ask.
        name: for people.

    Raises:
        ValueError: no such URL, or a word that is no scope.
    """

    identifier: str
    issuer: str
    scopes: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        try:
            parse_target(self.identifier)
        except AddressRefused as error:
            raise ValueError(f"{self.identifier!r} names no API: {error}") from None
        for scope in self.scopes:
            if not is_scope_token(scope):
                raise ValueError(f"{scope!r} is no scope (RFC 6749 section 3.3)")

    @property
    def metadata_path(self) -> str:
        """Where the document stands: the well-known part is put between host and path."""
        parts = urlsplit(self.identifier)
        query = f"?{parts.query}" if parts.query else ""
        return WELL_KNOWN + (parts.path if parts.path != "/" else "") + query

    @property
    def metadata_url(self) -> str:
        """What `resource_metadata` in a challenge says."""
        parts = urlsplit(self.identifier)
        return f"{parts.scheme}://{parts.netloc}{self.metadata_path}"

    def document(self) -> dict[str, object]:
        """Return the metadata document; what is not known is left out."""
        document: dict[str, object] = {
            "resource": self.identifier,
            "authorization_servers": [self.issuer],
            "bearer_methods_supported": ["header"],
        }
        if self.scopes:
            document["scopes_supported"] = list(self.scopes)
        if self.name:
            document["resource_name"] = self.name
        return document
