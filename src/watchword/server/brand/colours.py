"""Colours of sRGB: reading, mixing, and how far two of them stand apart.

Source: WCAG 2.2, definitions of relative luminance and contrast ratio.
"""

import re
from collections.abc import Iterable

from watchword.base.records import dataclass

__all__ = ["BLACK", "READABLE", "VISIBLE", "WHITE", "Colour", "contrast", "first_apart", "mix"]

READABLE = 4.5  # WCAG 2.2 section 1.4.3: text
VISIBLE = 3.0  # WCAG 2.2 section 1.4.11: edges of fields
HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)
STEPS = 20


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour."""

    red: int
    green: int
    blue: int

    @classmethod
    def from_text(cls, text: str) -> "Colour":
        """Read `#rgb` or `#rrggbb`. Raises ValueError for anything else."""
        if not HEX.fullmatch(text):
            raise ValueError(f"{text!r} is no colour such as #0c6a5b")
        digits = text[1:] if len(text) > len("#rgb") else "".join(2 * digit for digit in text[1:])
        return cls(*(int(digits[at : at + 2], 16) for at in (0, 2, 4)))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """Relative luminance, from 0 (black) to 1 (white)."""
        red, green, blue = map(_linear, (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with a share of another, from 0 (none of it) to 1 (nothing else)."""
    pairs = ((colour.red, other.red), (colour.green, other.green), (colour.blue, other.blue))
    return Colour(*(round(mine + (its - mine) * share) for mine, its in pairs))


def first_apart(
    colour: Colour, towards: Colour, grounds: Iterable[Colour], *, ratio: float, share: float = 0
) -> Colour:
    """Return the first mixture that stands far enough apart from every ground.

    Args:
        colour: where the search begins.
        towards: where it ends; returned where nothing on the way is enough.
        grounds: what the mixture is seen on.
        ratio: the contrast that is enough.
        share: of `towards` in the first mixture that is tried.
    """
    seen_on = tuple(grounds)
    for step in range(round(share * STEPS), STEPS):
        found = mix(colour, towards, step / STEPS)
        if all(contrast(found, ground) >= ratio for ground in seen_on):
            return found
    return towards


def _linear(channel: int) -> float:
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1
