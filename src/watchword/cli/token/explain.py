"""Take a token apart, step by step, and give the verdict under a key."""

import argparse
from collections.abc import Iterator

from watchword.base import clock
from watchword.cli.printing import print_json, tinted
from watchword.cli.token import decrypt, explain_jwe, explain_sdjwt, layout, sources
from watchword.jose.errors import TokenError
from watchword.jose.jwt.explain import (
    Explanation,
    Failure,
    Outcome,
    Part,
    Verdict,
    explain,
    failures_of,
)

__all__ = ["act", "add_options"]

SIGNS = {
    Outcome.PASSED: "passed",
    Outcome.NOT_ASKED: "not asked",
    Outcome.FAILED: "FAILED",
    Outcome.NOT_REACHED: "-",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words of `token explain`."""
    sources.add_token_argument(parser)
    sources.add_key_options(parser, sets="a JWKS document: the token's kid chooses the key")
    sources.add_expectation_options(parser, is_required=False)
    parser.set_defaults(enc=[], zip=True)  # `decrypt` can be told to accept less of a JWE


def act(options: argparse.Namespace) -> int:
    """Print every step of the token's making. A token that is refused exits with 1."""
    text = sources.read_any(options)
    if explain_sdjwt.is_sd_jwt(text):
        return _act_on_sd_jwt(text, options)
    if explain_jwe.is_jwe(text):
        return _act_on_jwe(text, options)
    found = explain(
        text,
        sources.read_keys(options),
        expect=sources.read_expected(options),
        now=clock.SYSTEM.now(),
    )
    if options.json:
        print_json(as_json(found))
    else:
        print("\n".join(lines(found, layout.columns())))
    return 1 if found.verdict is Verdict.REFUSED else 0


def _act_on_sd_jwt(text: str, options: argparse.Namespace) -> int:
    keys, expect = sources.read_keys(options), sources.read_expected(options)
    found = explain_sdjwt.take_apart(text, keys, expect, clock.SYSTEM.now())
    if options.json:
        print_json(as_json(found.token) | {"checks": []} | explain_sdjwt.as_json(found))
    else:
        width = layout.columns()
        print("\n".join(_signed(found.token, width)))
        print("\n".join(explain_sdjwt.lines(found, width)))
        print("\n".join(_verdict("8", found.verdict, found.failures, width)))
    return 1 if found.verdict is Verdict.REFUSED else 0


def _act_on_jwe(text: str, options: argparse.Namespace) -> int:
    found = explain_jwe.take_apart(text)
    opened = None if found.fault else _opened(text, options)
    if options.json:
        print_json(explain_jwe.as_json(found, opened))
    else:
        print("\n".join(explain_jwe.lines(found, opened, layout.columns())))
    return 1 if found.fault or (opened is not None and opened.failures) else 0


def _opened(text: str, options: argparse.Namespace) -> explain_jwe.Opened | None:
    """Decrypt where a key or a password is named."""
    if not any((options.key_file, options.jwks, options.secret_file, options.password_file)):
        return None
    try:
        return explain_jwe.Opened(decrypt.opened(text, options).data, ())
    except TokenError as error:
        return explain_jwe.Opened(b"", failures_of(error))


def lines(found: Explanation, width: int) -> Iterator[str]:
    """Yield the explanation as lines for people."""
    yield from _signed(found, width)
    yield from _verdict("5", found.verdict, found.failures, width)
    for check in found.checks:
        mark = f"   {SIGNS[check.outcome]:9} {check.name:10} "
        yield from layout.beside(mark, check.asks, width)


def _signed(found: Explanation, width: int) -> Iterator[str]:
    """Yield the parts of a signed token."""
    yield from layout.part("1. Header", found.header, "red", width)
    yield from layout.part("2. Payload", found.payload, "magenta", width)
    if found.times:
        yield from (f"   {t.claim:9} {t.value:<11} {t.utc}, {t.words}" for t in found.times)
        yield ""
    yield layout.title("3. Signing input", ": header, a dot, payload")
    yield from layout.wrapped(found.signing_input, width)
    yield ""
    yield from layout.part("4. Signature", found.signature, "cyan", width)


def _verdict(
    number: str, verdict: Verdict, failures: tuple[Failure, ...], width: int
) -> Iterator[str]:
    if verdict is Verdict.NOT_CHECKED:
        yield layout.title(f"{number}. Verdict", ": not checked, because no key was given")
        yield "   Add --jwks FILE, --key-file FILE or --secret-file FILE."
        return
    tint = "green" if verdict is Verdict.VERIFIED else "red"
    yield layout.title(f"{number}. Verdict", ": ") + tinted(verdict.value, tint)
    for failure in failures:
        yield from layout.sentence(layout.failure_text(failure), width, mark="")


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
        "failures": layout.failure_members(found.failures),
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
