"""`watchword demo`: run the demonstration, or prove that it works.

Source: users.md U20 to U24; ARCHITECTURE section 6.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from watchword.cli.administration import json_option
from watchword.cli.demo.app import HOST, make_app, make_settings
from watchword.cli.demo.check import prove
from watchword.cli.demo.output import discreet_welcome, welcome
from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.users import Person
from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.failures import port_in_use, reported
from watchword.cli.printing import print_json, tinted
from watchword.server.errors import PortInUse
from watchword.server.log import configure_logging
from watchword.server.serve import bind, run

__all__ = ["demo"]

EXAMPLES = """\b
Examples:
  watchword demo
  watchword demo --port 8001 --directory /tmp/notes
  watchword demo --check
"""


@click.command(epilog=EXAMPLES)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-data"),
    show_default=True,
    help="Where its databases and keys are kept.",
)
@click.option("--check", is_flag=True, help="Prove the flow in process, and end.")
@json_option
def demo(port: int, directory: Path, check: bool, is_json: bool) -> int:  # noqa: FBT001 - click passes flags
    """Run the whole flow with users of its own.

    Login API, pages and a protected notes API on one loopback address. The users get new
    passphrases at each start; a terminal is told them once. Ctrl-C ends it.
    """
    if check:
        return _check(is_json=is_json)
    if is_json:
        raise WrongUsage("--json goes with --check")
    _serve(port, directory)
    return 0


def _serve(port: int, directory: Path) -> None:
    configure_logging()
    try:
        settings = make_settings(directory.resolve(), port)
    except OSError as error:
        raise Misconfigured(
            f"{directory} cannot be made: {error.strerror}", fix="Name another with --directory"
        ) from None

    def announce(people: Sequence[Person], notes: Notes) -> None:
        is_seen = sys.stdout.isatty()
        text = welcome(settings.issuer, people, notes, str(directory)) if is_seen else None
        print(text or discreet_welcome(settings.issuer), flush=True)

    with reported():
        try:
            sock = bind(HOST, port)
        except PortInUse as error:
            raise port_in_use(error, "PORT={port} make demo") from None
        run(make_app(settings, announce=announce), settings, sock)


def _check(*, is_json: bool) -> int:
    with reported():
        proofs = asyncio.run(prove())
    for proof in proofs:
        if is_json:
            print_json({"title": proof.title, "request": proof.request, "status": proof.status,
                        "code": proof.code, "holds": proof.holds})  # fmt: skip
            continue
        sign = tinted("ok  ", "green") if proof.holds else tinted("FAIL", "red")
        missed = "" if proof.holds else f" instead of {proof.expected}"
        print(f"{sign} {proof.status}{missed} {proof.request}: {proof.title} {proof.code}".rstrip())
    failed = sum(not proof.holds for proof in proofs)
    if not is_json:
        print(f"{len(proofs) - failed} of {len(proofs)} steps hold")
    return 1 if failed else 0
