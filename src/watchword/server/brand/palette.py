"""From three colours to all that the pages use, in one scheme.

An operator chooses accent, background and text; the rest follows, so that no choice of three can
make a fourth unreadable. What cannot follow is refused by `brand.py`.

Source: users.md U91; WCAG 2.2 sections 1.4.3 and 1.4.11.
"""

from collections.abc import Iterator

from watchword.base.records import dataclass
from watchword.server.brand.colours import (
    BLACK,
    READABLE,
    VISIBLE,
    WHITE,
    Colour,
    contrast,
    first_apart,
    mix,
)

__all__ = ["DARK", "LIGHT", "Palette", "Scheme", "dark_accent"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """What the pages look like by day or by night where no brand says otherwise."""

    name: str
    accent: Colour
    background: Colour
    text: Colour
    surface: Colour
    bad: Colour


# As in watchword.css; a test compares them.
LIGHT = Scheme(
    "light",
    accent=Colour.from_text("#0c6a5b"),
    background=Colour.from_text("#f6f5f1"),
    text=Colour.from_text("#1b1d1a"),
    surface=Colour.from_text("#ffffff"),
    bad=Colour.from_text("#a02318"),
)
DARK = Scheme(
    "dark",
    accent=Colour.from_text("#67d3bd"),
    background=Colour.from_text("#141614"),
    text=Colour.from_text("#e8e7e1"),
    surface=Colour.from_text("#1c1f1c"),
    bad=Colour.from_text("#ffa294"),
)
COMFORTABLE = 7.0  # WCAG 2.2 section 1.4.6: what a derived colour aims at


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme. What is None stays as it is."""

    scheme: Scheme
    accent: Colour | None = None
    background: Colour | None = None
    text: Colour | None = None

    def pairs(self) -> Iterator[tuple[str, Colour, Colour]]:
        """Yield what has to be readable: the word of a colour, the colour, and what is under it."""
        for ground in (self._background, self._surface, self._sunken):
            yield "text", self._text, ground
            yield "accent", self._accent, ground

    def grounds(self) -> dict[str, Colour]:
        """Return what follows from background and text, by custom property."""
        background, text, surface = self._background, self._text, self._surface
        sunken, far = self._sunken, self._far
        grounds = (background, surface, sunken)
        bad_soft = mix(surface, self.scheme.bad, 0.1)
        return {
            "background": background,
            "text": text,
            "surface": surface,
            "sunken": sunken,
            "line": mix(background, text, 0.12),
            "edge": first_apart(background, far, grounds, ratio=VISIBLE, share=0.3),
            "muted": first_apart(background, far, grounds, ratio=READABLE + 0.5, share=0.5),
            "bad": first_apart(self.scheme.bad, far, (*grounds, bad_soft), ratio=READABLE),
            "bad-soft": bad_soft,
        }

    def accents(self) -> dict[str, Colour]:
        """Return what follows from the accent, by custom property."""
        accent, background, surface = self._accent, self._background, self._surface
        # The checked contrast with the background holds all the more beyond the background.
        on_accent = WHITE if accent.luminance < background.luminance else BLACK
        soft = mix(surface, accent, 0.12)
        return {
            "accent": accent,
            "on-accent": on_accent,
            "accent-strong": first_apart(
                accent, self._far, (background, surface, soft), ratio=READABLE, share=0.25
            ),
            "accent-soft": soft,
        }

    @property
    def _accent(self) -> Colour:
        return self.accent or self.scheme.accent

    @property
    def _background(self) -> Colour:
        return self.background or self.scheme.background

    @property
    def _text(self) -> Colour:
        return self.text or self.scheme.text

    @property
    def _sunken(self) -> Colour:
        return mix(self._background, self._text, 0.04)

    @property
    def _far(self) -> Colour:
        """The end of the scale on the side of the text: further from every ground than it."""
        return WHITE if self._text.luminance > self._background.luminance else BLACK

    @property
    def _surface(self) -> Colour:
        if self.background is None:
            return self.scheme.surface
        is_dark = contrast(WHITE, self.background) > contrast(BLACK, self.background)
        return mix(self.background, WHITE, 0.05 if is_dark else 0.7)


def dark_accent(accent: Colour, background: Colour | None) -> Colour:
    """Return what an accent that was chosen for light pages is on dark ones."""
    return first_apart(accent, WHITE, (background or DARK.surface,), ratio=COMFORTABLE)
