"""What applications put into their own tests.

Owns the laws of a policy (generated subjects and rows on which every reading of every rule must
agree), assertions that explain, rule coverage, mutation, and the matrix file as test cases
(access.md section 9); `cedar` and `plugin` are imported by name, for they need cedarpy and pytest.
Runs statements only on an engine or connection that it is handed. Leaves servers, clocks and test
runners to the tests themselves.
"""

from watchword.testing.assertions import assert_allows, assert_denies
from watchword.testing.coverage import RuleCoverage, covering
from watchword.testing.laws import LawBroken, Report, laws
from watchword.testing.matrix import Cell, cells
from watchword.testing.mutation import Mutant, mutants, survivors

__all__ = [
    "Cell",
    "LawBroken",
    "Mutant",
    "Report",
    "RuleCoverage",
    "assert_allows",
    "assert_denies",
    "cells",
    "covering",
    "laws",
    "mutants",
    "survivors",
]
