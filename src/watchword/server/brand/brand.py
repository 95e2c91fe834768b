"""What an operator says of the looks, and what of it is refused.

Source: users.md U91; WCAG 2.2 section 1.4.3; security.md rule 98.
"""

import re
from typing import Protocol

from watchword.base.records import dataclass
from watchword.server.brand.colours import READABLE, Colour, contrast
from watchword.server.brand.logo import read_logo
from watchword.server.brand.palette import DARK, LIGHT, Palette, dark_accent
from watchword.server.errors import ConfigurationError

__all__ = ["Brand", "BrandSettings", "check_brand"]

NAME_CHARACTERS_MAX = 40  # one line of the narrowest page
RADIUS = re.compile(r"(?:[0-9]|[12][0-9]|3[0-2])px|(?:[01](?:\.[0-9]{1,3})?|2)rem", re.ASCII)
FONT = re.compile(r"[A-Za-z0-9 ,\"'-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The looks, as texts. What is None stays as it is."""

    accent: str | None = None
    background: str | None = None
    text: str | None = None
    radius: str | None = None
    font: str | None = None
    logo: str | None = None

    def palettes(self) -> tuple[Palette, Palette]:
        """Return the colours by day and by night.

        Raises:
            ConfigurationError: a text is no colour.
        """
        accent, night_accent = _colours("brand_accent", self.accent)
        background, night_background = _colours("brand_background", self.background)
        text, night_text = _colours("brand_text", self.text)
        if accent is not None and night_accent is None:
            night_accent = dark_accent(accent, night_background)
        return (
            Palette(LIGHT, accent, background, text),
            Palette(DARK, night_accent, night_background, night_text),
        )


class BrandSettings(Protocol):
    """As much of the settings as the looks need."""

    @property
    def brand_name(self) -> str:
        """What the pages call the server."""
        ...

    @property
    def brand(self) -> Brand:
        """What they look like."""
        ...


def check_brand(settings: BrandSettings) -> None:
    """Refuse looks that could not be read, or that no browser understands.

    Raises:
        ConfigurationError: names the setting and the fix; of colours it names the measured ratio.
    """
    name, brand = settings.brand_name, settings.brand
    if not (len(name.strip()) > 0 and len(name) <= NAME_CHARACTERS_MAX and name.isprintable()):
        raise ConfigurationError(
            "brand_name",
            f"is not one line of 1 to {NAME_CHARACTERS_MAX} characters",
            fix="Write the name that people know you by",
        )
    _check_form(
        "brand_radius", brand.radius, RADIUS, 'Write "8px" or "0.5rem", at most "32px" or "2rem"'
    )
    _check_form(
        "brand_font", brand.font, FONT, "Write names of fonts with commas between, as in CSS"
    )
    for palette in brand.palettes():
        _check_contrast(brand, palette)
    if brand.logo is not None:
        read_logo(brand.logo)


def _check_form(key: str, value: str | None, form: re.Pattern[str], fix: str) -> None:
    is_balanced = value is None or all(value.count(quote) % 2 == 0 for quote in "\"'")
    if value is not None and not (form.fullmatch(value) and is_balanced):
        raise ConfigurationError(key, f"{value!r} is of another form", fix=fix)


def _check_contrast(brand: Brand, palette: Palette) -> None:
    for word, colour, ground in palette.pairs():
        ratio = contrast(colour, ground)
        if ratio >= READABLE:
            continue
        guilty = word if getattr(brand, word) is not None else "background"
        raise ConfigurationError(
            f"brand_{guilty}",
            f"{word} {colour} on {ground} in the {palette.scheme.name} pages has a contrast of "
            f"{int(ratio * 100) / 100:.2f}:1, and less than 4.5:1 cannot be read by everybody",
            fix="Choose colours further apart; two of them, as in "
            '"#0c6a5b #67d3bd", are for light and for dark pages',
        )


def _colours(key: str, text: str | None) -> tuple[Colour | None, Colour | None]:
    """Read one colour, or one for light and one for dark pages."""
    if text is None:
        return None, None
    try:
        found = [Colour.from_text(part) for part in text.split()]
    except ValueError as error:
        raise ConfigurationError(key, str(error), fix="Write # and six digits") from None
    if len(found) not in {1, 2}:
        raise ConfigurationError(
            key,
            f"{text!r} is not one or two colours",
            fix='Write "#0c6a5b", or a second one for dark pages',
        )
    return found[0], found[1] if len(found) > 1 else None
