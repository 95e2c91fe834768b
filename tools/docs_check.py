"""Hold the documentation's links: each leads to a page and, where it names one, to a heading.

The reference pages are held by `tools/reference.py --check`, the code blocks by `tests/docs`.

Source: STYLE section 12.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

PAGES = ("README.md", "CHANGELOG.md", "SECURITY.md", "docs", "decisions", "examples", "bench")
LINK = re.compile(r"(?<!\\)\]\(([^()\s]+)\)")
FENCED = re.compile(r"^ *(```+).*?^ *\1 *$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)


def main() -> int:
    """Print every finding; return 1 if there is any."""
    findings = list(broken_links(list(markdown_files())))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def markdown_files() -> Iterator[Path]:
    """Yield every page."""
    for name in PAGES:
        path = Path(name)
        if path.is_file():
            yield path
        else:
            yield from sorted(path.rglob("*.md"))


def broken_links(pages: list[Path]) -> Iterator[str]:
    """Yield the links inside the project that lead nowhere. Addresses elsewhere are not fetched."""
    for page in pages:
        text = FENCED.sub("", page.read_text(encoding="utf-8"))
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            linked = page.parent / name if name else page
            if not linked.exists():
                yield f"{page}: {target} does not exist"
            elif anchor and linked.suffix == ".md" and anchor not in anchors(linked):
                yield f"{page}: {target} names no heading"


def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return frozenset(heading.strip().replace(" ", "-") for heading in plain)


if __name__ == "__main__":
    sys.exit(main())
