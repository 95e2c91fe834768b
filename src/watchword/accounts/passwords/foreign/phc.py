"""PBKDF2 in PHC string form, which Auth0 asks for in bulk imports.

    $pbkdf2-sha512$i=100000,l=64$SALT$DIGEST

Source: PHC string format; Auth0, "Bulk User Import Database Schema and Examples".
"""

import re

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign.format import Format, base64_bytes, matched, take
from watchword.accounts.passwords.schemes.pbkdf2 import BLOCK_BYTES
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read"]

_HASH = re.compile(
    r"\$pbkdf2-(?P<name>sha1|sha256|sha512)\$i=(?P<i>[1-9][0-9]{0,9}),l=(?P<l>[1-9][0-9]{0,3})"
    r"\$(?P<salt>[A-Za-z0-9+/]+)\$(?P<digest>[A-Za-z0-9+/]+)"
)


def read(text: str) -> StoredHash:
    """Read a PBKDF2 string. A digest of several blocks is cut to the first.

    Raises:
        HashNotTaken: malformed or too costly.
    """
    found = matched(_HASH, text, "a PBKDF2 hash")
    digest = base64_bytes(found["digest"])
    if len(digest) != int(found["l"]):
        raise HashNotTaken("a PBKDF2 hash has a digest of another length than it says")
    scheme, cost = f"pbkdf2-{found['name']}", {"i": int(found["i"])}
    return take(scheme, cost, base64_bytes(found["salt"]), digest[: BLOCK_BYTES[found["name"]]])


FORMAT = Format(
    name="PHC",
    begins=("$pbkdf2-sha1$i=", "$pbkdf2-sha256$i=", "$pbkdf2-sha512$i="),
    read=read,
    spelling=("$pbkdf2-sha512$i=I,l=L$SALT$DIGEST",),
)
