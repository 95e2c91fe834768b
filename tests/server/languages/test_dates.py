from datetime import UTC, datetime

import pytest
from babel import Locale
from babel.dates import get_month_names

from watchword.server.languages import DATE_WORDS, LANGUAGES, say_day, say_moment, speaking

WHEN = datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en", "15 January 2027, 08:00:00 UTC"),
        ("ar", "15 يناير 2027، 08:00:00 UTC"),
        ("de", "15. Januar 2027, 08:00:00 UTC"),
        ("es", "15 de enero de 2027, 08:00:00 UTC"),
        ("fr", "15 janvier 2027, 08:00:00 UTC"),
        ("it", "15 gennaio 2027, 08:00:00 UTC"),
        ("ja", "2027年1月15日 08:00:00 UTC"),
        ("pl", "15 stycznia 2027, 08:00:00 UTC"),
        ("pt-BR", "15 de janeiro de 2027, 08:00:00 UTC"),
        ("zh-Hans", "2027年1月15日 08:00:00 UTC"),
    ],
)
@pytest.mark.requirement("users:U43:dates-in-the-language-of-the-page")
def test_a_moment_is_said_in_the_language_that_is_spoken(tag, words):
    """Digits are Latin in every language."""
    with speaking(LANGUAGES[tag]):
        assert say_moment(WHEN) == words


@pytest.mark.requirement("users:U43:dates-in-the-language-of-the-page")
@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_months_are_those_that_stand_in_a_date_of_the_language(tag):
    """Unicode CLDR, by way of Babel: another source than the table."""
    locale = Locale.parse(tag, sep="-")
    numbered = "月" in DATE_WORDS[tag].pattern
    names = [str(n) for n in range(1, 13)] if numbered else get_month_names(locale=locale).values()
    assert list(DATE_WORDS[tag].months) == list(names)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_day_of_a_year_has_a_text_of_its_own(tag):
    with speaking(LANGUAGES[tag]):
        texts = {say_day(WHEN.replace(month=month)) for month in range(1, 13)}
    assert len(texts) == 12
