"""`/errors/{code}`: what an error code means, for whoever follows the link in an answer.

Source: users.md U57.
"""

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.reasons import REASONS
from watchword.server.pages.problem import not_found_page
from watchword.server.pages.render import page, site_for
from watchword.server.runtime import Runtime

__all__ = ["reason"]


async def reason(request: Request, runtime: Runtime) -> Response:
    """Show the row of one code."""
    site = site_for(request, runtime.settings)
    found = REASONS.get(request.path_params["code"])
    if found is None:
        return not_found_page(site)
    return page(site, "reason.html", {"reason": found})
