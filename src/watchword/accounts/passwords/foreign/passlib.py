"""passlib's hashes, as FastAPI and Flask applications store them.

    $pbkdf2-sha256$29000$SALT$DIGEST          ($pbkdf2$ is of SHA-1)
    $bcrypt-sha256$v=2,t=2b,r=12$SALT$DIGEST  (before: $bcrypt-sha256$2b,12$SALT$DIGEST)
    $scrypt$ln=16,r=8,p=1$SALT$DIGEST

Source: passlib's documentation, chapter "Password Hashes".
"""

import re

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign.format import (
    Format,
    adapted_base64,
    base64_bytes,
    matched,
    take,
)
from watchword.accounts.passwords.schemes.bcrypt import from_bcrypt64, to_bcrypt64
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read", "read_pbkdf2"]

_PBKDF2 = re.compile(
    r"(?:\$pbkdf2|\$pbkdf2-(?P<name>sha256|sha512))\$(?P<i>[1-9][0-9]{0,9})"
    r"\$(?P<salt>[A-Za-z0-9./]+)\$(?P<digest>[A-Za-z0-9./]+)"
)
_BCRYPT_SHA256 = re.compile(
    r"\$bcrypt-sha256\$(?:(?P<second>v=2,t=2[aby],r=)|2[aby],)(?P<rounds>[1-9][0-9]?)"
    r"\$(?P<salt>[./A-Za-z0-9]{22})\$(?P<digest>[./A-Za-z0-9]{31})"
)
_SCRYPT = re.compile(
    r"\$scrypt\$ln=(?P<n>[1-9][0-9]?),r=(?P<r>[1-9][0-9]{0,3}),p=(?P<p>[1-9][0-9]{0,3})"
    r"\$(?P<salt>[A-Za-z0-9+/]+)\$(?P<digest>[A-Za-z0-9+/]+)"
)


def read(text: str) -> StoredHash:
    """Read what passlib makes.

    Raises:
        HashNotTaken: malformed or too costly.
    """
    if text.startswith("$bcrypt-sha256$"):
        return _bcrypt_sha256(text)
    return _scrypt(text) if text.startswith("$scrypt$") else read_pbkdf2(text)


def read_pbkdf2(text: str) -> StoredHash:
    """Read passlib's PBKDF2, which LDAP directories hold too.

    Raises:
        HashNotTaken: malformed or too costly.
    """
    found = matched(_PBKDF2, text, "a passlib PBKDF2 hash")
    salt, digest = adapted_base64(found["salt"]), adapted_base64(found["digest"])
    return take(f"pbkdf2-{found['name'] or 'sha1'}", {"i": int(found["i"])}, salt, digest)


def _bcrypt_sha256(text: str) -> StoredHash:
    found = matched(_BCRYPT_SHA256, text, "a passlib bcrypt_sha256 hash")
    salt, digest = from_bcrypt64(found["salt"]), from_bcrypt64(found["digest"])
    if to_bcrypt64(salt) != found["salt"]:  # the text of the salt is the key of the HMAC
        raise HashNotTaken("a passlib bcrypt_sha256 hash is malformed")
    scheme = "bcrypt-hmac-sha256" if found["second"] else "bcrypt-base64-sha256"
    return take(scheme, {"r": int(found["rounds"])}, salt, digest)


def _scrypt(text: str) -> StoredHash:
    found = matched(_SCRYPT, text, "a scrypt hash")
    cost = {name: int(found[name]) for name in ("n", "r", "p")}
    return take("scrypt", cost, base64_bytes(found["salt"]), base64_bytes(found["digest"]))


FORMAT = Format(
    name="passlib",
    begins=("$pbkdf2$", "$pbkdf2-sha256$", "$pbkdf2-sha512$", "$bcrypt-sha256$", "$scrypt$"),
    read=read,
    spelling=(
        "$pbkdf2-sha256$I$SALT$DIGEST",
        "$pbkdf2-sha512$I$SALT$DIGEST",
        "$pbkdf2$I$SALT$DIGEST",
        "$bcrypt-sha256$v=2,t=2b,r=R$SALT$DIGEST",
        "$scrypt$ln=N,r=R,p=P$SALT$DIGEST",
    ),
)
