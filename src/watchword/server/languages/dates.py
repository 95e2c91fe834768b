"""Days and moments in words, in the language that is spoken.

Babel knows them for every language and weighs 31 MB; ten languages are a table. Digits are Latin
in every language, so that a time can be compared with one in a log or a mail.

Source: users.md U43, U94; Unicode CLDR for the names of months and their order.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from watchword.base.records import dataclass
from watchword.server.languages.message import spoken

__all__ = ["DATE_WORDS", "DateWords", "say_day", "say_moment"]


@dataclass(frozen=True, slots=True)
class DateWords:
    """How one language writes a day."""

    pattern: str
    months: tuple[str, ...]  # as they stand in a date, which is not always their plain name
    before_time: str = ", "


_BY_NUMBER = tuple(str(month) for month in range(1, 13))

DATE_WORDS: Mapping[str, DateWords] = MappingProxyType(
    {
        "en": DateWords(
            "{day} {month} {year}",
            (
                *("January", "February", "March", "April", "May", "June"),
                *("July", "August", "September", "October", "November", "December"),
            ),
        ),
        "ar": DateWords(
            "{day} {month} {year}",
            (
                *("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو"),
                *("يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
            ),
            before_time="، ",
        ),
        "de": DateWords(
            "{day}. {month} {year}",
            (
                *("Januar", "Februar", "März", "April", "Mai", "Juni"),
                *("Juli", "August", "September", "Oktober", "November", "Dezember"),
            ),
        ),
        "es": DateWords(
            "{day} de {month} de {year}",
            (
                *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
                *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
            ),
        ),
        "fr": DateWords(
            "{day} {month} {year}",
            (
                *("janvier", "février", "mars", "avril", "mai", "juin"),
                *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
            ),
        ),
        "it": DateWords(
            "{day} {month} {year}",
            (
                *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
                *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
            ),
        ),
        "ja": DateWords("{year}年{month}月{day}日", _BY_NUMBER, before_time=" "),
        "pl": DateWords(
            "{day} {month} {year}",
            (
                *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca"),
                *("lipca", "sierpnia", "września", "października", "listopada", "grudnia"),
            ),
        ),
        "pt-BR": DateWords(
            "{day} de {month} de {year}",
            (
                *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
                *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
            ),
        ),
        "zh-Hans": DateWords("{year}年{month}月{day}日", _BY_NUMBER, before_time=" "),
    }
)


def say_day(when: datetime) -> str:
    """Return the day of a moment, such as `15 January 2027`."""
    words = DATE_WORDS[spoken().tag]
    return words.pattern.format(day=when.day, month=words.months[when.month - 1], year=when.year)


def say_moment(when: datetime) -> str:
    """Return a moment of UTC to the second, such as `15 January 2027, 08:00:00 UTC`."""
    return f"{say_day(when)}{DATE_WORDS[spoken().tag].before_time}{when:%H:%M:%S} UTC"
