"""Fetch the token of a status list.

Source: draft-ietf-oauth-status-list-21 sections 8.1 and 8.2; security.md rule 102.
"""

from watchword.jose.errors import StatusUnavailable
from watchword.jose.statuslist.packing import TOKEN_BYTES_MAX
from watchword.net.document import Fetching
from watchword.net.errors import FetchFailed
from watchword.net.fetcher import fetcher_for

__all__ = ["fetch"]

ACCEPT = "application/statuslist+jwt"


def fetch(uri: str, *, fetcher: Fetching | None = None) -> str:
    """Get the token of a status list. Blocks for some seconds at most.

    Args:
        uri: of the list. A `Denylist` gives only those that its `allow=` lists.
        fetcher: for private networks and authorities.

    Raises:
        StatusUnavailable: nothing answers, or not with a text of at most 1 MiB.
    """
    try:
        asked = fetcher or fetcher_for(uri, accept=ACCEPT)
        document = asked.fetch(uri, bytes_max=TOKEN_BYTES_MAX)
        return document.body.decode("ascii").strip()
    except FetchFailed as error:
        detail = str(error)
    except UnicodeDecodeError:
        detail = "the answer is not ASCII"
    raise StatusUnavailable("the token's status list cannot be fetched", detail=detail)
