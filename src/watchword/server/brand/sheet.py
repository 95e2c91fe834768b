"""The stylesheet of a brand: custom properties, and nothing else.

Source: users.md U91 (six variables, `light-dark()`).
"""

from collections.abc import Iterator

from watchword.server.brand.brand import Brand
from watchword.server.brand.colours import Colour

__all__ = ["stylesheet"]


def stylesheet(brand: Brand) -> str:
    """Return the text of the stylesheet, or "" where the brand changes nothing of it."""
    properties = [f"  --{name}: {value};\n" for name, value in _properties(brand)]
    return f":root {{\n{''.join(properties)}}}\n" if properties else ""


def _properties(brand: Brand) -> Iterator[tuple[str, str]]:
    light, dark = brand.palettes()
    has_ground = brand.background is not None or brand.text is not None
    if has_ground:
        yield from _for_both(light.grounds(), dark.grounds())
    if has_ground or brand.accent is not None:
        yield from _for_both(light.accents(), dark.accents())
    if brand.radius is not None:
        yield "radius", brand.radius
    if brand.font is not None:
        yield "font", f"{brand.font}, sans-serif"


def _for_both(light: dict[str, Colour], dark: dict[str, Colour]) -> Iterator[tuple[str, str]]:
    for name, colour in light.items():
        yield name, f"light-dark({colour}, {dark[name]})"
