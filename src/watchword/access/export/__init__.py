"""Exports: what a policy says, written for programs and for people.

Owns the declarative JSON form and its reading, the matrix and the document with it, the Cedar text
with what Cedar is told of a request, and the table of forms. Implements access.md section 4
(`export`, `load`), section 6 (4) and section 9 (T4); ASVS 5.0 8.1.1. Leaves files and commands to
`cli`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from watchword.access.book import Book
from watchword.access.export import cedar
from watchword.access.export.document import written
from watchword.access.export.markdown import described

__all__ = ["FORMS", "Form"]

Form: TypeAlias = Literal["json", "markdown", "cedar", "cedar-schema"]


def _cedar(book: Book) -> str:
    return cedar.policies(book.words, book.rules)


def _cedar_schema(book: Book) -> str:
    return cedar.schema(book.words, book.resources, book.rules)


FORMS: Mapping[Form, Callable[[Book], str]] = MappingProxyType(
    {
        "json": written,
        "markdown": described,
        "cedar": _cedar,
        "cedar-schema": _cedar_schema,
    }
)
