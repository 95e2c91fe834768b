"""The `userPassword` of LDAP directories: a scheme in braces, then its value.

    {SSHA}BASE64, {SSHA256}BASE64, {SSHA512}BASE64      digest, then salt
    {PBKDF2-SHA256}I$SALT$DIGEST, {ARGON2}$argon2id$..., {CRYPT}$2y$...

Source: RFC 2307 section 5.3; OpenLDAP Administrator's Guide, section 14.4.
"""

import re

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign import argon2, bcrypt, passlib
from watchword.accounts.passwords.foreign.format import Format, base64_bytes, matched, take
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read"]

_VALUE = re.compile(r"\{(?P<scheme>[A-Za-z0-9-]{1,16})\}(?P<value>.+)")
_SALTED = {
    "SSHA": ("salted-sha1", 20),
    "SSHA256": ("salted-sha256", 32),
    "SSHA512": ("salted-sha512", 64),
}


def read(text: str) -> StoredHash:
    """Read what a directory stores.

    Raises:
        HashNotTaken: malformed, too costly, without a salt, or of a scheme that is not taken.
    """
    found = matched(_VALUE, text, "an LDAP password")
    scheme, value = found["scheme"].upper(), found["value"]
    match scheme:
        case "SSHA" | "SSHA256" | "SSHA512":
            name, size = _SALTED[scheme]
            data = base64_bytes(value)
            return take(name, {"i": 1}, data[size:], data[:size])
        case "PBKDF2":
            return passlib.read_pbkdf2(f"$pbkdf2${value}")
        case "PBKDF2-SHA256" | "PBKDF2-SHA512":
            return passlib.read_pbkdf2(f"${scheme.lower()}${value}")
        case "ARGON2":
            return argon2.read(value)
        case "CRYPT" | "BCRYPT" if value.startswith("$2"):
            return bcrypt.read(value)
        case _:
            raise HashNotTaken(f"the LDAP scheme {{{scheme}}} is not taken over")


FORMAT = Format(
    name="LDAP",
    begins=(
        "{SSHA",
        "{ssha",
        "{PBKDF2",
        "{ARGON2",
        "{CRYPT",
        "{crypt",
        "{BCRYPT",
        "{SHA",
        "{MD5",
        "{SMD5",
    ),
    read=read,
    spelling=(
        "{SSHA}BASE64",
        "{SSHA256}BASE64",
        "{SSHA512}BASE64",
        "{PBKDF2-SHA256}I$SALT$DIGEST",
        "{ARGON2}$argon2id$...",
        "{CRYPT}$2y$...",
    ),
)
