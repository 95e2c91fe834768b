import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchword.server.brand import Brand, stylesheet
from watchword.server.brand.colours import READABLE, VISIBLE, Colour, contrast
from watchword.server.brand.palette import DARK, LIGHT
from watchword.server.errors import ConfigurationError
from watchword.server.pages.assets import own_assets
from watchword.server.settings import Settings

CHANNEL = st.integers(0, 255)
COLOURS = st.builds(Colour, CHANNEL, CHANNEL, CHANNEL)
# What stands on what: WCAG 2.2 sections 1.4.3 and 1.4.11.
TEXTS = (
    ("text", "background"),
    ("text", "surface"),
    ("muted", "background"),
    ("muted", "surface"),
    ("muted", "sunken"),
    ("bad", "surface"),
    ("accent", "background"),
    ("accent", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent-strong", "accent-soft"),
)
EDGES = (("edge", "surface"), ("edge", "background"))


def colours(sheet):
    found = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", sheet)
    return [{name: Colour.from_text(pair[n]) for name, *pair in found} for n in (0, 1)]


def test_a_brand_that_changes_nothing_has_no_stylesheet():
    assert stylesheet(Settings().brand) == ""


@pytest.mark.parametrize("name", ["accent", "background", "text", "surface", "bad"])
def test_the_looks_without_a_brand_are_those_of_the_stylesheet(name):
    sheet = own_assets()["watchword.css"].body.decode()
    written = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\);", sheet)
    assert Colour.from_text(written[1]) == getattr(LIGHT, name)
    assert Colour.from_text(written[2]) == getattr(DARK, name)


@pytest.mark.requirement("users-pages:brand-is-readable")
@given(accent=COLOURS, background=COLOURS, text=COLOURS)
@example(accent=Colour(0, 142, 0), background=Colour(0, 0, 0), text=Colour(0, 120, 233))
def test_a_brand_that_is_accepted_is_readable_everywhere(accent, background, text):
    """Most brands drawn by chance are refused; a dark background is one for light pages too."""
    chosen = Brand(
        accent=f"{accent} {accent}",
        background=f"{background} {background}",
        text=f"{text} {text}",
    )
    try:
        Settings(
            brand_accent=chosen.accent, brand_background=chosen.background, brand_text=chosen.text
        )
    except ConfigurationError as error:
        assert error.key in {"brand_accent", "brand_text"}  # noqa: PT017  # either outcome is right
        return
    assert_readable(chosen)


@pytest.mark.requirement("users-pages:brand-is-readable")
@pytest.mark.parametrize(
    "brand",
    [
        Brand(accent="#0c6a5b"),
        Brand(accent="#5b2be0"),
        Brand(accent="#b00020", background="#ffffff #101010"),
        Brand(background="#fdf6e3 #002b36", text="#073642 #eee8d5", accent="#20608c #6cb8ff"),
        Brand(text="#222222"),
        Brand(background="#101820 #101820", text="#ffffff #ffffff", accent="#fee715 #fee715"),
    ],
)
def test_a_brand_is_readable_by_day_and_by_night(brand):
    Settings(brand_accent=brand.accent, brand_background=brand.background, brand_text=brand.text)
    assert_readable(brand)


def assert_readable(brand):
    for scheme, found in zip((LIGHT, DARK), colours(stylesheet(brand)), strict=True):
        every = {name: getattr(scheme, name) for name in ("background", "surface", "text")} | found
        for name, ground in (pair for pair in TEXTS if {*pair} <= {*every}):
            assert contrast(every[name], every[ground]) >= READABLE, (name, ground, scheme.name)
        for name, ground in (pair for pair in EDGES if {*pair} <= {*every}):
            assert contrast(every[name], every[ground]) >= VISIBLE, (name, ground, scheme.name)


@pytest.mark.requirement("users-pages:brand-is-readable")
@pytest.mark.parametrize(
    ("settings", "key", "measured"),
    [
        ({"brand_accent": "#7fc8b8"}, "brand_accent", "#7fc8b8 on #f6f5f1 in the light pages"),
        ({"brand_accent": "#0c6a5b #0c6a5b"}, "brand_accent", "on #141614 in the dark pages"),
        ({"brand_text": "#999999"}, "brand_text", r"contrast of 2\.61:1"),
        ({"brand_background": "#555555"}, "brand_background", r"text #1b1d1a on #555555"),
        (
            {"brand_background": "#fff #fff", "brand_text": "#767676 #777777"},
            "brand_text",
            r"contrast of 4\.35:1",
        ),
    ],
)
def test_a_contrast_that_is_too_low_is_refused_with_its_ratio(settings, key, measured):
    """WCAG 2.2 section 1.4.3."""
    with pytest.raises(ConfigurationError, match=measured) as caught:
        Settings(**settings)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("brand_accent", "red"),
        ("brand_accent", "#0c6a5b #67d3bd #000000"),
        ("brand_accent", " "),
        ("brand_name", " "),
        ("brand_name", "two\nlines"),
        ("brand_name", "n" * 41),
        ("brand_radius", "1px; color: red"),
        ("brand_radius", "33px"),
        ("brand_radius", "3rem"),
        ("brand_font", "Inter; } * { display: none"),
        ("brand_font", '"Inter'),
        ("brand_font", "url(https://fonts.example/a)"),
        ("brand_logo", "no-such-file.svg"),
    ],
)
def test_what_no_browser_understands_is_refused(key, value):
    with pytest.raises(ConfigurationError) as caught:
        Settings(**{key: value})
    assert caught.value.key == key


def test_radius_and_font_stand_in_the_stylesheet():
    settings = Settings(brand_radius="0.25rem", brand_font='"IBM Plex Sans", Arial')
    assert stylesheet(settings.brand) == (
        ':root {\n  --radius: 0.25rem;\n  --font: "IBM Plex Sans", Arial, sans-serif;\n}\n'
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.mark.parametrize(
    ("name", "body", "problem"),
    [
        ("logo.svg", b"<html/>", "neither SVG nor PNG"),
        ("logo.svg", b"no xml", "neither SVG nor PNG"),
        ("logo.svg", b'<!DOCTYPE svg [<!ENTITY a "aa">]><svg>&a;</svg>', "neither SVG nor PNG"),
        ("logo.png", SVG, "neither SVG nor PNG"),
        ("logo.jpg", PNG, "neither SVG nor PNG"),
        ("logo.png", PNG + bytes(16_384), "larger than 16,384 bytes"),
    ],
)
def test_a_file_that_is_no_logo_is_refused(tmp_path, name, body, problem):
    file = Path(tmp_path, name)
    file.write_bytes(body)
    with pytest.raises(ConfigurationError, match=problem):
        Settings(brand_logo=str(file))


@pytest.mark.parametrize(("name", "body"), [("logo.svg", SVG), ("logo.png", PNG)])
def test_a_logo_is_an_svg_or_a_png(tmp_path, name, body):
    file = Path(tmp_path, name)
    file.write_bytes(body)
    assert Settings(brand_logo=str(file)).brand.logo == str(file)
