"""Password hashes of other systems, respelled once, when their accounts are imported.

One file a system. Each reads its own spelling strictly, holds the cost within the limits of the
scheme, and gives back the form that is stored; nothing of the spelling is left afterwards.

Source: users.md U110 to U112; decisions/0125.
"""

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign import (
    argon2,
    aspnet,
    bcrypt,
    django,
    firebase,
    keycloak,
    ldap,
    passlib,
    phc,
    werkzeug,
)
from watchword.accounts.passwords.foreign.format import HASH_CHARACTERS_MAX, Format
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = ["FORMATS", "HASH_CHARACTERS_MAX", "Format", "read_foreign"]

# In this order: a text is read by the first whose mark it begins with.
FORMATS: tuple[Format, ...] = (
    argon2.FORMAT,
    bcrypt.FORMAT,
    django.FORMAT,
    werkzeug.FORMAT,
    phc.FORMAT,
    passlib.FORMAT,
    ldap.FORMAT,
    keycloak.FORMAT,
    firebase.FORMAT,
    aspnet.FORMAT,
)
_NAMED_REASONS = {
    "$5$": "sha256_crypt is not taken over: in Python it would hold up the server",
    "$6$": "sha512_crypt is not taken over: in Python it would hold up the server",
    "$1$": "md5_crypt is not taken over: it can be guessed in no time",
    "$2x$": "bcrypt of the form $2x$ is not taken over: it was made with a known fault",
    "$argon2d$": "Argon2d is not taken over: it is not meant for passwords",
    "!": "the account has no usable password",
    "*": "the account has no usable password",
}


def read_foreign(text: str) -> StoredHash:
    """Recognise a password hash by how it begins and read it.

    Args:
        text: at most 4,096 characters.

    Raises:
        HashNotTaken: of no known format, malformed, or too costly; `detail` says which.
    """
    if not text:
        raise HashNotTaken("there is no password hash")
    if len(text) > HASH_CHARACTERS_MAX:
        raise HashNotTaken("the text is too long for a password hash")
    for format_ in FORMATS:
        if any(text.startswith(mark) for mark in format_.begins):
            return format_.read(text)
    for mark, reason in _NAMED_REASONS.items():
        if text.startswith(mark):
            raise HashNotTaken(reason)
    raise HashNotTaken("the format is not recognised")
