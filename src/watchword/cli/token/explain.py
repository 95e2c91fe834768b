"""Take a token apart, step by step, and give the verdict under a key."""

import argparse
import shutil
import textwrap
from collections.abc import Iterator

from watchword.base import clock
from watchword.cli.printing import harmless, print_json, tinted
from watchword.cli.token import sources
from watchword.jose.jwt.explain import Explanation, Outcome, Part, Verdict, explain

__all__ = ["act", "add_options"]

COLUMNS_MAX = 100
SIGNS = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.NOT_REACHED: "-"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words of `token explain`."""
    sources.add_token_argument(parser)
    sources.add_key_options(parser, sets="a JWKS document: the token's kid chooses the key")
    sources.add_expectation_options(parser, is_required=False)


def act(options: argparse.Namespace) -> int:
    """Print every step of the token's making. A token that is refused exits with 1."""
    found = explain(
        sources.read_token(options),
        sources.read_keys(options),
        expect=sources.read_expected(options),
        now=clock.SYSTEM.now(),
    )
    if options.json:
        print_json(as_json(found))
    else:
        columns = min(shutil.get_terminal_size().columns, COLUMNS_MAX)
        print("\n".join(lines(found, columns)))
    return 1 if found.verdict is Verdict.REFUSED else 0


def lines(found: Explanation, columns: int) -> Iterator[str]:
    """Yield the explanation as lines for people."""
    yield from _part("1. Header", found.header, "red", columns)
    yield from _part("2. Payload", found.payload, "magenta", columns)
    if found.times:
        yield from (f"   {t.claim:9} {t.value:<11} {t.utc}, {t.words}" for t in found.times)
        yield ""
    yield tinted("3. Signing input", "bold") + ": header, a dot, payload"
    yield from _wrapped(found.signing_input, columns)
    yield ""
    yield from _part("4. Signature", found.signature, "cyan", columns)
    yield from _verdict(found, columns)


def as_json(found: Explanation) -> dict[str, object]:
    """Return the explanation as the members of one JSON object."""
    return {
        "header": _part_members(found.header),
        "payload": _part_members(found.payload),
        "signing_input": found.signing_input,
        "signature": {
            "encoded": found.signature.b64u,
            "hex": found.signature.text,
            "encoding": found.signature.encoding,
            "fault": found.signature.fault or None,
        },
        "algorithm": found.algorithm and found.algorithm.name,
        "times": [
            {"claim": t.claim, "value": t.value, "utc": t.utc, "words": t.words}
            for t in found.times
        ],
        "verdict": found.verdict.value,
        "checks": [
            {"name": c.name, "asks": c.asks, "outcome": c.outcome.value} for c in found.checks
        ],
        "failures": [{"code": f.code, "claim": f.claim, "hint": f.hint} for f in found.failures],
        "token_bytes": found.token_bytes,
    }


def _part_members(part: Part) -> dict[str, object]:
    return {
        "encoded": part.b64u,
        "text": part.text,
        "members": dict(part.members),
        "encoding": part.encoding,
        "fault": part.fault or None,
    }


def _part(title: str, part: Part, tint: str, columns: int) -> Iterator[str]:
    yield tinted(title, "bold")
    yield from (tinted(line, tint) for line in _wrapped(part.b64u, columns))
    if part.fault:
        yield f"   cannot be read: {harmless(part.fault)}"
        yield ""
        return
    shown = harmless(part.pretty or part.text)
    yield from (
        _wrapped(shown, columns) if not part.pretty else textwrap.indent(shown, "   ").splitlines()
    )
    yield from textwrap.wrap(
        part.encoding, columns, initial_indent="   = ", subsequent_indent="     "
    )
    yield ""


def _verdict(found: Explanation, columns: int) -> Iterator[str]:
    if found.verdict is Verdict.NOT_CHECKED:
        yield tinted("5. Verdict", "bold") + ": not checked, because no key was given"
        yield "   Add --jwks FILE, --key-file FILE or --secret-file FILE."
        return
    tint = "green" if found.verdict is Verdict.VERIFIED else "red"
    yield tinted("5. Verdict", "bold") + ": " + tinted(found.verdict.value, tint)
    for failure in found.failures:
        about = f" ({failure.claim})" if failure.claim else ""
        text = harmless(f"{failure.code}{about}: {failure.hint}")
        yield from textwrap.wrap(text, columns, initial_indent="   ", subsequent_indent="   ")
    for check in found.checks:
        yield f"   {SIGNS[check.outcome]:7} {check.name:11} {check.asks}"


def _wrapped(text: str, columns: int) -> list[str]:
    """Break text without spaces into indented lines."""
    width = columns - 3
    shown = harmless(text)
    return [f"   {shown[at : at + width]}" for at in range(0, len(shown), width)]
