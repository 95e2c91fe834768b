"""scrypt.

Source: RFC 7914 section 6.
"""

import hashlib

from watchword.accounts.passwords.schemes.scheme import Parameters, Scheme, as_typed, frozen

__all__ = ["LIMITS", "SCHEME", "is_within", "scrypt"]

# N is 2 to the power of `n`; one computation takes 128 N r bytes.
LIMITS = frozen({"n": (1, 20), "r": (1, 32), "p": (1, 16)})
BYTES_MAX = 256 * 1024 * 1024
WORK_MAX = 2**21  # N r p; OWASP's 2^17, 8, 1 is half of it
SLACK_BYTES = 1024 * 1024  # what OpenSSL counts beside the table


def scrypt(password: bytes, salt: bytes, parameters: Parameters, length: int) -> bytes:
    """Compute scrypt with as much memory as the parameters take."""
    n, r, p = 1 << parameters["n"], parameters["r"], parameters.get("p", 1)
    memory = 128 * r * (n + p + 2) + SLACK_BYTES
    return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=length)


def is_within(parameters: Parameters) -> bool:
    """Tell whether memory and work stay below their limits."""
    n, r, p = 1 << parameters["n"], parameters["r"], parameters.get("p", 1)
    return 128 * n * r <= BYTES_MAX and n * r * p <= WORK_MAX


SCHEME = Scheme(
    name="scrypt",
    limits=LIMITS,
    salt_bytes=(1, 128),
    digest_bytes=(16, 64),
    spelling=as_typed,
    derive=scrypt,
    is_within=is_within,
    comes_from="Django, Werkzeug, passlib, Auth0",
    decoy_bytes=(16, 64),
)
