"""Objects by their place in a module, as command lines name them: `app:app`.

Source: users.md section 9.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from watchword.cli.exits import Misconfigured

__all__ = ["imported", "working_directory"]


def imported(place: str) -> object:
    """Return what stands at MODULE:NAME.

    Raises:
        Misconfigured: nothing does.
    """
    module, _, name = place.partition(":")
    if not (module and name):
        raise Misconfigured(f"{place!r} is no MODULE:NAME", fix="Write it as in: app:app")
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise Misconfigured(f"{place} cannot be imported: {error}", fix="Go where it is") from None
    return found


@contextmanager
def working_directory() -> Iterator[None]:
    """Let modules be imported from here, as servers do it; Django imports some when asked."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
