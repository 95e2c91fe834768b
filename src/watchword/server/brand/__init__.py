"""The looks that an operator gives to the pages.

Owns the colours of a brand, how the rest of the pages' colours follow from them, and what is
refused because it could not be read (WCAG 2.2 section 1.4.3). Leaves the files that browsers get
to `server/pages/brand_assets.py`.
"""

from watchword.server.brand.brand import Brand, BrandSettings, check_brand
from watchword.server.brand.logo import Logo, read_logo
from watchword.server.brand.sheet import stylesheet

__all__ = ["Brand", "BrandSettings", "Logo", "check_brand", "read_logo", "stylesheet"]
