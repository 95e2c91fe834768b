"""How a token's parts stand on a screen: a title, the text as it is sent, and what it says."""

import shutil
import textwrap
from collections.abc import Iterable, Iterator

from watchword.cli.printing import harmless, tinted
from watchword.cli.token.wording import in_options
from watchword.jose.jwt.explain import Failure, Part

__all__ = [
    "as_text",
    "beside",
    "columns",
    "failure_members",
    "failure_text",
    "indented",
    "part",
    "sentence",
    "title",
    "wrapped",
]

COLUMNS_MAX = 100
_INDENT = "   "


def columns() -> int:
    """Return how wide lines may be."""
    return min(shutil.get_terminal_size().columns, COLUMNS_MAX)


def title(text: str, more: str = "") -> str:
    """Return a heading, and what follows it on its line."""
    return tinted(text, "bold") + more


def wrapped(text: str, width: int) -> list[str]:
    """Break text without spaces into indented lines."""
    shown = harmless(text)
    room = width - len(_INDENT)
    return [f"{_INDENT}{shown[at : at + room]}" for at in range(0, len(shown), room)]


def indented(text: str) -> list[str]:
    """Indent text that has lines of its own."""
    return textwrap.indent(harmless(text), _INDENT).splitlines()


def sentence(text: str, width: int, mark: str = "= ") -> list[str]:
    """Break a sentence into lines below what it is about."""
    return textwrap.wrap(
        harmless(text),
        width,
        initial_indent=_INDENT + mark,
        subsequent_indent=_INDENT + " " * len(mark),
        break_on_hyphens=False,
    )


def as_text(data: bytes) -> str | None:
    """Return bytes as the text that they are, or None."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def beside(mark: str, text: str, width: int) -> list[str]:
    """Break a sentence into lines beside a mark."""
    return textwrap.wrap(
        harmless(text),
        width,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_on_hyphens=False,
    )


def part(heading: str, found: Part, tint: str, width: int) -> Iterator[str]:
    """Yield a part of a token: as it is sent, what it says, and how it was made."""
    yield title(heading)
    yield from (tinted(line, tint) for line in wrapped(found.b64u, width))
    if found.fault:
        yield f"{_INDENT}cannot be read: {harmless(found.fault)}"
        yield ""
        return
    yield from indented(found.pretty) if found.pretty else wrapped(found.text, width)
    yield from sentence(found.encoding, width)
    yield ""


def failure_text(failure: Failure) -> str:
    """Return a broken rule as a line: its code, its claim and what to do."""
    about = f" ({failure.claim})" if failure.claim else ""
    return harmless(f"{failure.code}{about}: {in_options(failure.hint)}")


def failure_members(failures: Iterable[Failure]) -> list[dict[str, object]]:
    """Return broken rules as the members of JSON objects."""
    return [{"code": f.code, "claim": f.claim, "hint": in_options(f.hint)} for f in failures]
