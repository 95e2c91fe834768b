"""Verify a token; print its claims, or the rule that it breaks. Exit code 0 or 1."""

import argparse
import sys

from watchword.base import clock
from watchword.cli.exits import WrongUsage
from watchword.cli.printing import harmless, print_json
from watchword.cli.token import sources
from watchword.jose.jwt.explain import Explanation, Verdict, explain

__all__ = ["act", "add_options"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words of `token verify`."""
    sources.add_token_argument(parser)
    sources.add_key_options(parser, sets="a JWKS document: the token's kid chooses the key")
    sources.add_expectation_options(parser, is_required=True)


def act(options: argparse.Namespace) -> int:
    """Print the claims of a good token; say what is wrong with any other."""
    keys = sources.read_keys(options)
    if keys is None:
        raise WrongUsage(
            "no key is named", fix="Add --key-file FILE, --jwks FILE or --secret-file FILE"
        )
    expect = sources.read_expected(options)
    found = explain(sources.read_token(options), keys, expect=expect, now=clock.SYSTEM.now())
    if options.json:
        print_json(_as_json(found))
    elif found.verdict is Verdict.VERIFIED:
        print(harmless(found.payload.pretty))
    else:
        for failure in found.failures:
            about = f" ({harmless(failure.claim)})" if failure.claim else ""
            print(f"{failure.code}{about}: {harmless(failure.hint)}", file=sys.stderr)
    return 0 if found.verdict is Verdict.VERIFIED else 1


def _as_json(found: Explanation) -> dict[str, object]:
    if found.verdict is Verdict.VERIFIED:
        header, claims = dict(found.header.members), dict(found.payload.members)
        return {"valid": True, "header": header, "claims": claims}
    failures = [{"code": f.code, "claim": f.claim, "hint": f.hint} for f in found.failures]
    return {"valid": False, "failures": failures}
