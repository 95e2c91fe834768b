"""Read the fenced code blocks of Markdown pages, for the tests that run them.

The rules stand in tests/docs/README.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "PASSPHRASE",
    "ROOT",
    "SHOWN_URL",
    "Block",
    "Step",
    "agrees",
    "blocks_of",
    "pages",
    "steps_of",
    "substituted",
]

ROOT = Path(__file__).parents[1]
SHOWN_URL = "http://127.0.0.1:8000"
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<info>[^\n`]*)$")
PASSPHRASE = re.compile(r"\b[a-z]{5}(?:-[a-z]{5}){4}\b")
USER = re.compile(r"\b(alice|bob|admin)\b")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    language: str
    role: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """Return every page whose blocks run."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(path.relative_to(ROOT)) for path in found if path.exists()]


def blocks_of(text: str, page: str) -> list[Block]:
    """Cut the fenced blocks out of Markdown.

    Raises:
        ValueError: a block that does not end.
    """
    found, lines = [], iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        opening = FENCE.match(line)
        if not opening:
            continue
        body = []
        for _, inner in lines:
            if inner.strip() == opening["fence"]:
                break
            body.append(inner.removeprefix(opening["indent"]))
        else:
            raise ValueError(f"{page}:{number}: the block does not end")
        language, _, role = opening["info"].strip().partition(" ")
        found.append(Block(page, number, language, role.strip(), "\n".join(body) + "\n"))
    return found


def substituted(text: str, url: str, passphrases: Mapping[str, str]) -> str:
    """Put the running server and its passphrases where a page shows others."""

    def passphrase(match: re.Match[str]) -> str:
        named = USER.findall(text, 0, match.start())
        return passphrases.get(named[-1] if named else "alice", match[0])

    return PASSPHRASE.sub(passphrase, text).replace(SHOWN_URL, url)


@dataclass(frozen=True, slots=True)
class Step:
    """A command and what it should print; None: whatever it likes."""

    place: str
    command: str
    expected: str | None


def steps_of(block: Block, text: str) -> list[Step]:
    """Read the steps of a bash or console block."""
    if block.language != "console":
        return [Step(block.place, text, None)]
    steps: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append(([line.removeprefix("$ ")], []))
        elif line.startswith("> ") and steps and not steps[-1][1]:
            steps[-1][0].append(line.removeprefix("> "))
        elif steps:
            steps[-1][1].append(line)
        else:
            raise ValueError(f"{block.place}: a console block begins with a command")
    return [Step(block.place, "\n".join(c), "\n".join(o).strip("\n")) for c, o in steps]


def agrees(printed: str, expected: str) -> bool:
    """Return whether a command printed what the page shows; `...` stands for any text."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None
