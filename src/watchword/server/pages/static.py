"""Static files, kept by browsers for as long as their address stands in a page.

Source: users.md U93; RFC 8246 (immutable).
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.server.pages.assets import Asset, own_assets
from watchword.server.pages.brand_assets import brand_assets
from watchword.server.pages.problem import not_found_page
from watchword.server.pages.render import site_for
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings

__all__ = ["serve_asset", "static"]

YEAR_SECONDS = 365 * 86_400
# A picture that is opened by its address is a document of this origin: a logo may hold a script.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
# A page of another release asks for a version that this process does not have.
OTHER_VERSION = "no-cache"


async def static(request: Request, runtime: Runtime) -> Response:
    """Answer `GET /static/{version}/{name}`."""
    return serve_asset(request, own_assets(), runtime.settings)


def serve_asset(request: Request, assets: Mapping[str, Asset], settings: Settings) -> Response:
    """Answer with the asset that the path of the request names."""
    name = request.path_params["name"]
    asset = brand_assets(settings.brand).get(name) or assets.get(name)
    if asset is None:
        return not_found_page(site_for(request, settings))
    is_current = request.path_params["version"] == asset.version
    headers = {
        "Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable"
        if is_current
        else OTHER_VERSION,
        "Content-Security-Policy": ALONE,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(asset.body, headers=headers, media_type=asset.content_type)
