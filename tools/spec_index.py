"""Write docs/specs/: which code carries out which section of which standard.

The source of it all are the `Source:` paragraphs of the docstrings under src/. Design pages and
other sources that are no public standards are left out.

    python tools/spec_index.py           writes the pages
    python tools/spec_index.py --check   exits 1 where a page is not what would be written
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "watchword"
PAGES = ROOT / "docs" / "specs"
WHOLE = "the document"
Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

_SOURCE = re.compile(r"^[ \t]*Source: (?P<text>.+?)(?:\n[ \t]*\n|\Z)", re.MULTILINE | re.DOTALL)
# The documents that are indexed, as docstrings write them; what follows names the sections.
_DOCUMENT = re.compile(
    r"(?P<name>RFC \d+(?:bis)?|draft-[a-z0-9-]+|OpenID Connect [A-Z][A-Za-z.-]*(?: [A-Z][a-z]+)*"
    r"|FIPS \d+(?:-\d)?|NIST SP [\w-]+|OWASP ASVS [\d.]+|WCAG [\d.]+|WHATWG [A-Z]+)"
)
_SECTIONS = re.compile(r"(?:sections?|appendix|appendices|criteri(?:on|a)|V(?=\d))\s*(?P<list>.+)")
_SECTION = re.compile(r"(?:V)?(?P<number>[A-Z]?\d+(?:\.\d+)*[a-z]?|[A-Z](?:\.\d+)*)\b")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A section of a document and the code that names it as its source."""

    key: tuple[tuple[int, str], ...]
    section: str
    path: str
    name: str
    summary: str


def main() -> int:
    """Write the pages, or compare them."""
    wanted = pages()
    written = {path.name: path.read_text() for path in PAGES.glob("*.md")} if PAGES.exists() else {}
    if "--check" in sys.argv:
        stale = sorted(name for name in wanted | written if wanted.get(name) != written.get(name))
        for name in stale:
            print(f"docs/specs/{name} is not current: run python tools/spec_index.py")
        return 1 if stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in written.keys() - wanted.keys():
        (PAGES / name).unlink()
    for name, text in wanted.items():
        (PAGES / name).write_text(text)
    return 0


def pages() -> dict[str, str]:
    """Return the text of every page by its file's name."""
    documents: dict[str, set[Place]] = {}
    for path in sorted(SOURCES.rglob("*.py")):
        for document, place in places(path):
            documents.setdefault(document, set()).add(place)
    found = {file_name(name): page(name, sorted(places)) for name, places in documents.items()}
    return found | {"README.md": index(documents)}


def places(path: Path) -> Iterator[tuple[str, Place]]:
    """Yield the documents and sections that a file's docstrings name."""
    for node, name in definitions(ast.parse(path.read_text(encoding="utf-8")), ""):
        docstring = ast.get_docstring(node) or ""
        summary = docstring.partition("\n\n")[0].replace("\n", " ")
        for source in _SOURCE.finditer(docstring):
            text = " ".join(source["text"].split()).rstrip(".")
            for document, section in references(text):
                relative = path.relative_to(ROOT).as_posix()
                yield document, Place(sort_key(section), section, relative, name, summary)


def definitions(node: Definition, name: str) -> Iterator[tuple[Definition, str]]:
    """Yield a module, its classes and its functions with their dotted names."""
    yield node, name
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from definitions(child, f"{name}.{child.name}".lstrip("."))


def references(text: str) -> Iterator[tuple[str, str]]:
    """Yield document and section for each that a source names."""
    for part in text.split(";"):
        for match in _DOCUMENT.finditer(part):
            rest = part[match.end() :]
            following = _DOCUMENT.search(rest)
            listed = _SECTIONS.search(rest[: following.start()] if following else rest)
            outside = re.sub(r"\(.*?\)", "", listed["list"]) if listed else ""
            sections = [found["number"] for found in _SECTION.finditer(outside)]
            for section in sections or [WHOLE]:
                yield match["name"], section


def sort_key(section: str) -> tuple[tuple[int, str], ...]:
    """Order 4.9 before 4.10, and appendices after sections."""
    if section == WHOLE:
        return ()
    return tuple(
        (int(part), "") if part.isdigit() else (10**6, part) for part in section.split(".")
    )


def file_name(document: str) -> str:
    """Return the name of a document's page."""
    return re.sub(r"[^a-z0-9]+", "-", document.lower().replace("rfc ", "rfc")).strip("-") + ".md"


def page(document: str, found: list[Place]) -> str:
    """Write one document's page."""
    lines = [f"# {document}", "", "| section | where | what |", "|---|---|---|"]
    for place in found:
        label = Path(place.path).relative_to("src/watchword").as_posix()
        label += f" `{place.name}`" if place.name else ""
        lines.append(f"| {place.section} | [{label}](../../{place.path}) | {cell(place.summary)} |")
    return "\n".join([*lines, ""])


def index(documents: dict[str, set[Place]]) -> str:
    """Write the page that lists all documents."""
    lines = [
        "# Standards and the code that carries them out",
        "",
        "Each page lists the sections of one document that the code names as its source, and",
        "where. The pages are written by `python tools/spec_index.py` from the docstrings; which",
        "rules of a document are kept, and which are not and why, stands in `tests/requirements/`.",
        "",
        "| document | places |",
        "|---|---|",
    ]
    for name in sorted(
        documents, key=lambda name: (name.split()[0], sort_key(name.split()[-1]), name)
    ):
        lines.append(f"| [{name}]({file_name(name)}) | {len(documents[name])} |")
    return "\n".join([*lines, ""])


def cell(text: str) -> str:
    """Return text that fits a cell of a table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
