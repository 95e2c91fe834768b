"""`watchword demo`: run the demonstration, or prove that it works.

Source: users.md U20 to U24; ARCHITECTURE section 6.
"""

import asyncio
import contextlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from watchword.cli.demo.app import HOST, make_app, make_settings
from watchword.cli.demo.check import prove
from watchword.cli.demo.directory import DirectoryInUse, held
from watchword.cli.demo.output import discreet_welcome, welcome
from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.users import Person
from watchword.cli.exits import Misconfigured, Unavailable, WrongUsage
from watchword.cli.failures import port_in_use, reported
from watchword.cli.options import json_option
from watchword.cli.printing import print_json, tinted
from watchword.cli.program import typed_name
from watchword.server.errors import PortInUse
from watchword.server.log import configure_logging
from watchword.server.serve import bind, run
from watchword.server.settings import Settings

__all__ = ["demo"]

PORT_MAX = 65_535
EXAMPLES = """\b
Examples:
  watchword demo
  watchword demo --port 8001 --directory /tmp/notes
  watchword demo --check
"""


@click.command(epilog=EXAMPLES)
@click.option("--port", type=click.IntRange(1, PORT_MAX), default=8000, show_default=True)
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

    Login API, pages and a protected notes API on one loopback address. At each start the users get
    new passwords, which a terminal is told once, and the notes begin anew. Ctrl-C ends it.
    """
    if check:
        return _check(is_json=is_json)
    if is_json:
        raise WrongUsage("--json goes with --check")
    _serve(port, directory)
    return 0


def _serve(port: int, directory: Path) -> None:
    configure_logging()
    with contextlib.ExitStack() as stack:
        try:
            settings = make_settings(directory.resolve(), port)
            stack.enter_context(held(directory, settings.issuer))
        except DirectoryInUse as error:
            raise _in_use(error, directory, port) from None
        except OSError as error:
            raise Misconfigured(
                f"{directory} cannot be used: {error.strerror}", fix="Name another with --directory"
            ) from None
        _run(settings, directory)


def _run(settings: Settings, directory: Path) -> None:
    """Serve until the demonstration is told to end."""

    def announce(people: Sequence[Person], notes: Notes) -> None:
        is_seen = sys.stdout.isatty()
        text = (
            welcome(settings.issuer, people, notes, directory=str(directory), program=typed_name())
            if is_seen
            else discreet_welcome(settings.issuer, typed_name())
        )
        print(text, flush=True)

    with reported():
        try:
            sock = bind(HOST, settings.port)
        except PortInUse as error:
            raise port_in_use(error, "PORT={port} make demo") from None
        run(make_app(settings, announce=announce), settings, sock)


def _in_use(error: DirectoryInUse, directory: Path, port: int) -> Unavailable:
    """Return the refusal with the two ways out: end the other, or keep apart from it."""
    free = port % PORT_MAX + 1 if error.url.endswith(f":{port}") else port
    other = shlex.quote(f"{directory}-2")
    return Unavailable(
        f"{error} with {directory}, and another would end its logins",
        fix=f"End it with Ctrl-C, or type: {typed_name()} demo --port {free} --directory {other}",
    )


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
