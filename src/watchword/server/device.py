"""What a browser or program says it is, in words that its owner recognises.

A label helps a person to tell their own devices from a stranger's; nothing is decided by it, since
a User-Agent says whatever its sender likes. The tables hold what people really use, and everything
else keeps its own first word.

Source: users.md U39 and section 14 (device labels are hand-written).
"""

import re
from collections.abc import Sequence

from watchword.base.records import dataclass
from watchword.server.languages import N_, Message

__all__ = ["Device", "device_of"]

WORD_CHARACTERS_MAX = 40

# The first mark that is found names the browser: those that call themselves others come first.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_POCKET = frozenset({"iPhone", "iPad", "Android"})
_PROGRAMS = (
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-", "Python"),
    ("Python-", "Python"),
    ("python/", "Python"),
    ("Go-http-client/", "Go"),
    ("okhttp/", "Android"),
    ("node", "Node.js"),
    ("Dart/", "Dart"),
    ("Java/", "Java"),
    ("PostmanRuntime/", "Postman"),
)
_FIRST_WORD = re.compile(r"[A-Za-z][A-Za-z0-9._+-]*")


@dataclass(frozen=True, slots=True)
class Device:
    """A device in words, and the icon that stands for it."""

    label: str | Message
    icon: str  # of the account's pages (`account/icons.html`)


def device_of(user_agent: str | None) -> Device:
    """Return what a User-Agent says of its sender."""
    text = user_agent or ""
    if not text:
        return Device(N_("Unknown device"), "unknown")
    system = _first(_SYSTEMS, text)
    if text.startswith("Mozilla/") and (browser := _first(_BROWSERS, text)):
        icon = "phone" if system in _POCKET else "laptop"
        if system is None:
            return Device(browser, icon)
        label = Message(N_("%(browser)s on %(system)s"), {"browser": browser, "system": system})
        return Device(label, icon)
    for mark, name in _PROGRAMS:
        if text.startswith(mark):
            return Device(Message(N_("A program: %(name)s"), {"name": name}), "terminal")
    word = _FIRST_WORD.match(text)
    if word is None:
        return Device(N_("Unknown device"), "unknown")
    name = word[0][:WORD_CHARACTERS_MAX]
    return Device(Message(N_("A program: %(name)s"), {"name": name}), "terminal")


def _first(marks: Sequence[tuple[str, str]], text: str) -> str | None:
    return next((name for mark, name in marks if mark in text), None)
