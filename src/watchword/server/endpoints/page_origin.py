"""Where a request to the login API came from, the page that sent it included.

Source: oauth.md L-12.
"""

from dataclasses import replace

from starlette.requests import Request

from watchword.accounts.origin import Origin
from watchword.server.cross_origin import foreign_page
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime

__all__ = ["page_origin_of"]


def page_origin_of(request: Request, runtime: Runtime) -> Origin:
    """Return the origin of a request with the page of another site that sent it, if one did.

    Raises:
        OriginRefused: the `Origin` header is repeated.
    """
    page = foreign_page(request, runtime.settings.origin)
    return replace(origin_of(request, runtime.proxies), page=page)
