"""What a command prints: text that cannot command the terminal, or one line of JSON.

Source: users.md U61 (answers on standard output, everything else on standard error, no colour
where it is no terminal or NO_COLOR is set); security.md rule 100 (escapes are shown, not obeyed).
"""

import json
import os
import sys

__all__ = ["examples", "harmless", "pretty_json", "print_json", "tinted"]

_TINTS = {"red": "31", "green": "32", "blue": "34", "magenta": "35", "cyan": "36", "bold": "1"}


def examples(*lines: str) -> str:
    """Return the end of a help text, as click takes it: lines to be typed (users.md U60)."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def print_json(value: object) -> None:
    """Print one JSON value on one line. The text is ASCII, so it is harmless as it stands."""
    print(json.dumps(value))


def pretty_json(value: object) -> bytes:
    """Return a JSON value as lines of ASCII for people and files."""
    return f"{json.dumps(value, indent=2)}\n".encode("ascii")


def harmless(text: str) -> str:
    """Return the text with everything that is no visible character shown as an escape.

    A token, a name or a note can hold terminal commands and characters that reverse the line.
    """
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def tinted(text: str, tint: str) -> str:
    """Return the text in a colour where standard output is a terminal that wants colours."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{_TINTS[tint]}m{text}\x1b[0m"
