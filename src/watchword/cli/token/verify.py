"""Verify a token; print its claims, or the rule that it breaks. Exit code 0 or 1."""

import argparse
import json
import sys
from collections.abc import Mapping

from watchword.base import clock
from watchword.base.records import dataclass
from watchword.cli.exits import WrongUsage
from watchword.cli.printing import harmless, print_json
from watchword.cli.token import explain_sdjwt, layout, sources
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.explain import Explanation, Failure, Verdict, explain
from watchword.jose.jwt.verifier import Keys
from watchword.jose.sdjwt.keybinding import Transaction

__all__ = ["act", "add_options"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a token says, and what is wrong with it."""

    verdict: Verdict
    failures: tuple[Failure, ...]
    header: Mapping[str, object]
    claims: Mapping[str, object]
    dates: Mapping[str, str]
    """What follows a failure of one of the token's times: the time itself."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words of `token verify`."""
    sources.add_token_argument(parser)
    sources.add_key_options(parser, sets="a JWKS document: the token's kid chooses the key")
    sources.add_expectation_options(parser, is_required=True)
    parser.add_argument(
        "--receiver",
        metavar="VALUE",
        help="of an SD-JWT: demand the holder's key binding for this receiver; with --nonce",
    )
    parser.add_argument(
        "--nonce", metavar="VALUE", help="what the holder was given to sign; with --receiver"
    )


def act(options: argparse.Namespace) -> int:
    """Print the claims of a good token; say what is wrong with any other."""
    keys = sources.read_keys(options)
    if keys is None:
        raise WrongUsage(
            "no key is named", fix="Add --key-file FILE, --jwks FILE or --secret-file FILE"
        )
    text = sources.read_any(options)
    found = _judged(text, keys, sources.read_expected(options), _transaction(options))
    if options.json:
        print_json(_as_json(found))
    elif found.verdict is Verdict.VERIFIED:
        print(harmless(json.dumps(dict(found.claims), indent=2, ensure_ascii=False)))
    else:
        for failure in found.failures:
            said = layout.failure_text(failure) + found.dates.get(failure.claim or "", "")
            print("\n".join(layout.beside("", said, layout.columns())), file=sys.stderr)
    return 0 if found.verdict is Verdict.VERIFIED else 1


def _judged(text: str, keys: Keys, expect: Expected, transaction: Transaction | None) -> Judged:
    now = clock.SYSTEM.now()
    if explain_sdjwt.is_sd_jwt(text):
        shown = explain_sdjwt.take_apart(text, keys, expect, now, transaction)
        header = shown.token.header.members
        dates = _dates(shown.token)
        return Judged(shown.verdict, shown.failures, header, shown.processed, dates)
    if transaction is not None:
        raise WrongUsage("only an SD-JWT has a key binding, and this is none")
    found = explain(text, keys, expect=expect, now=now)
    header, claims = found.header.members, found.payload.members
    return Judged(found.verdict, found.failures, header, claims, _dates(found))


def _dates(found: Explanation) -> dict[str, str]:
    return {time.claim: f" ({time.utc})" for time in found.times}


def _transaction(options: argparse.Namespace) -> Transaction | None:
    if options.receiver is None and options.nonce is None:
        return None
    if not options.receiver or not options.nonce:
        raise WrongUsage("--receiver and --nonce come together, and are not empty")
    return Transaction(options.receiver, options.nonce)


def _as_json(found: Judged) -> dict[str, object]:
    if found.verdict is Verdict.VERIFIED:
        return {"valid": True, "header": dict(found.header), "claims": dict(found.claims)}
    return {"valid": False, "failures": layout.failure_members(found.failures)}
