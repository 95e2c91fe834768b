"""Key files of any form and of either use: for signatures, or for encryption.

Source: users.md U63 (secrets come from files, a terminal or standard input, never from a word).
"""

import argparse
import getpass
import os
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from watchword.base import strict_json
from watchword.base.limits import KEY_FILE_BYTES_MAX
from watchword.cli.exits import Misconfigured, WrongUsage
from watchword.jose.algorithms.table import ALGORITHMS, CONTENT_ENCRYPTION, KEY_MANAGEMENT
from watchword.jose.errors import InvalidKey
from watchword.jose.jwe.key import Key as EncryptionKey
from watchword.jose.jwe.secret import Secret as EncryptionSecret
from watchword.jose.jwk.forms import ENCRYPTED, Form, form_of
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey

__all__ = [
    "STANDARD_INPUT",
    "AnyKey",
    "ask_password",
    "ask_twice",
    "listed",
    "missing_algorithm",
    "named_algorithm",
    "read_file",
    "read_keys",
    "read_members",
    "read_password",
]

STANDARD_INPUT = "-"

AnyKey: TypeAlias = Key | HmacKey | EncryptionKey | EncryptionSecret


def named_algorithm(name: str) -> str:
    """Return an algorithm's name if it exists, whether it signs or encrypts.

    Raises:
        WrongUsage: names those that do.
    """
    if name in ALGORITHMS or name in KEY_MANAGEMENT:
        return name
    known = {each.lower(): each for each in (*ALGORITHMS, *KEY_MANAGEMENT)}
    near = get_close_matches(name.lower(), known, n=1)
    meant = f"Did you mean {known[near[0]]}? All names: " if near else "Name one of "
    raise WrongUsage(
        f"--alg {name!r} does not exist here", fix=f"{meant}{', '.join(known.values())}"
    )


def missing_algorithm(what: object, example: str = "ES256") -> WrongUsage:
    """Return the refusal of a key that does not say what it is for."""
    return WrongUsage(
        f"a key does one algorithm, and {what} does not say which",
        fix=f"Add --alg, such as --alg {example}",
    )


def read_keys(
    path: Path, *, alg: str | None, password_file: Path | None = None, enc: str | None = None
) -> list[AnyKey]:
    """Return the keys of a file: a JWKS, a JWK, PEM, DER, OpenSSH or a certificate.

    Args:
        path: the file; `-` is standard input.
        alg: what a key that does not say so itself is for.
        password_file: holds the password of an encrypted private key; left out, a person at a
            terminal is asked for it.
        enc: with dir, the content encryption of a secret that does not say so itself.

    Raises:
        KeyRefused: the file holds no usable key.
        WrongUsage: the file does not say what its key is for, and `alg` is left out.
        Misconfigured: it is encrypted, and neither a file nor a terminal gives its password.
    """
    data = read_file(path)
    if data.lstrip()[:1] == b"{":
        return [_from_jwk(jwk, alg, enc) for jwk in listed(read_members(path, data))]
    if alg is None:
        raise missing_algorithm(path)
    password = None if password_file is None else _password_in(password_file)
    try:
        return [_from_file(data, alg, password)]
    except InvalidKey as error:
        if error.hint != ENCRYPTED:
            raise
    if not sys.stdin.isatty():
        raise Misconfigured(
            f"{path} is an encrypted private key, and there is no terminal to ask for its password",
            fix="Add --password-file FILE",
        )
    return [_from_file(data, alg, ask_password("Password of the key"))]


def read_file(path: Path, *, bytes_max: int = KEY_FILE_BYTES_MAX) -> bytes:
    """Return a file of at most 64 KiB, or what else is said; `-` is standard input.

    Raises:
        Misconfigured: it cannot be read, or is larger.
    """
    try:
        if str(path) == STANDARD_INPUT:
            data = sys.stdin.buffer.read(bytes_max + 1)
        else:
            with path.open("rb") as file:
                data = file.read(bytes_max + 1)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > bytes_max:
        raise Misconfigured(f"{path} is larger than {bytes_max} bytes")
    return data


def read_members(path: Path, data: bytes) -> dict[str, object]:
    """Return the members of a JSON object that a file holds.

    Raises:
        Misconfigured: it holds none.
    """
    try:
        members = strict_json.loads(data, bytes_max=KEY_FILE_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        raise Misconfigured(f"{path} is no JSON: {error}") from None
    if not isinstance(members, dict):
        raise Misconfigured(f"{path} holds no JSON object")
    return members


def listed(members: Mapping[str, object]) -> Iterable[Mapping[str, object]]:
    """Return the JWKs of a JWKS, or the one that the members are."""
    if "keys" not in members:
        return [members]
    keys = members["keys"]
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Misconfigured("the JWKS has no list of keys")
    return keys


def read_password(options: argparse.Namespace, question: str) -> bytes | None:
    """Return a password from its file or, where a person sits there, from the terminal."""
    if options.password_file is not None:
        return _password_in(options.password_file)
    return ask_password(question) if sys.stdin.isatty() else None


def ask_password(question: str) -> bytes:
    """Ask for a password on the terminal, which does not show it."""
    return getpass.getpass(f"{question}: ").encode()


def ask_twice(question: str) -> bytes:
    """Ask for a password to be set.

    Raises:
        WrongUsage: there is no terminal, the password is empty, or the two are not the same.
    """
    if not sys.stdin.isatty():
        raise WrongUsage(
            "there is no terminal to ask for the password",
            fix=f"Add --password-file FILE{', such as /dev/fd/3' if os.name == 'posix' else ''}",
        )
    password = ask_password(question)
    if not password or password != ask_password(f"{question}, once more"):
        raise WrongUsage("the password is empty, or the two are not the same")
    return password


def _password_in(path: Path) -> bytes:
    return read_file(path).rstrip(b"\r\n")


def _from_file(data: bytes, alg: str, password: bytes | None) -> Key | EncryptionKey:
    """Read a file of any form but JSON."""
    name = named_algorithm(alg)
    kind: type[Key | EncryptionKey] = Key if name in ALGORITHMS else EncryptionKey
    match form_of(data):
        case Form.CERTIFICATE:
            return kind.from_cert(data, alg=name)
        case Form.SSH:
            return kind.from_ssh(data, alg=name, password=password)
        case Form.PEM:
            return kind.from_pem(data, alg=name, password=password)
        case _:
            return kind.from_der(data, alg=name, password=password)


def _from_jwk(jwk: Mapping[str, object], alg: str | None, enc: str | None) -> AnyKey:
    """Read a JWK for whichever use its algorithm has."""
    named = jwk.get("alg", alg)
    if named is None:
        raise missing_algorithm("the JWK")
    alg = None if "alg" in jwk else alg
    is_shared = jwk.get("kty") == "oct"
    if isinstance(named, str) and (named in KEY_MANAGEMENT or named in CONTENT_ENCRYPTION):
        if is_shared:
            return EncryptionSecret.from_jwk(jwk, alg=alg, enc=enc)
        return EncryptionKey.from_jwk(jwk, alg=alg)
    return HmacKey.from_jwk(jwk, alg=alg) if is_shared else Key.from_jwk(jwk, alg=alg)
