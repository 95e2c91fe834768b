"""The languages that people are spoken to in.

Owns the table of languages, the reading of their catalogues, the choice among them, and the words
`N_` and `Message` with which code says something that will be translated where it is shown.
The catalogues stand in `server/locales/`, one PO file a language; English is the text itself.
"""

from watchword.server.languages.catalogue import ENGLISH, LANGUAGES, Language, find_language
from watchword.server.languages.choice import choose_language
from watchword.server.languages.dates import DATE_WORDS, say_day, say_moment
from watchword.server.languages.message import (
    N_,
    Message,
    ngettext,
    say,
    speaking,
    spoken,
    translate,
    translate_plural,
)

__all__ = [
    "DATE_WORDS",
    "ENGLISH",
    "LANGUAGES",
    "N_",
    "Language",
    "Message",
    "choose_language",
    "find_language",
    "ngettext",
    "say",
    "say_day",
    "say_moment",
    "speaking",
    "spoken",
    "translate",
    "translate_plural",
]
