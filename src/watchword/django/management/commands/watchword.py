"""`manage.py watchword WORDS...`: the command line, on the server inside the site.

    python manage.py watchword user add bob

Source: users.md U60 and U65.
"""

import re
import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from watchword.cli import main
from watchword.cli.exits import CommandFailed, Misconfigured
from watchword.django.views import site_server
from watchword.server.settings_sources import settings_of_application

__all__ = ["Command"]

_SERVES_ALREADY = "The site serves the server itself. Start the site: python manage.py runserver.\n"
_A_COMMAND = re.compile(r"(?<![\w./-])watchword(?= [a-z])")


class Command(BaseCommand):
    """Passes its words on, with the settings, the database and the address of the site."""

    help = "Run a command of watchword on the server inside this site."

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the words as they were typed, `--help` included, and end with their exit code."""
        sys.exit(_run(_without_options_of_django(argv[2:]), typed=_typed(argv[0])))

    def add_arguments(self, parser: CommandParser) -> None:
        """Take every word, for `call_command` and `manage.py help`."""
        parser.add_argument("words", nargs=REMAINDER, help="as in `watchword WORDS...`")

    def handle(self, *_: Any, words: Sequence[str], **__: Any) -> None:
        """Run the words. Raises CommandError with their exit code where it is not 0."""
        code = _run(list(words), typed=_typed("manage.py"))
        if code:
            raise CommandError(f"watchword ended with {code}", returncode=code)


def _run(words: list[str], *, typed: str) -> int:
    if words[:1] == ["serve"]:
        sys.stderr.write(_SERVES_ALREADY)
        return Misconfigured.exit_code
    try:
        given = site_server().given
    except ImproperlyConfigured as fault:
        sys.stderr.write(f"{fault}\n")
        return Misconfigured.exit_code
    with settings_of_application(given):
        return main(words, said=partial(_said, typed=typed))


def _said(failure: CommandFailed, *, typed: str) -> str:
    """Return a refusal whose advice runs here: `watchword migrate` would make another database."""
    return _A_COMMAND.sub(typed, str(failure))


def _typed(program: str) -> str:
    name = Path(program).name
    return "python manage.py watchword" if name == "manage.py" else "django-admin watchword"


def _without_options_of_django(words: list[str]) -> list[str]:
    """Leave out what Django has read already: `--settings` names its module and no file."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    return parser.parse_known_args(words)[1]
