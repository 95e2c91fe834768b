"""The files of a brand, as they are served: a stylesheet of its own and the logo.

Source: users.md U91, U93.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from watchword.server.brand import Brand, read_logo, stylesheet
from watchword.server.pages.assets import Asset, make_asset

__all__ = ["LOGOS", "STYLESHEET", "brand_assets"]

STYLESHEET = "brand.css"
LOGOS = ("logo.svg", "logo.png")


@cache
def brand_assets(brand: Brand) -> Mapping[str, Asset]:
    """Return the files of a brand by name, made once; none for what it leaves as it is."""
    found = []
    if sheet := stylesheet(brand):
        found.append(make_asset(STYLESHEET, sheet.encode("ascii")))
    if brand.logo is not None:
        logo = read_logo(brand.logo)
        found.append(make_asset(f"logo{logo.ending}", logo.body))
    return MappingProxyType({asset.name: asset for asset in found})
