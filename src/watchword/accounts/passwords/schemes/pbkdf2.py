"""PBKDF2.

Its output is made of blocks that do not depend on one another. The first is as hard to guess as
all of them, so a digest is cut to it: whoever attacks computes no more either.

Source: RFC 8018 section 5.2.
"""

import hashlib
from functools import partial

from watchword.accounts.passwords.schemes.scheme import Parameters, Scheme, as_typed, frozen

__all__ = ["BLOCK_BYTES", "ITERATIONS_MAX", "SCHEMES"]

ITERATIONS_MAX = 2_000_000  # OWASP asks for 1,300,000 of SHA-1; about a second of one core
BLOCK_BYTES = {"sha1": 20, "sha256": 32, "sha512": 64}


def _derive(name: str, password: bytes, salt: bytes, parameters: Parameters, length: int) -> bytes:
    return hashlib.pbkdf2_hmac(name, password, salt, parameters["i"], length)


SCHEMES = tuple(
    Scheme(
        name=f"pbkdf2-{name}",
        limits=frozen({"i": (1, ITERATIONS_MAX)}),
        salt_bytes=(1, 128),
        digest_bytes=(16, block),
        spelling=as_typed,
        derive=partial(_derive, name),
        comes_from="Django, Werkzeug, passlib, Keycloak, ASP.NET Identity, Auth0",
        decoy_bytes=(16, block),
    )
    for name, block in BLOCK_BYTES.items()
)
