"""Argon2 in its own string form: argon2-cffi, passlib, PHP, Go, Node.js.

    $argon2id$v=19$m=65536,t=3,p=4$SALT$DIGEST

Source: PHC string format; the encoded form of the Argon2 reference implementation.
"""

import re

from watchword.accounts.passwords.foreign.format import Format, base64_bytes, matched, take
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read"]

_HASH = re.compile(
    r"\$(?P<kind>argon2id|argon2i)(?:\$v=(?P<version>16|19))?"
    r"\$m=(?P<m>[1-9][0-9]{0,9}),t=(?P<t>[1-9][0-9]{0,9}),p=(?P<p>[1-9][0-9]{0,9})"
    r"\$(?P<salt>[A-Za-z0-9+/]+)\$(?P<digest>[A-Za-z0-9+/]+)"
)


def read(text: str) -> StoredHash:
    """Read an Argon2 string. Without a version it is of the first one, 0x10.

    Raises:
        HashNotTaken: malformed, with a secret or associated data, or too costly.
    """
    found = matched(_HASH, text, "an Argon2 hash")
    cost = {name: int(found[name]) for name in ("m", "t", "p")}
    scheme = f"foreign-{found['kind']}$v={found['version'] or 16}"
    return take(scheme, cost, base64_bytes(found["salt"]), base64_bytes(found["digest"]))


FORMAT = Format(
    name="Argon2",
    begins=("$argon2id$", "$argon2i$"),
    read=read,
    spelling=("$argon2id$v=19$m=..,t=..,p=..$SALT$DIGEST", "$argon2i$..."),
)
