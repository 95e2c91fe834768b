"""Policies by name, as command lines name them: `notes.policy:policy`, or a file of the JSON form.

Source: access.md section 9 (T4 to T7).
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from watchword.access.errors import PolicyError
from watchword.access.policy import Policy

__all__ = ["NoSuchPolicy", "named_policy"]

FILE_SUFFIX = ".json"


class NoSuchPolicy(Exception):
    """A name that leads to no policy; the text says why.

    Args:
        problem: one sentence without its full stop.
        fix: what to do, as an imperative sentence without its full stop.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}. {fix}.")
        self.problem = problem
        self.fix = fix


def named_policy(name: str) -> Policy:
    """Return the policy of a module, or of a file that `export("json")` wrote.

    Modules are found as Python finds them, in the current directory too. Where the environment
    names the settings of a Django site, the site is set up first, as `manage.py` does it.

    Raises:
        NoSuchPolicy: no such file, module or attribute, or it cannot be read.
    """
    if name.endswith(FILE_SUFFIX):
        return _of_file(Path(name))
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise NoSuchPolicy(
            f"{name!r} names no policy",
            "Name it as module:attribute, or a file that ends with .json",
        )
    return _of_module(module, attribute)


def _of_file(path: Path) -> Policy:
    try:
        return Policy.load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise NoSuchPolicy(f"{path} cannot be read: {problem}", "Name another file") from None
    except PolicyError as problem:
        raise NoSuchPolicy(
            f"{path}: {problem}", "Write it with `watchword policy export --json`"
        ) from None


def _of_module(module: str, attribute: str) -> Policy:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    outside = _outside_a_site()
    try:
        _set_up_site()
        found = getattr(import_module(module), attribute, None)
    except PolicyError as problem:
        raise NoSuchPolicy(f"{module}: {problem}", "Mend the policy") from problem
    except (ImportError, SyntaxError) as problem:
        raise NoSuchPolicy(
            f"{module} cannot be imported: {problem}", "Run the command where the module is found"
        ) from problem
    except outside as problem:
        raise NoSuchPolicy(
            f"{module} is of a Django site that is not set up: {problem}",
            "Name its settings in DJANGO_SETTINGS_MODULE",
        ) from problem
    if not isinstance(found, Policy):
        raise NoSuchPolicy(
            f"{module} has no Policy called {attribute!r}", "Name the variable that holds it"
        )
    return found


def _outside_a_site() -> tuple[type[Exception], ...]:
    """Return what Django raises where its settings are not named, or are at fault."""
    if find_spec("django") is None:
        return ()
    # An optional library.
    from django.core.exceptions import (  # noqa: PLC0415
        AppRegistryNotReady,
        ImproperlyConfigured,
    )

    return (AppRegistryNotReady, ImproperlyConfigured)


def _set_up_site() -> None:
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        # Of whoever sets this.
        from django import setup  # noqa: PLC0415

        setup()
