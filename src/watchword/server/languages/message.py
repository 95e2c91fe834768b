"""Text that is translated where it is shown.

Code marks its text with `N_` and hands it on, alone or with values as a `Message`; a template says
it with `_`, in the language of the page that is being made. Values are named: "%(count)s codes".
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field

from watchword.base.records import dataclass
from watchword.server.languages.catalogue import ENGLISH, Language

__all__ = [
    "N_",
    "Message",
    "ngettext",
    "say",
    "speaking",
    "spoken",
    "translate",
    "translate_plural",
]

_spoken: ContextVar[Language] = ContextVar("watchword_language", default=ENGLISH)


@dataclass(frozen=True, slots=True)
class Message:
    """A text with values. `plural` is the text for all counts but those that `text` is for."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None  # chosen by the value `count`


def N_(text: str) -> str:  # noqa: N802  # gettext's own name for the mark
    """Mark a text for translation and return it as it is."""
    return text


def ngettext(text: str, plural: str, count: int, **values: object) -> Message:
    """Return a message whose form depends on a count."""
    return Message(text, {**values, "count": count}, plural)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say everything within in this language."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> Language:
    """Return the language that is spoken."""
    return _spoken.get()


def say(message: str | Message, **values: object) -> str:
    """Return a text in the language that is spoken."""
    text, every = translate(message)
    every = {**every, **values}
    return text % every if every else text


def translate(message: str | Message) -> tuple[str, Mapping[str, object]]:
    """Return a text in the language that is spoken, and the values that belong into it."""
    translations = _spoken.get().translations
    if isinstance(message, str):
        return translations.gettext(message), {}
    if message.plural is None:
        return translations.gettext(message.text), message.values
    return translate_plural(message.text, message.plural, message.values["count"]), message.values


def translate_plural(text: str, plural: str, count: object) -> str:
    """Return the form of a text that a count asks for, in the language that is spoken."""
    if not isinstance(count, int):
        raise TypeError(f"a plural goes by a whole number, not by {count!r}")
    return _spoken.get().translations.ngettext(text, plural, count)
