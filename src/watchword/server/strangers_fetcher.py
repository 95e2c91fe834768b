"""The fetcher for addresses that strangers name: documents of clients, their keys and their logos.

Source: oauth.md C-7, D-2; security.md rule 102.
"""

from dataclasses import dataclass, field

from watchword.net.address import LOOPBACK
from watchword.net.document import JSON_TYPES, Document, Fetching

__all__ = ["StrangersFetcher"]


@dataclass(slots=True)
class StrangersFetcher:
    """Fetches from the public internet. Made at the first need: certificates take a while to read.

    Args:
        on_loopback: whether it may reach the machine itself, for development.
        accept: the media types that it asks for.
    """

    on_loopback: bool = False
    accept: str = JSON_TYPES
    _made: Fetching | None = field(default=None, init=False, repr=False)

    def fetch(self, url: str, *, bytes_max: int) -> Document:
        """Get one document. Blocks; raises FetchFailed."""
        if self._made is None:
            # At the first need as well: most servers know every client by its row.
            from watchword.net.fetcher import Fetcher  # noqa: PLC0415

            self._made = Fetcher(networks=LOOPBACK if self.on_loopback else (), accept=self.accept)
        return self._made.fetch(url, bytes_max=bytes_max)
