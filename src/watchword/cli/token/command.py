"""The words of `watchword token`. argparse reads them, so that the bare core suffices (U66)."""

import argparse
from collections.abc import Callable

from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.token import explain, sign, verify
from watchword.jose.errors import KeyRefused, PolicyRefused

__all__ = ["make_parser", "run"]

EXAMPLES = """examples:
  openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout -out pub.pem
  watchword token sign --key-file key.pem --alg Ed25519 --claim sub=alice --lifetime 15m
  watchword token explain TOKEN
  watchword token verify - --key-file pub.pem --alg Ed25519 --issuer any --audience any < token.txt
"""


def run(words: list[str]) -> int:
    """Run one token command and return its exit code.

    Raises:
        CommandFailed: names what is wrong and what to do.
    """
    options = make_parser().parse_args(words)
    act: Callable[[argparse.Namespace], int] = options.act
    try:
        return act(options)
    except KeyRefused as error:
        raise Misconfigured(f"the key is refused: {error}") from None
    except PolicyRefused as error:
        raise WrongUsage(str(error)) from None


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the group."""
    parser = argparse.ArgumentParser(
        prog="watchword token",
        description="Sign, verify and explain JSON Web Tokens.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in (explain, sign, verify):
        text, _, more = (module.__doc__ or "").partition("\n")
        command = commands.add_parser(
            module.__name__.rpartition(".")[2],
            help=text,
            description=f"{text}\n{more}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_options(command)
        command.add_argument("--json", action="store_true", help="print one JSON object")
        command.set_defaults(act=module.act)
    return parser
