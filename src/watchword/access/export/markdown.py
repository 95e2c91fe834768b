"""The document of a policy: its words, its rules, and who may do what.

Source: ASVS 5.0 8.1.1 (documented rules, generated); access.md section 4 (`export`).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from watchword.access.book import Book
from watchword.access.export.matrix import Cell, cells
from watchword.access.export.sentence import sentence
from watchword.access.rules import Rule

__all__ = ["described"]


def described(book: Book) -> str:
    """Return a sealed policy as a Markdown document."""
    return "\n".join([*_head(book), *_rules(book.rules), *_matrix(cells(book))])


def _head(book: Book) -> Iterator[str]:
    yield "# Who may do what"
    yield ""
    yield f"Policy version `{book.seal()}`. Without an allow rule that applies the answer is no;"
    yield "a deny rule that applies wins over every allow rule."
    roles = book.words.shape.roles
    if roles:
        yield ""
        inherited = ((role, sorted(held - {role})) for role, held in sorted(roles.items()))
        yield from _table(
            ("role", "inherits"), ((role, ", ".join(held) or "-") for role, held in inherited)
        )
    if book.words.scopes:
        yield ""
        reached = sorted(book.words.scopes.items())
        yield from _table(
            ("scope of a token", "actions that it reaches"),
            ((scope, ", ".join(sorted(actions))) for scope, actions in reached),
        )


def _rules(rules: Iterable[Rule]) -> Iterator[str]:
    yield ""
    yield "## Rules"
    yield ""
    yield from _table(
        ("rule", "effect", "actions", "holds when", "in words"),
        (
            (
                rule.id,
                rule.heading.effect,
                ", ".join(sorted(rule.heading.actions)),
                sentence(rule.tree),
                rule.text,
            )
            for rule in rules
        ),
    )


def _matrix(matrix: Iterable[Cell]) -> Iterator[str]:
    for resource, of_resource in groupby(matrix, attrgetter("resource")):
        rows = [list(row) for _, row in groupby(of_resource, attrgetter("action", "role"))]
        yield ""
        yield f"## {_cell(resource)}"
        yield ""
        yield from _table(
            ("action", "role", *(cell.relation for cell in rows[0])),
            ((row[0].action, row[0].role or "-", *(cell.told for cell in row)) for row in rows),
        )
    yield ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---"] * len(head))
    yield from map(_line, rows)


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(map(_cell, texts))} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())
