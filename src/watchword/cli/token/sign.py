"""Make a token from claims and sign it with a key from a file."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from watchword.base import strict_json
from watchword.base.duration import Duration, seconds
from watchword.base.limits import KEY_FILE_BYTES_MAX
from watchword.cli.exits import WrongUsage
from watchword.cli.printing import print_json
from watchword.cli.token import keyfiles, sources
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jwt.token import Token

__all__ = ["act", "add_options"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `token sign`."""
    sources.add_key_options(parser)
    parser.add_argument(
        "--claim",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="a claim; NAME:=JSON for a number, list, object, true or false; may be repeated",
    )
    parser.add_argument(
        "--claims", type=Path, metavar="FILE", help="a JSON object of claims; - is standard input"
    )
    parser.add_argument(
        "--lifetime",
        required=True,
        metavar="DURATION",
        help="from iat to exp, such as 15m; none: exp is among the claims, or the token never ends "
        "and `verify` refuses it",
    )
    parser.add_argument(
        "--typ",
        default="plain",
        metavar="TYPE",
        help='the kind of token, such as "at+jwt"; plain: no explicit kind, which is the default',
    )
    parser.add_argument(
        "--kid",
        metavar="ID",
        help="names the key in the header; none: no kid (default: the kid that the key's JWK has, "
        "or else the thumbprint of a key pair, as keygen and jwks name it)",
    )


def act(options: argparse.Namespace) -> int:
    """Print the signed token."""
    key = sources.read_key(options)
    if key is None:
        raise WrongUsage("no key is named", fix="Add --key-file FILE or --secret-file FILE")
    claims, lifetime = _claims(options), _lifetime(options.lifetime)
    _check_end(claims, lifetime)
    token = Token(key.algorithm, claims, expires_in=lifetime, typ=sources.read_type(options.typ))
    key = _named(key, options.kid)
    text = token.signed_string(key)
    if options.json:
        header = {**token.header, **({} if key.kid is None else {"kid": key.kid})}
        print_json({"token": text, "header": header, "claims": dict(token.claims)})
    else:
        print(text)
    return 0


def _named(key: Key | HmacKey, kid: str | None) -> Key | HmacKey:
    """Return the key under the kid by which verifiers are to choose it.

    A shared secret gets no thumbprint unasked: it would help to guess a guessable one.
    """
    if kid is None:
        kid = key.thumbprint() if key.kid is None and isinstance(key, Key) else key.kid
    elif kid == "none":
        kid = None
    if kid == key.kid:
        return key
    members = {name: value for name, value in key.to_jwk(private=True).items() if name != "kid"}
    return type(key).from_jwk(members if kid is None else members | {"kid": kid})


def _lifetime(text: str) -> Duration | None:
    if text == "none":
        return None
    try:
        return seconds(text)
    except ValueError as error:
        raise WrongUsage(f"--lifetime: {error}") from None


def _check_end(claims: Mapping[str, object], lifetime: Duration | None) -> None:
    """Let one of two say when the token ends, and tell of a token that never does."""
    if lifetime is not None and "exp" in claims:
        raise WrongUsage(
            "both --lifetime and the claim exp say when the token ends",
            fix="Leave exp out, or write --lifetime none",
        )
    if lifetime is None and "exp" not in claims:
        print(
            "This token never ends: `watchword token verify` refuses it, as does every\n"
            "verifier that does not allow such tokens.",
            file=sys.stderr,
        )


def _claims(options: argparse.Namespace) -> dict[str, object]:
    claims = {} if options.claims is None else _from_file(options.claims)
    given: dict[str, object] = {}
    for word in options.claim:
        marked, equals, value = word.partition("=")
        name = marked.removesuffix(":")
        if not equals or not name:
            raise WrongUsage(f"--claim {word!r} is not NAME=TEXT")
        if name in given:
            raise WrongUsage(f"--claim {name} is given twice")
        given[name] = _json(name, value) if marked.endswith(":") else value
    return claims | given


def _from_file(path: Path) -> dict[str, object]:
    try:
        found = strict_json.loads(keyfiles.read_file(path), bytes_max=KEY_FILE_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        raise WrongUsage(f"{path} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise WrongUsage(f"{path} holds no JSON object")
    return found


def _json(name: str, text: str) -> object:
    try:
        data = text.encode("utf-8", "surrogateescape")  # the bytes that were typed
        return strict_json.loads(data, bytes_max=KEY_FILE_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        fault = f"--claim {name}:= is followed by JSON, such as 7 or true: {error}"
        raise WrongUsage(fault) from None
