"""ASP.NET Identity's hashes: base64 of a marker byte and what it announces.

    version 2: 00, 16 bytes of salt, 32 of PBKDF2-SHA1 after 1,000 iterations
    version 3: 01, pseudorandom function, iterations and length of the salt (each a big-endian
               number of 32 bits), then salt and digest

Source: ASP.NET Core, `Microsoft.AspNetCore.Identity.PasswordHasher`.
"""

import struct

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign.format import Format, base64_bytes, take
from watchword.accounts.passwords.schemes.pbkdf2 import BLOCK_BYTES
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMAT", "read"]

_FUNCTIONS = {0: "sha1", 1: "sha256", 2: "sha512"}
_HEAD = struct.Struct(">BIII")
_V2_BYTES = 1 + 16 + 32
_V2_ITERATIONS = 1000
_SALT_BYTES_MIN = 16


def read(text: str) -> StoredHash:
    """Read the base64 of either version.

    Raises:
        HashNotTaken: neither version, or too costly.
    """
    data = base64_bytes(text)
    if data[:1] == b"\x00" and len(data) == _V2_BYTES:
        return _taken("sha1", _V2_ITERATIONS, salt=data[1:17], digest=data[17:])
    if data[:1] != b"\x01" or len(data) < _HEAD.size:
        raise HashNotTaken("the text is no ASP.NET Identity hash")
    _, function, iterations, salt_bytes = _HEAD.unpack_from(data)
    name = _FUNCTIONS.get(function)
    if name is None or not _SALT_BYTES_MIN <= salt_bytes <= len(data):
        raise HashNotTaken("the text is no ASP.NET Identity hash")
    salt, digest = data[_HEAD.size :][:salt_bytes], data[_HEAD.size + salt_bytes :]
    return _taken(name, iterations, salt=salt, digest=digest)


def _taken(name: str, iterations: int, *, salt: bytes, digest: bytes) -> StoredHash:
    return take(f"pbkdf2-{name}", {"i": iterations}, salt, digest[: BLOCK_BYTES[name]])


FORMAT = Format(
    name="ASP.NET Identity",
    begins=("A",),  # the first six bits of either marker
    read=read,
    spelling=("AQAAAA... (version 3)", "A... of 68 characters (version 2)"),
)
