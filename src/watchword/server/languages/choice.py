"""Which language a person is spoken to in.

Source: users.md U94; RFC 9110 section 12.5.4 (Accept-Language); OpenID Connect Core 3.1.2.1
(ui_locales).
"""

from collections.abc import Iterable, Iterator

from watchword.server.languages.catalogue import ENGLISH, Language, find_language

__all__ = ["choose_language"]

RANGES_MAX = 16  # of one Accept-Language header


def choose_language(*wishes: str | None, accept_language: str = "") -> Language:
    """Return the first language that is wished for and in the table, else English.

    Args:
        wishes: tags, or tags separated by spaces, the most deliberate wish first.
        accept_language: what the browser says.
    """
    tags = [tag for wish in wishes if wish for tag in wish.split()]
    for tag in (*tags, *_accepted(accept_language)):
        if (found := find_language(tag)) is not None:
            return found
    return ENGLISH


def _accepted(header: str) -> Iterator[str]:
    """Yield the tags of an Accept-Language header, the most wanted first."""
    ranges = (part.partition(";") for part in header.split(",", RANGES_MAX)[:RANGES_MAX])
    weighed = [(_weight(weight), tag.strip()) for tag, _, weight in ranges]
    return _by_weight(weighed)


def _by_weight(weighed: Iterable[tuple[float, str]]) -> Iterator[str]:
    for weight, tag in sorted(weighed, key=lambda pair: -pair[0]):
        if weight > 0 and tag not in {"", "*"}:
            yield tag


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
