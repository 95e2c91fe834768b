"""Where token commands get tokens and keys: a word, standard input, files. Secrets: files only.

Source: users.md U63.
"""

import argparse
import sys
from pathlib import Path
from typing import TypeAlias

from watchword.base.limits import JWE_JSON_BYTES_MAX
from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.token import keyfiles
from watchword.cli.token.keyfiles import STANDARD_INPUT, missing_algorithm, read_file
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jwt.expected import ANY, PLAIN, Expected, Plain, Unchecked

__all__ = [
    "add_expectation_options",
    "add_key_options",
    "add_token_argument",
    "read_any",
    "read_expected",
    "read_key",
    "read_keys",
    "read_type",
]

# More than the longest kind may have shows that it is too long; the rest need not be read.
_READ_BYTES_MAX = JWE_JSON_BYTES_MAX + 64

Keys: TypeAlias = Key | HmacKey | KeySet


def add_token_argument(
    parser: argparse.ArgumentParser,
    *,
    what: str = "the token",
    in_file: str = "a file with the token",
) -> None:
    """Add TOKEN, and --file for one that is in a file."""
    # What argparse would write breaks no group of options and grows wider than a screen.
    parser.usage = f"{parser.prog} (TOKEN | - | --file FILE) [OPTIONS]"
    parser.add_argument(
        "token", nargs="?", metavar="TOKEN", help=f"{what}, or - to read standard input"
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help=in_file)


def add_key_options(parser: argparse.ArgumentParser, *, sets: str = "") -> None:
    """Add the options that name a key, and with `sets` (its help) the one that names several."""
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument(
        "--key-file", type=Path, metavar="FILE", help="a key: PEM, DER, certificate or JWK"
    )
    keys.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help="a shared secret (HS256, HS384, HS512): its bytes alone, without a line break at the "
        "end, which is left out",
    )
    if sets:
        keys.add_argument("--jwks", type=Path, metavar="FILE", help=sets)
    parser.add_argument("--alg", metavar="NAME", help="the key's one algorithm, such as ES256")
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="opens an encrypted private key; left out, it is asked for at a terminal",
    )


def add_expectation_options(parser: argparse.ArgumentParser, *, is_required: bool) -> None:
    """Add what the token must say: issuer and audience, required or `any` where left out."""
    for name, claim in (("--issuer", "iss"), ("--audience", "aud")):
        parser.add_argument(
            name,
            required=is_required,
            default=None if is_required else "any",
            metavar="VALUE",
            help=f"the {claim} that the token must have; any: not checked",
        )
    parser.add_argument(
        "--typ",
        default="any",
        metavar="TYPE",
        help='its kind, such as "at+jwt"; plain: no explicit kind; any: not checked (the default)',
    )


def read_expected(options: argparse.Namespace) -> Expected:
    """Return what the options expect of the token."""
    return Expected(
        issuer=_unless_any(options.issuer),
        audience=_unless_any(options.audience),
        typ=ANY if options.typ == "any" else read_type(options.typ),
    )


def read_type(word: str) -> str | Plain:
    """Return the kind of token that a word names."""
    return PLAIN if word == "plain" else word


def read_any(options: argparse.Namespace) -> str:
    """Return the token of any kind that the words name, without white space around it.

    Raises:
        WrongUsage: no token is named, or two are, or what is named is a file.
    """
    if (options.token is None) == (options.file is None):
        raise WrongUsage("name one token", fix="Add TOKEN, - or --file FILE")
    if options.file is not None:
        found = read_file(options.file, bytes_max=_READ_BYTES_MAX)
        return found.decode("utf-8", "replace").strip()
    if options.token != STANDARD_INPUT:
        _refuse_path(options.token)
        return str(options.token).strip()
    return sys.stdin.read(_READ_BYTES_MAX).strip()


def _refuse_path(word: str) -> None:
    """Refuse the name of a file, which is easily given for what is in it."""
    try:
        is_file = Path(word).is_file()
    except (OSError, ValueError):  # no name of a file, such as a token of 300 characters
        return
    if is_file:
        raise WrongUsage(f"{word} is a file and no token", fix=f"Write --file {word}")


def read_keys(options: argparse.Namespace) -> Keys | None:
    """Return the key or keys to verify with, or None where none is named."""
    if options.jwks is not None:
        return KeySet.from_jwks(
            read_file(options.jwks), algorithms=(options.alg,) if options.alg else ()
        )
    return read_key(options)


def read_key(options: argparse.Namespace) -> Key | HmacKey | None:
    """Return the key that the options name, or None where none is named."""
    if options.secret_file is not None:
        # Editors end a file with a line break, which is no part of the secret.
        secret = read_file(options.secret_file).removesuffix(b"\n").removesuffix(b"\r")
        return HmacKey(secret, alg=keyfiles.named_algorithm(_alg(options, "HS256")))
    if options.key_file is None:
        return None
    keys = keyfiles.read_keys(
        options.key_file, alg=options.alg, password_file=options.password_file
    )
    if len(keys) != 1 or not isinstance(keys[0], Key | HmacKey):
        raise Misconfigured(f"{options.key_file} holds no single key for signatures")
    if options.alg not in (None, keys[0].alg):
        raise Misconfigured(f"{options.key_file} holds a key for {keys[0].alg}")
    return keys[0]


def _alg(options: argparse.Namespace, example: str) -> str:
    if options.alg is None:
        raise missing_algorithm("this file", example)
    return str(options.alg)


def _unless_any(value: str) -> str | Unchecked:
    return ANY if value == "any" else value
