"""How this program is typed in the terminal that started it.

Source: users.md U23 (lines to paste).
"""

import shlex
import shutil
import sys
from pathlib import Path

__all__ = ["typed_name"]

NAME = "watchword"


def typed_name() -> str:
    """Return the word that runs this installation: its name where the PATH leads here, or a path.

    The path is whole, because the lines are pasted into another terminal, which may stand in
    another directory.
    """
    beside = Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME)
    if not beside.exists() or (found is not None and Path(found).samefile(beside)):
        return NAME
    return shlex.quote(str(beside))
