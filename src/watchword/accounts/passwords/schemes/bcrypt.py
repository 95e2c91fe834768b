"""bcrypt, plain and of a digest of the password.

bcrypt reads 72 bytes. A longer password is cut here, for an imported hash alone, because that is
what made the hash; at the login that proves it, it is hashed whole.

Source: Provos and Mazieres, "A Future-Adaptable Password Scheme"; users.md U112.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from watchword.accounts.errors import MalformedHash
from watchword.accounts.passwords.schemes.scheme import Parameters, Scheme, as_typed, frozen

__all__ = ["INSTALL_FIX", "SCHEMES", "from_bcrypt64", "is_installed", "to_bcrypt64"]

PASSWORD_BYTES_MAX = 72
ROUNDS_MAX = 15  # 2^15 key set-ups: about two seconds of one core
SALT_BYTES = 16
DIGEST_BYTES = 23
INSTALL_FIX = 'pip install "watchword[bcrypt]"'

_BCRYPT64 = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_BASE64 = str.maketrans(_BCRYPT64, _BASE64)
_FROM_BASE64 = str.maketrans(_BASE64, _BCRYPT64)


def is_installed() -> bool:
    """Tell whether the library that computes bcrypt is there; it is an extra."""
    return find_spec("bcrypt") is not None


def from_bcrypt64(text: str) -> bytes:
    """Decode bcrypt's own base64; bits beyond the last byte are ignored, as bcrypt does."""
    return b64decode(text.translate(_TO_BASE64) + "=" * (-len(text) % 4))


def to_bcrypt64(data: bytes) -> str:
    """Encode as bcrypt does."""
    return b64encode(data).rstrip(b"=").decode("ascii").translate(_FROM_BASE64)


def _derive(
    prepare: Callable[[bytes, bytes], bytes],
    password: bytes,
    salt: bytes,
    parameters: Parameters,
    length: int,
) -> bytes:
    try:
        library = import_module("bcrypt")  # an optional dependency
    except ImportError:
        raise MalformedHash(f"a stored hash needs bcrypt; install it: {INSTALL_FIX}") from None
    prepared = prepare(password, salt)[:PASSWORD_BYTES_MAX]
    setting = f"$2b${parameters['r']:02}${to_bcrypt64(salt)}".encode("ascii")
    made: bytes = library.hashpw(prepared, setting)
    return from_bcrypt64(made[len(setting) :].decode("ascii"))[:length]


def _plain(password: bytes, _: bytes) -> bytes:
    return password


def _hex_of_sha256(password: bytes, _: bytes) -> bytes:
    return hashlib.sha256(password).hexdigest().encode("ascii")


def _base64_of_sha256(password: bytes, _: bytes) -> bytes:
    return b64encode(hashlib.sha256(password).digest())


def _base64_of_hmac(password: bytes, salt: bytes) -> bytes:
    key = to_bcrypt64(salt).encode("ascii")
    return b64encode(hmac.new(key, password, hashlib.sha256).digest())


SCHEMES = tuple(
    Scheme(
        name=name,
        limits=frozen({"r": (4, ROUNDS_MAX)}),
        salt_bytes=(SALT_BYTES, SALT_BYTES),
        digest_bytes=(DIGEST_BYTES, DIGEST_BYTES),
        spelling=as_typed,
        derive=partial(_derive, prepare),
        comes_from=comes_from,
        decoy_bytes=(SALT_BYTES, DIGEST_BYTES),
    )
    for name, prepare, comes_from in (
        ("bcrypt", _plain, "bcrypt everywhere: PHP, Node.js, Auth0, Supabase, Django, passlib"),
        ("bcrypt-hex-sha256", _hex_of_sha256, "Django (bcrypt_sha256)"),
        ("bcrypt-base64-sha256", _base64_of_sha256, "passlib (bcrypt_sha256, first version)"),
        ("bcrypt-hmac-sha256", _base64_of_hmac, "passlib (bcrypt_sha256)"),
    )
)
