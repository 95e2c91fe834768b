"""The table of languages, and the catalogue of each, read when it is first spoken.

Source: users.md U94; BCP 47 for the tags.
"""

from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from watchword.base.records import dataclass
from watchword.server.languages.po import read_po

__all__ = ["ENGLISH", "LANGUAGES", "Language", "find_language"]


@dataclass(frozen=True, slots=True)
class Language:
    """One language."""

    tag: str  # BCP 47
    name: str  # in itself
    direction: Literal["ltr", "rtl"] = "ltr"

    @property
    def translations(self) -> NullTranslations:
        """The catalogue."""
        return _translations(self.tag)


ENGLISH = Language("en", "English")
LANGUAGES = MappingProxyType(
    {
        language.tag: language
        for language in (
            ENGLISH,
            Language("ar", "العربية", "rtl"),
            Language("de", "Deutsch"),
            Language("es", "Español"),
            Language("fr", "Français"),
            Language("it", "Italiano"),
            Language("ja", "日本語"),
            Language("pl", "Polski"),
            Language("pt-BR", "Português (Brasil)"),
            Language("zh-Hans", "简体中文"),
        )
    }
)


def find_language(tag: str | None) -> Language | None:
    """Return the language of a tag, letter case aside; an unknown region falls away.

    "de-AT" is German, "pt" is "pt-BR", "zh-CN" is "zh-Hans".
    """
    wanted = (tag or "").replace("_", "-").casefold()
    known = {one.casefold(): language for one, language in LANGUAGES.items()}
    first = wanted.partition("-")[0]
    by_first = {one.partition("-")[0]: language for one, language in known.items()}
    return known.get(wanted) or by_first.get(first)


@cache
def _translations(tag: str) -> NullTranslations:
    if tag == ENGLISH.tag:
        return NullTranslations()
    file = files("watchword.server").joinpath("locales", f"{tag}.po")
    return read_po(file.read_text(encoding="utf-8"))
