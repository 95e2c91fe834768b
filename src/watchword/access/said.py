"""What a policy says, apart from what it decides: its words and rules, its version, its forms.

Source: access.md section 4 (P6, `export`), section 9 (T4).
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.access.book import Book
from watchword.access.export.forms import FORMS, Form
from watchword.access.export.matrix import Cell, cells
from watchword.access.plan import Plan
from watchword.access.rules import Resource, Rule
from watchword.access.words import Words

__all__ = ["Said"]


class Said:
    """The reading side of a policy. Whatever needs all rules seals it."""

    _book: Book

    @property
    def version(self) -> str:
        """The SHA-256 of everything that the policy says, in hex. Asking for it seals."""
        return self._book.seal()

    @property
    def words(self) -> Words:
        """The declared roles, attributes, actions and scopes."""
        return self._book.words

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of declaration."""
        return self._book.rules

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What the rules are about, in the order of declaration."""
        return self._book.resources

    @property
    def asks_for_shares(self) -> bool:
        """Whether a rule asks for shares that come with the subject. Asking for it seals."""
        self._book.seal()
        return self._book.asks_for_shares

    @property
    def secret(self) -> frozenset[str]:
        """The attributes whose values no explanation shows."""
        return self._book.secret

    @property
    def plans(self) -> Mapping[tuple[type[object], str], Plan]:
        """What is decided for each model and action. Asking for it seals."""
        self._book.seal()
        return MappingProxyType(self._book.plans)

    def matrix(self) -> tuple[Cell, ...]:
        """Return who may do what: a cell for each role, action and relation. Asking for it seals.

        Source: access.md T4.
        """
        self._book.seal()
        return cells(self._book)

    def export(self, form: Form) -> str:
        """Return what the policy says, for other programs and for people. Asking for it seals.

        Args:
            form: `json` is the declarative form that `Policy.load` reads; `markdown` documents the
                rules and who may do what (ASVS 5.0 8.1.1); `cedar` and `cedar-schema` are for the
                tools of the Cedar language.

        Raises:
            PolicyError: a rule that the form cannot express, by its name.
        """
        self._book.seal()
        return FORMS[form](self._book)
