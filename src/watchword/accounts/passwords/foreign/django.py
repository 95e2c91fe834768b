"""Django's hashes: the name of the hasher, then its parts, separated by dollar signs.

    pbkdf2_sha256$600000$SALT$DIGEST
    scrypt$16384$SALT$8$5$DIGEST
    argon2$argon2id$v=19$..., bcrypt_sha256$$2b$..., bcrypt$$2b$...

The salt is text and is hashed as it stands.

Source: Django's documentation, "Password management in Django".
"""

import re

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign import argon2, bcrypt
from watchword.accounts.passwords.foreign.format import (
    Format,
    base64_bytes,
    matched,
    power_of_two,
    take,
)
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read"]

_SALT = r"(?P<salt>[\x21-\x23\x25-\x7e]{1,128})"  # everything visible but the dollar sign
_DIGEST = r"(?P<digest>[A-Za-z0-9+/]+={0,2})"
_PBKDF2 = re.compile(rf"pbkdf2_(?P<name>sha256|sha1)\$(?P<i>[1-9][0-9]{{0,9}})\${_SALT}\${_DIGEST}")
_SCRYPT = re.compile(
    rf"scrypt\$(?P<n>[1-9][0-9]{{0,9}})\${_SALT}"
    rf"\$(?P<r>[1-9][0-9]{{0,3}})\$(?P<p>[1-9][0-9]{{0,3}})\${_DIGEST}"
)


def read(text: str) -> StoredHash:
    """Read what Django stores.

    Raises:
        HashNotTaken: malformed, too costly, or of a hasher that is not taken.
    """
    hasher, _, rest = text.partition("$")
    match hasher:
        case "pbkdf2_sha256" | "pbkdf2_sha1":
            return _pbkdf2(text)
        case "scrypt":
            return _scrypt(text)
        case "argon2":
            return argon2.read(f"${rest}")
        case "bcrypt_sha256":
            return bcrypt.read_as("bcrypt-hex-sha256", rest)
        case "bcrypt":
            return bcrypt.read(rest)
        case _:
            raise HashNotTaken(f"Django's {hasher} is not taken over: it can be guessed in no time")


def _pbkdf2(text: str) -> StoredHash:
    found = matched(_PBKDF2, text, "a Django PBKDF2 hash")
    salt, digest = found["salt"].encode("ascii"), base64_bytes(found["digest"])
    return take(f"pbkdf2-{found['name']}", {"i": int(found["i"])}, salt, digest)


def _scrypt(text: str) -> StoredHash:
    found = matched(_SCRYPT, text, "a Django scrypt hash")
    cost = {"n": power_of_two(int(found["n"])), "r": int(found["r"]), "p": int(found["p"])}
    return take("scrypt", cost, found["salt"].encode("ascii"), base64_bytes(found["digest"]))


FORMAT = Format(
    name="Django",
    begins=(
        "pbkdf2_sha256$",
        "pbkdf2_sha1$",
        "scrypt$",
        "argon2$",
        "bcrypt_sha256$",
        "bcrypt$",
        "md5$",
        "sha1$",
        "unsalted_md5$",
        "unsalted_sha1$",
        "crypt$",
    ),
    read=read,
    spelling=(
        "pbkdf2_sha256$I$SALT$DIGEST",
        "pbkdf2_sha1$I$SALT$DIGEST",
        "scrypt$N$SALT$R$P$DIGEST",
        "argon2$argon2id$...",
        "bcrypt_sha256$$2b$...",
        "bcrypt$$2b$...",
    ),
)
