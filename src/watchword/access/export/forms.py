"""The forms in which a policy is exported.

Source: access.md section 4 (`export`) and section 6 (4).
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
