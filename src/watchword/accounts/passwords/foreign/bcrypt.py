"""bcrypt in its own string form: PHP, Node.js, Auth0, Supabase, Go, Spring.

    $2b$12$SALT_AND_DIGEST

`$2a$`, `$2b$` and `$2y$` are one computation; `$2x$` marks hashes made by a faulty one.

Source: Provos and Mazieres, "A Future-Adaptable Password Scheme"; users.md U112.
"""

import re

from watchword.accounts.passwords.foreign.format import Format, matched, take
from watchword.accounts.passwords.schemes.bcrypt import from_bcrypt64
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read", "read_as"]

_HASH = re.compile(
    r"\$2[aby]\$(?P<rounds>[0-3][0-9])\$(?P<salt>[./A-Za-z0-9]{22})(?P<digest>[./A-Za-z0-9]{31})"
)


def read(text: str) -> StoredHash:
    """Read a bcrypt string.

    Raises:
        HashNotTaken: malformed or too costly.
    """
    return read_as("bcrypt", text)


def read_as(scheme: str, text: str) -> StoredHash:
    """Read a bcrypt string whose password was prepared first, as the scheme says.

    Raises:
        HashNotTaken: as `read`.
    """
    found = matched(_HASH, text, "a bcrypt hash")
    salt, digest = from_bcrypt64(found["salt"]), from_bcrypt64(found["digest"])
    return take(scheme, {"r": int(found["rounds"])}, salt, digest)


FORMAT = Format(
    name="bcrypt",
    begins=("$2a$", "$2b$", "$2y$"),
    read=read,
    spelling=("$2b$12$...", "$2a$12$...", "$2y$12$..."),
)
