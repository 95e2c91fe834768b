"""Decrypt a token with a key from a file or with a password; print its content."""

import argparse
import sys
from pathlib import Path

from watchword.base import base64url
from watchword.cli.exits import Misconfigured, Refused, WrongUsage
from watchword.cli.printing import harmless, print_json
from watchword.cli.token import keyfiles, layout, sources
from watchword.cli.token.wording import in_options
from watchword.jose.algorithms.table import CONTENT_ENCRYPTION
from watchword.jose.errors import TokenError
from watchword.jose.jwe.decrypter import Decrypter
from watchword.jose.jwe.key import Key as EncryptionKey
from watchword.jose.jwe.opening import Decrypted
from watchword.jose.jwe.password import Password
from watchword.jose.jwe.recipient import RecipientKey
from watchword.jose.jwe.secret import Secret as EncryptionSecret

__all__ = ["act", "add_options", "opened"]

PASSWORD_ALGORITHM = "PBES2-HS256+A128KW"  # noqa: S105 - the name of an algorithm


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words of `token decrypt`."""
    sources.add_token_argument(parser)
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument(
        "--key-file", type=Path, metavar="FILE", help="a private key: PEM, DER or JWK"
    )
    keys.add_argument(
        "--secret-file", type=Path, metavar="FILE", help="a shared secret, its bytes alone"
    )
    keys.add_argument(
        "--jwks", type=Path, metavar="FILE", help="private keys: the token's kid chooses"
    )
    parser.add_argument(
        "--alg", metavar="NAME", help="what the key is for, such as RSA-OAEP-256 or ECDH-ES+A256KW"
    )
    parser.add_argument(
        "--enc",
        action="append",
        default=[],
        metavar="NAME",
        help="a content encryption to accept (default: all); may be repeated",
    )
    parser.add_argument("--zip", action="store_true", help="read compressed contents")
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="opens an encrypted private key; without a key, the token itself. Left out, it is "
        "asked for on the terminal. /dev/fd/3 is a file, too",
    )


def act(options: argparse.Namespace) -> int:
    """Print what the token holds. Who made it is another question."""
    text = sources.read_any(options)
    try:
        found = opened(text, options)
    except TokenError as error:
        raise Refused(in_options(str(error))) from None
    if options.json:
        print_json(_as_json(found))
    else:
        _print(found.data)
    return 0


def opened(text: str, options: argparse.Namespace) -> Decrypted:
    """Return what a JWE of either form holds.

    Raises:
        TokenError: it does not open with the keys that the options name.
    """
    decrypter = Decrypter(
        _keys(options), enc=options.enc or tuple(CONTENT_ENCRYPTION), zip=options.zip
    )
    return decrypter.decrypt_json(text) if text.startswith("{") else decrypter.decrypt(text)


def _keys(options: argparse.Namespace) -> list[RecipientKey]:
    """Return the keys that the options name."""
    enc = options.enc[0] if len(options.enc) == 1 else None
    if options.secret_file is not None:
        if options.alg is None:
            raise keyfiles.missing_algorithm(options.secret_file, "A256KW")
        alg = options.alg
        secret = keyfiles.read_file(options.secret_file)
        return [EncryptionSecret(secret, alg=alg, enc=enc if alg == "dir" else None)]
    path = options.key_file or options.jwks
    if path is None:
        password = keyfiles.read_password(options, "Password of the token")
        if password is None:
            raise WrongUsage(
                "no key is named",
                fix="Add --key-file FILE, --jwks FILE, --secret-file FILE or --password-file FILE",
            )
        return [Password(password, alg=options.alg or PASSWORD_ALGORITHM)]
    found = keyfiles.read_keys(path, alg=options.alg, password_file=options.password_file, enc=enc)
    usable: list[RecipientKey] = [
        key for key in found if isinstance(key, EncryptionKey | EncryptionSecret)
    ]
    if not usable:
        raise Misconfigured(f"{path} holds keys for signatures, which do not decrypt")
    return usable


def _as_json(found: Decrypted) -> dict[str, object]:
    return {
        "header": dict(found.header.members),
        "content": layout.as_text(found.data),
        "content_b64u": base64url.encode(found.data),
    }


def _print(data: bytes) -> None:
    """Print a content: as it is into a pipe or file, and harmless on a terminal."""
    if not sys.stdout.isatty():
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    text = layout.as_text(data)
    if text is None:
        raise Refused("the content is no text", fix="Send standard output to a file")
    print(harmless(text))
    if text.count(".") == 2:
        print("This is a token itself: `watchword token verify` says who signed it.",
              file=sys.stderr)  # fmt: skip
