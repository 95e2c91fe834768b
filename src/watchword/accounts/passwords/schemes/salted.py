"""One digest of password and salt: the hashes of LDAP directories.

They cost next to nothing to guess, which is why they do not outlive the next login.

Source: RFC 2307 section 5.3; OpenLDAP Administrator's Guide, section 14.4.
"""

import hashlib
from functools import partial

from watchword.accounts.passwords.schemes.scheme import Parameters, Scheme, as_typed, frozen

__all__ = ["SCHEMES"]


def _derive(name: str, password: bytes, salt: bytes, _: Parameters, length: int) -> bytes:
    return hashlib.new(name, password + salt).digest()[:length]


SCHEMES = tuple(
    Scheme(
        name=f"salted-{name}",
        limits=frozen({"i": (1, 1)}),
        salt_bytes=(1, 64),
        digest_bytes=(size, size),
        spelling=as_typed,
        derive=partial(_derive, name),
        comes_from=f"LDAP directories ({ldap})",
        decoy_bytes=(8, size),
    )
    for name, size, ldap in (
        ("sha1", 20, "SSHA"),
        ("sha256", 32, "SSHA256"),
        ("sha512", 64, "SSHA512"),
    )
)
