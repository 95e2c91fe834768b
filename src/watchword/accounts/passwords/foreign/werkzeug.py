"""Werkzeug's hashes, which Flask applications store.

    scrypt:32768:8:1$SALT$HEX
    pbkdf2:sha256:1000000$SALT$HEX

The salt is text and is hashed as it stands.

Source: Werkzeug's documentation, `werkzeug.security.generate_password_hash`.
"""

import re

from watchword.accounts.passwords.foreign.format import (
    Format,
    hex_bytes,
    matched,
    power_of_two,
    take,
)
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read"]

_REST = r"\$(?P<salt>[\x21-\x23\x25-\x7e]{1,128})\$(?P<digest>[0-9a-f]+)"
_PBKDF2 = re.compile(rf"pbkdf2:(?P<name>sha1|sha256|sha512)(?::(?P<i>[1-9][0-9]{{0,9}})){_REST}")
_SCRYPT = re.compile(
    rf"scrypt:(?P<n>[1-9][0-9]{{0,9}}):(?P<r>[1-9][0-9]{{0,3}}):(?P<p>[1-9][0-9]{{0,3}}){_REST}"
)


def read(text: str) -> StoredHash:
    """Read what Werkzeug makes.

    Raises:
        HashNotTaken: malformed or too costly.
    """
    return _scrypt(text) if text.startswith("scrypt:") else _pbkdf2(text)


def _pbkdf2(text: str) -> StoredHash:
    found = matched(_PBKDF2, text, "a Werkzeug PBKDF2 hash")
    salt, digest = found["salt"].encode("ascii"), hex_bytes(found["digest"])
    return take(f"pbkdf2-{found['name']}", {"i": int(found["i"])}, salt, digest)


def _scrypt(text: str) -> StoredHash:
    found = matched(_SCRYPT, text, "a Werkzeug scrypt hash")
    cost = {"n": power_of_two(int(found["n"])), "r": int(found["r"]), "p": int(found["p"])}
    return take("scrypt", cost, found["salt"].encode("ascii"), hex_bytes(found["digest"]))


FORMAT = Format(
    name="Werkzeug",
    begins=("pbkdf2:", "scrypt:"),
    read=read,
    spelling=("scrypt:N:R:P$SALT$HEX", "pbkdf2:sha256:I$SALT$HEX"),
)
