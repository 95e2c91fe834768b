"""Firebase's hashes: salt and digest of an account, parameters of the project.

    $firebase-scrypt$ln=14,r=8$SALT$SEPARATOR$SIGNER_KEY$DIGEST     (one text, all base64)

What Firebase stores is the signer key of the project, encrypted with what scrypt derives. Taking
the signer key off leaves the key stream, which alone is stored: the project's secret is not kept.

Source: firebase/scrypt, "Password hashing"; Firebase CLI, `auth:export`; decisions/0126.
"""

import re
from dataclasses import field

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign.format import Format, base64_bytes, matched, take
from watchword.accounts.passwords.stored_hash import StoredHash
from watchword.base.records import dataclass

__all__ = ["FORMAT", "Project", "read", "read_account", "read_project"]

_PART = r"[A-Za-z0-9+/]+={0,2}"
_HASH = re.compile(
    r"\$firebase-scrypt\$ln=(?P<n>[1-9][0-9]?),r=(?P<r>[1-9][0-9]?)"
    rf"\$(?P<salt>{_PART})\$(?P<separator>(?:{_PART})?)\$(?P<key>{_PART})\$(?P<digest>{_PART})"
)


@dataclass(frozen=True, slots=True)
class Project:
    """The password hash parameters that the Firebase console shows."""

    rounds: int
    memory_cost: int
    salt_separator: bytes = field(repr=False)
    signer_key: bytes = field(repr=False)


def read(text: str) -> StoredHash:
    """Read a hash together with the parameters of its project.

    Raises:
        HashNotTaken: malformed or too costly.
    """
    found = matched(_HASH, text, "a Firebase hash")
    project = Project(
        rounds=int(found["r"]),
        memory_cost=int(found["n"]),
        salt_separator=base64_bytes(found["separator"]),
        signer_key=base64_bytes(found["key"]),
    )
    return read_account(found["digest"], salt=found["salt"], project=project)


def read_account(digest: str, *, salt: str, project: Project) -> StoredHash:
    """Read `passwordHash` and `salt` of an exported account; exports write base64url too.

    Raises:
        HashNotTaken: malformed, too costly, or of another project.
    """
    encrypted = base64_bytes(_plain(digest))
    if len(encrypted) != len(project.signer_key):
        raise HashNotTaken("a Firebase hash is not of the length of the signer key")
    stream = bytes(a ^ b for a, b in zip(encrypted, project.signer_key, strict=True))
    cost = {"n": project.memory_cost, "r": project.rounds}
    return take(
        "firebase-scrypt", cost, base64_bytes(_plain(salt)) + project.salt_separator, stream
    )


def read_project(members: dict[str, object]) -> Project:
    """Read the parameters as the console names them.

    Raises:
        HashNotTaken: one is missing or malformed.
    """
    rounds, memory = members.get("rounds"), members.get("mem_cost")
    key, separator = members.get("base64_signer_key"), members.get("base64_salt_separator", "")
    if not (isinstance(rounds, int) and isinstance(memory, int)):
        raise HashNotTaken("the Firebase parameters name no rounds and mem_cost")
    if not (isinstance(key, str) and isinstance(separator, str)):
        raise HashNotTaken("the Firebase parameters name no base64_signer_key")
    return Project(
        rounds=rounds,
        memory_cost=memory,
        salt_separator=base64_bytes(separator),
        signer_key=base64_bytes(key),
    )


def _plain(text: str) -> str:
    return text.replace("-", "+").replace("_", "/")


FORMAT = Format(
    name="Firebase",
    begins=("$firebase-scrypt$",),
    read=read,
    spelling=("passwordHash and salt of an export, with the project's parameters",),
)
