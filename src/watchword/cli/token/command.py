"""The words of `watchword token`. argparse reads them, so that the bare core suffices (U66)."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.token import explain, sign, verify
from watchword.jose.errors import KeyRefused, PolicyRefused

__all__ = ["EXAMPLES", "PARSERS", "SUMMARY", "run"]

SUMMARY = "Sign, verify and explain tokens."
EXAMPLES = """examples:
  openssl genpkey -algorithm ed25519 -out key.pem
  openssl pkey -in key.pem -pubout -out pub.pem
  watchword token sign --key-file key.pem --alg Ed25519 --claim sub=alice --lifetime 15m
  watchword token explain TOKEN
  watchword token verify - --key-file pub.pem --alg Ed25519 --issuer any --audience any < token.txt
"""

_Formatter = partial(argparse.RawDescriptionHelpFormatter, width=80)


def run(words: list[str]) -> int:
    """Run one token command and return its exit code.

    Raises:
        CommandFailed: names what is wrong and what to do.
    """
    options = _PARSER.parse_args(words)
    act: Callable[[argparse.Namespace], int] = options.act
    try:
        return act(options)
    except KeyRefused as error:
        raise Misconfigured(f"the key is refused: {error}") from None
    except PolicyRefused as error:
        raise WrongUsage(str(error)) from None


def _parsers() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser of the group, and those of its commands."""
    group = argparse.ArgumentParser(
        prog="watchword token",
        description=SUMMARY,
        epilog=EXAMPLES,
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    parsers = {}
    for module in (explain, sign, verify):
        name = module.__name__.rpartition(".")[2]
        parser = parsers[name] = commands.add_parser(
            name,
            help=module.__doc__,
            description=module.__doc__,
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        module.add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.set_defaults(act=module.act)
    return group, MappingProxyType(parsers)


_PARSER, PARSERS = _parsers()
