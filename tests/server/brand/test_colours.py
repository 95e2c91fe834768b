import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.server.brand.colours import BLACK, WHITE, Colour, contrast, first_apart, mix

CHANNEL = st.integers(0, 255)
COLOURS = st.builds(Colour, CHANNEL, CHANNEL, CHANNEL)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    """WCAG 2.2, definition of contrast ratio; #767676 is the lightest grey that passes on white."""
    first, second = Colour.from_text(one), Colour.from_text(other)
    assert contrast(first, second) == pytest.approx(ratio, abs=0.005)
    assert contrast(first, second) == contrast(second, first)


@given(COLOURS)
def test_a_colour_is_read_as_it_is_written(colour):
    assert Colour.from_text(str(colour)) == colour


def test_three_digits_stand_for_six():
    assert Colour.from_text("#0aF") == Colour(0x00, 0xAA, 0xFF)


@pytest.mark.parametrize(
    "text", ["", "#", "#12", "#12345", "red", "#gggggg", "#12345\n", "#\uff11\uff12\uff13"]
)
def test_what_is_no_colour_is_refused(text):
    with pytest.raises(ValueError, match="is no colour"):
        Colour.from_text(text)


@given(COLOURS, COLOURS)
def test_a_mixture_begins_with_one_colour_and_ends_with_the_other(one, other):
    assert mix(one, other, 0) == one
    assert mix(one, other, 1) == other


@given(COLOURS, COLOURS)
def test_the_search_ends_where_the_contrast_is_enough_or_at_its_end(colour, ground):
    end = BLACK if contrast(BLACK, ground) > contrast(WHITE, ground) else WHITE
    assert contrast(first_apart(colour, end, [ground], ratio=4.5), ground) >= 4.5
