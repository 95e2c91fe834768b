"""What an API says of itself: its name, who issues its tokens, what they may ask. Pure.

Source: RFC 9728 sections 2 and 3; oauth.md section 11.
"""

from dataclasses import dataclass

from watchword.net.address import parse_target
from watchword.net.errors import AddressRefused
from watchword.oauth import protected_resource
from watchword.oauth.characters import is_scope_token

__all__ = ["ProtectedResource"]


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
        return protected_resource.path(self.identifier) or protected_resource.WELL_KNOWN

    @property
    def metadata_url(self) -> str:
        """What `resource_metadata` in a challenge says."""
        return protected_resource.address(self.identifier) or ""

    def document(self) -> dict[str, object]:
        """Return the metadata document; what is not known is left out."""
        return protected_resource.document(
            self.identifier, issuer=self.issuer, scopes=self.scopes, name=self.name
        )
