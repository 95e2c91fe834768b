"""Importing what a command needs, without looking for garbage meanwhile.

What modules leave behind stays until the process ends. Looking through all of it, time and again
while more arrives, takes a fifth of the time in which a server is imported.

Source: users.md U26 and U60; decisions/0260.
"""

import gc
import sys
from importlib import import_module
from types import ModuleType

__all__ = ["load"]


def load(name: str) -> ModuleType:
    """Return a module; where it has to be imported, its objects are left out of collections."""
    if name in sys.modules:
        return sys.modules[name]
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()  # or the first collection afterwards would look at everything at once
        if was_enabled:
            gc.enable()
