"""The matrix file in tests: each cell a case.

    @pytest.mark.parametrize("cell", cells("policy.csv"), ids=str)
    def test_matrix(cell): ...

Source: access.md section 9 (T4).
"""

from pathlib import Path

from watchword.access.export import matrix
from watchword.access.export.matrix import Cell

__all__ = ["Cell", "cells"]


def cells(path: str | Path) -> tuple[Cell, ...]:
    """Return the cells of a matrix file that `watchword policy matrix` wrote.

    Raises:
        PolicyError: no matrix file.
    """
    return matrix.read(Path(path).read_text(encoding="utf-8"))
