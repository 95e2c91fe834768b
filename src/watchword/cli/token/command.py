"""The words of `watchword token`. argparse reads them, so that the bare core suffices (U66)."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType, ModuleType

from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.token import decrypt, explain, inspect, jwks, keygen, sign, verify
from watchword.cli.token.wording import in_options
from watchword.jose.errors import KeyRefused, PolicyRefused

__all__ = ["EXAMPLES", "PARSERS", "SUMMARIES", "SUMMARY", "run"]

SUMMARY = "Make keys and tokens; verify, decrypt, inspect and explain them."
EXAMPLES = """examples:
  watchword token keygen --alg Ed25519 --out key.jwk --public-out pub.jwk
  watchword token sign --key-file key.jwk --claim sub=alice --lifetime 15m
  watchword token explain TOKEN
  watchword token verify TOKEN --key-file pub.jwk --issuer any --audience any
  watchword token jwks key.jwk > jwks.json
  watchword token inspect --file jwks.json
"""

# What each is for in a few words, and lines to be typed.
_COMMANDS: Mapping[ModuleType, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        decrypt: (
            "Decrypt a token and print its content.",
            ("watchword token decrypt TOKEN --key-file key.jwk",),
        ),
        explain: (
            "Take a token apart and give the verdict.",
            (
                "watchword token explain TOKEN",
                "watchword token explain TOKEN --jwks jwks.json --issuer https://id.example.com",
            ),
        ),
        inspect: (
            "Say what a token, key or key set is and holds.",
            ("watchword token inspect TOKEN", "watchword token inspect --file jwks.json"),
        ),
        jwks: (
            "Make a key set from key files, or show an issuer's.",
            (
                "watchword token jwks key.jwk > jwks.json",
                "watchword token jwks --issuer https://id.example.com",
            ),
        ),
        keygen: (
            "Make a key pair or a shared secret.",
            (
                "watchword token keygen --alg Ed25519 --out key.jwk --public-out pub.jwk",
                "watchword token keygen --alg HS256 --out secret.bin",
            ),
        ),
        sign: (
            "Make a token from claims and sign it.",
            ("watchword token sign --key-file key.jwk --claim sub=alice --lifetime 15m",),
        ),
        verify: (
            "Verify a token; print its claims or what is wrong.",
            ("watchword token verify TOKEN --key-file pub.jwk --issuer any --audience any",),
        ),
    }
)
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
    for module, (summary, examples) in _COMMANDS.items():
        name = module.__name__.rpartition(".")[2]
        parser = parsers[name] = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            epilog="\n".join(("examples:", *(f"  {line}" for line in examples))),
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        module.add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.set_defaults(act=module.act)
    return group, MappingProxyType(parsers)


_PARSER, PARSERS = _parsers()
SUMMARIES: Mapping[str, str] = MappingProxyType(
    {module.__name__.rpartition(".")[2]: summary for module, (summary, _) in _COMMANDS.items()}
)
