"""Make a key pair or a shared secret, and write it where nothing stands yet."""

import argparse
import os
import sys
from pathlib import Path

from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.cli.printing import pretty_json, print_json
from watchword.cli.token import keyfiles
from watchword.cli.token.keyfiles import AnyKey
from watchword.jose.algorithms.table import ALGORITHMS, CONTENT_ENCRYPTION, KEY_MANAGEMENT, Mode
from watchword.jose.jwe.key import Key as EncryptionKey
from watchword.jose.jwe.secret import Secret as EncryptionSecret
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jwk.thumbprint import thumbprint

__all__ = ["act", "add_options"]

FORMS = {".pem": "pem", ".der": "der", ".pub": "openssh"}
PRIVATE_MODE, PUBLIC_MODE = 0o600, 0o644
STANDARD_OUTPUT = Path("-")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `token keygen`."""
    parser.add_argument("--alg", required=True, metavar="NAME", help="the key's one algorithm")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="where the private key or the secret goes; - prints it",
    )
    parser.add_argument(
        "--public-out", type=Path, metavar="FILE", help="where the public half goes; - prints it"
    )
    parser.add_argument(
        "--form",
        choices=("jwk", "pem", "der", "openssh"),
        help="how both are written (default: what the name of the file says, else jwk)",
    )
    parser.add_argument(
        "--kid",
        default="auto",
        metavar="ID",
        help="auto: the RFC 7638 thumbprint; none: no kid. Only a JWK holds another: sign and jwks "
        "name a key of any other form by its thumbprint",
    )
    parser.add_argument("--crv", metavar="NAME", help="the curve, where --alg leaves a choice")
    parser.add_argument("--bits", type=int, metavar="N", help="of an RSA modulus (default: 2048)")
    parser.add_argument("--enc", metavar="NAME", help="with --alg dir: what the secret encrypts")
    parser.add_argument(
        "--encrypt", action="store_true", help="encrypt the private key; asks for a password"
    )
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help="encrypt with the password in FILE"
    )


def act(options: argparse.Namespace) -> int:
    """Write the key and say what was written."""
    if options.out == options.public_out:
        raise WrongUsage("--out and --public-out are two places")
    name = keyfiles.named_algorithm(options.alg)
    key = _generated(name, options)
    is_pair = isinstance(key, Key | EncryptionKey)
    if options.public_out is not None and not is_pair:
        raise WrongUsage(f"{name} takes a shared secret, which has no public half")
    password = _password(options)
    private = _private(key, _form(options.form, options.out), password)
    public = None
    if options.public_out is not None:
        public = _public(key, _form(options.form, options.public_out))
        _write(options.public_out, public, PUBLIC_MODE)
    try:
        _write(options.out, private, PRIVATE_MODE)
    except Misconfigured:
        if public is not None and options.public_out != STANDARD_OUTPUT:
            options.public_out.unlink()  # it was made a moment ago, for a key that is lost
        raise
    _report(options, key, is_protected=password is not None)
    return 0


def _generated(name: str, options: argparse.Namespace) -> AnyKey:
    kid = None if options.kid == "none" else options.kid
    if name in ALGORITHMS and not ALGORITHMS[name].is_symmetric:
        return Key.generate(name, kid=kid, crv=options.crv, bits=options.bits)
    row = KEY_MANAGEMENT.get(name)
    if row is not None and row.mode is Mode.PASSWORD:
        raise WrongUsage(f"{name} takes a password, which nobody generates as a key")
    if row is not None and not row.is_symmetric:
        return EncryptionKey.generate(name, kid=kid, crv=options.crv, bits=options.bits)
    if row is None:
        secret: HmacKey | EncryptionSecret = HmacKey.generate(name)
    else:
        if row.mode is Mode.DIRECT and options.enc is None:
            raise WrongUsage(
                "with dir, the secret is the key of one content encryption",
                fix=f"Add --enc, one of {', '.join(CONTENT_ENCRYPTION)}",
            )
        secret = EncryptionSecret.generate(name, enc=options.enc)
    members = secret.to_jwk(private=True)
    named = thumbprint(members) if kid == "auto" else kid
    return type(secret).from_jwk(members | ({} if named is None else {"kid": named}))


def _password(options: argparse.Namespace) -> bytes | None:
    if options.password_file is not None:
        return keyfiles.read_file(options.password_file).rstrip(b"\r\n")
    return keyfiles.ask_twice("Password of the private key") if options.encrypt else None


def _form(asked: str | None, path: Path) -> str:
    return asked or FORMS.get(path.suffix, "jwk")


def _private(key: AnyKey, form: str, password: bytes | None) -> bytes:
    """Return the private half or the secret as a file's bytes."""
    if form == "jwk":
        if password is not None:
            raise WrongUsage("a JWK is not encrypted", fix="Add --form pem or --form der")
        return pretty_json(key.to_jwk(private=True))
    if not isinstance(key, Key | EncryptionKey):
        raise WrongUsage("a shared secret is written as a JWK", fix="Add --form jwk")
    unprotected = password is None
    if form == "openssh":
        return key.to_ssh(private=True, password=password, unprotected=unprotected).encode()
    if form == "der":
        return key.to_der(private=True, password=password, unprotected=unprotected)
    return key.to_pem(private=True, password=password, unprotected=unprotected).encode()


def _public(key: AnyKey, form: str) -> bytes:
    """Return the public half as a file's bytes."""
    if form == "jwk" or not isinstance(key, Key | EncryptionKey):
        return pretty_json(key.to_jwk())
    if form == "openssh":
        return f"{key.to_ssh()}\n".encode()
    return key.to_der() if form == "der" else key.to_pem().encode()


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a file that does not exist yet, and that others can read only if `mode` says so.

    Raises:
        Misconfigured: something stands there, or it cannot be written.
    """
    if path == STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Misconfigured(
            f"{path} exists, and a key is never written over a file",
            fix="Name another file, or move this one away",
        ) from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _report(options: argparse.Namespace, key: AnyKey, *, is_protected: bool) -> None:
    """Say what was written; on standard error where standard output holds a key."""
    is_printed = STANDARD_OUTPUT in (options.out, options.public_out)
    is_pair = isinstance(key, Key | EncryptionKey)
    if options.json:
        if not is_printed:
            print_json(
                {
                    "alg": key.alg,
                    "kid": key.kid,
                    "private": str(options.out),
                    "public": options.public_out and str(options.public_out),
                    "encrypted": is_protected,
                    "jwk": key.to_jwk() if is_pair else None,
                }
            )
        return
    kind = "key pair" if is_pair else "shared secret"
    half = "private half" if is_pair else "secret      "
    where = [f"{key.alg} {kind}, kid {key.kid or 'none'}"]
    if options.out != STANDARD_OUTPUT:
        protection = "encrypted" if is_protected else "not encrypted"
        where.append(f"  {half}  {options.out} (readable by its owner alone, {protection})")
    if options.public_out not in (None, STANDARD_OUTPUT):
        where.append(f"  public half   {options.public_out}")
    print("\n".join(where), file=sys.stderr if is_printed else sys.stdout)
