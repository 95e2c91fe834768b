"""Web pages of other origins that use the login API: only those that the client lists.

Source: oauth.md L-12, E-3; RFC 10017.
"""

from watchword.accounts.origin import Origin
from watchword.oauth.clients import Client
from watchword.oauth.login_errors import PageRefused

__all__ = ["require_listed"]


def require_listed(origin: Origin, client: Client) -> None:
    """Refuse a page of an origin that the client does not list. Programs send none.

    Raises:
        PageRefused: it is not listed.
    """
    if origin.page is not None and origin.page not in client.allowed_origins:
        raise PageRefused(detail=f"{origin.page} is no origin of {client.client_id}")
