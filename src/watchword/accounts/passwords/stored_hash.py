"""The one form in which a password hash is stored, whoever made it.

    $argon2id$v=19$m=19456,t=2,p=1$SALT$DIGEST
    $pbkdf2-sha256$i=600000$SALT$DIGEST

A label, then salt and digest in base64 without padding. What an export spells otherwise is
respelled when it is imported (`accounts.foreign`), so that nothing has to guess later what a text
might be.

Source: PHC string format; users.md U111; decisions/0125.
"""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import field

from watchword.accounts.errors import MalformedHash
from watchword.accounts.passwords.schemes import SCHEMES
from watchword.accounts.passwords.schemes.argon2 import OWN
from watchword.accounts.passwords.schemes.scheme import (
    FOREIGN_PASSWORD_BYTES_MAX,
    Parameters,
    Scheme,
)
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, same

__all__ = [
    "Peppers",
    "StoredHash",
    "fits",
    "make",
    "make_decoy",
    "pepper_id",
    "read",
    "read_label",
]

Peppers = Mapping[str, bytes]  # by `pepper_id`; keys that stand outside of the database

_LABEL = (
    r"(?P<label>(?P<scheme>[a-z0-9-]{1,32}(?:\$v=[0-9]{2})?)"
    r"\$(?P<cost>[a-z]=[0-9]{1,10}(?:,[a-z]=[0-9]{1,10}){0,3})"
    r"(?:,keyid=(?P<key_id>[A-Za-z0-9+/]{8}))?)"
)
_IS_LABEL = re.compile(_LABEL)
_IS_HASH = re.compile(
    rf"\${_LABEL}\$(?P<salt>[A-Za-z0-9+/]{{2,172}})\$(?P<digest>[A-Za-z0-9+/]{{22,86}})"
)


@dataclass(frozen=True, slots=True)
class StoredHash:
    """A hash that has been read: within the limits of its scheme."""

    scheme: Scheme
    parameters: Parameters
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    key_id: str | None = None  # which pepper it was made with

    @property
    def label(self) -> str:
        """Scheme, cost and pepper: the key of the store's histogram."""
        label = self.scheme.label(self.parameters)
        return label if self.key_id is None else f"{label},keyid={self.key_id}"

    @property
    def text(self) -> str:
        """The form that is stored."""
        return f"${self.label}${_encoded(self.salt)}${_encoded(self.digest)}"

    def is_of(self, password: Secret, peppers: Peppers) -> bool:
        """Compare a password with the digest, at the full cost whatever the password is.

        Raises:
            MalformedHash: the hash was made with a pepper that is not at hand.
        """
        spelled = self.scheme.spelling(password)
        if self.scheme is OWN:
            return same(self._derived(_peppered(spelled, self.key_id, peppers)), self.digest)
        cut = spelled[:FOREIGN_PASSWORD_BYTES_MAX]
        return same(self._derived(cut), self.digest) and cut == spelled

    def _derived(self, spelled: bytes) -> bytes:
        return self.scheme.derive(spelled, self.salt, self.parameters, len(self.digest))


def read(text: str) -> StoredHash:
    """Read a stored hash.

    Raises:
        MalformedHash: not of the stored form, of no known scheme, or outside its limits.
    """
    found = _IS_HASH.fullmatch(text)
    if found is None:
        raise MalformedHash("a stored password hash is not of the form $scheme$cost$salt$digest")
    scheme, parameters = _scheme_and_cost(found)
    salt, digest = _decoded(found["salt"]), _decoded(found["digest"])
    if not (fits(len(salt), scheme.salt_bytes) and fits(len(digest), scheme.digest_bytes)):
        raise MalformedHash("salt or digest of a stored password hash have another length")
    return StoredHash(scheme, parameters, salt, digest, found["key_id"])


def read_label(text: str) -> str:
    """Return the label of a stored hash.

    Raises:
        MalformedHash: as `read`.
    """
    return read(text).label


def make(
    password: Secret, parameters: Parameters, *, salt: bytes, key_id: str | None, peppers: Peppers
) -> StoredHash:
    """Hash a password as watchword does."""
    spelled = _peppered(OWN.spelling(password), key_id, peppers)
    digest = OWN.derive(spelled, salt, parameters, OWN.decoy_bytes[1])
    return StoredHash(OWN, parameters, salt, digest, key_id)


def make_decoy(label: str, seed: bytes) -> str:
    """Return a hash that no password has, at the cost that the label names.

    Args:
        label: of some stored hash.
        seed: unpredictable; the same seed gives the same hash.

    Raises:
        MalformedHash: no such label.
    """
    found = _IS_LABEL.fullmatch(label)
    if found is None:
        raise MalformedHash("a label is not of the form scheme$cost")
    scheme, parameters = _scheme_and_cost(found)
    salt_bytes, digest_bytes = scheme.decoy_bytes
    drawn = hashlib.shake_256(seed).digest(salt_bytes + digest_bytes)
    made = StoredHash(scheme, parameters, drawn[:salt_bytes], drawn[salt_bytes:], found["key_id"])
    return made.text


def pepper_id(pepper: bytes) -> str:
    """Name a pepper without giving it away, as the hashes that it went into do."""
    return _encoded(hashlib.sha256(b"watchword pepper" + pepper).digest()[:6])


def fits(length: int, limits: tuple[int, int]) -> bool:
    """Tell whether a length is within its limits."""
    return limits[0] <= length <= limits[1]


def _scheme_and_cost(found: re.Match[str]) -> tuple[Scheme, Parameters]:
    scheme = SCHEMES.get(found["scheme"])
    if scheme is None or (found["key_id"] is not None and scheme is not OWN):
        raise MalformedHash("a stored password hash names an unknown scheme")
    pairs = (pair.split("=") for pair in found["cost"].split(","))
    parameters = {name: int(number) for name, number in pairs}
    # Spelled again, so that neither a leading zero nor a parameter named twice is another label.
    if (
        not scheme.accepts(parameters)
        or scheme.label(parameters) != f"{scheme.name}${found['cost']}"
    ):
        raise MalformedHash("a stored password hash names parameters outside the limits")
    return scheme, parameters


def _peppered(spelled: bytes, key_id: str | None, peppers: Peppers) -> bytes:
    if key_id is None:
        return spelled
    pepper = peppers.get(key_id)
    if pepper is None:
        raise MalformedHash(f"a stored hash was made with pepper {key_id}, which is not at hand")
    return hmac.new(pepper, spelled, hashlib.sha256).digest()


def _encoded(data: bytes) -> str:
    return b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        data = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except NotBase64:
        raise MalformedHash("salt or digest of a stored password hash are no base64") from None
    if _encoded(data) != text:
        raise MalformedHash("salt or digest of a stored password hash have a second spelling")
    return data
