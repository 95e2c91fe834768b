"""The ways in which a stored password hash may have been made: one table.

Passwords are hashed by the first row alone. The others came with imported accounts; each is
replaced by the first at the next login. A label names a scheme and its cost, and the histogram of
stored labels is what the decoys for unknown names are drawn from.

Source: security.md D5 and rule 33; users.md U111 to U113.
"""

from types import MappingProxyType

from watchword.accounts.passwords.schemes import argon2, bcrypt, firebase, pbkdf2, salted, scrypt
from watchword.accounts.passwords.schemes.scheme import Scheme

__all__ = ["SCHEMES"]

_ALL: tuple[Scheme, ...] = (
    argon2.OWN,
    *argon2.FOREIGN,
    *bcrypt.SCHEMES,
    *pbkdf2.SCHEMES,
    scrypt.SCHEME,
    firebase.SCHEME,
    *salted.SCHEMES,
)
SCHEMES = MappingProxyType({scheme.name: scheme for scheme in _ALL})
