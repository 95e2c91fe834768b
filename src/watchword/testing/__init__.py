"""What applications put into their own tests.

Owns the laws of a policy (generated subjects and rows on which every reading of every rule must
agree), assertions that explain, rule coverage, mutation, and the matrix file as test cases
(access.md section 9), and an issuer for tests of guarded applications (users.md section 5), which
is loaded when asked for. `cedar` and `plugin` are imported by name: they need cedarpy and pytest.
Runs statements only on an engine or connection that it is handed. Leaves servers, clocks and test
runners to the tests themselves.
"""

from typing import TYPE_CHECKING

from watchword.base.lazy import lazy_names
from watchword.testing.assertions import assert_allows, assert_denies
from watchword.testing.coverage import RuleCoverage, covering
from watchword.testing.laws import LawBroken, Report, laws
from watchword.testing.matrix import Cell, cells
from watchword.testing.mutation import Mutant, mutants, survivors

if TYPE_CHECKING:
    from watchword.testing.issuing import Issuer, issuer, running_issuer

__all__ = [
    "Cell",
    "Issuer",
    "LawBroken",
    "Mutant",
    "Report",
    "RuleCoverage",
    "assert_allows",
    "assert_denies",
    "cells",
    "covering",
    "issuer",
    "laws",
    "mutants",
    "running_issuer",
    "survivors",
]

# They need pytest, and the extra `server`.
_HOMES = {"testing.issuing": ("Issuer", "issuer", "running_issuer")}
__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
