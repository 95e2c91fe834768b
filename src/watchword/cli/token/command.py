"""The words of `watchword token`. argparse reads them, so that the bare core suffices (U66)."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.token import decrypt, explain, inspect, jwks, keygen, sign, verify
from watchword.cli.token.wording import in_options
from watchword.jose.errors import KeyRefused, PolicyRefused

__all__ = ["EXAMPLES", "PARSERS", "SUMMARY", "run"]

SUMMARY = "Make keys and tokens; verify, decrypt, inspect and explain them."
EXAMPLES = """examples:
  watchword token keygen --alg Ed25519 --out key.jwk --public-out pub.jwk
  watchword token sign --key-file key.jwk --claim sub=alice --lifetime 15m
  watchword token explain TOKEN
  watchword token verify TOKEN --key-file pub.jwk --issuer any --audience any
  watchword token jwks key.jwk > jwks.json
  watchword token inspect --file jwks.json
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
        raise Misconfigured(f"the key is refused: {in_options(str(error))}") from None
    except PolicyRefused as error:
        raise WrongUsage(in_options(str(error))) from None


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
    for module in (decrypt, explain, inspect, jwks, keygen, sign, verify):
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
