"""One reader a system: from a row of its export to a candidate.

Source: users.md U110; the systems' own descriptions of their exports, named at each reader.
"""

from collections.abc import Mapping
from typing import cast

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.imports.candidate import (
    NO_HASH,
    Candidate,
    Reader,
    Row,
    flag,
    hashed,
    moment,
    text,
    totp_key,
)
from watchword.accounts.passwords.foreign import keycloak as keycloak_hashes
from watchword.accounts.passwords.foreign.firebase import Project, read_account
from watchword.accounts.passwords.foreign.format import base64_bytes, hex_bytes, power_of_two, take
from watchword.accounts.passwords.stored_hash import StoredHash

__all__ = [
    "auth0",
    "columns",
    "django",
    "fastapi_users",
    "firebase",
    "keycloak",
    "ldap",
    "supabase",
]

_SHA1_OF_KEYCLOAK = "HmacSHA1"


def columns(row: Row) -> Candidate:
    """Read a table with columns of watchword's names, or those that most tables have."""
    return Candidate(
        name=text(row, "name", "username", "user_name", "login"),
        email=text(row, "email", "mail", "email_address"),
        is_verified=flag(row, "email_verified", "is_verified", "verified"),
        password=hashed(text(row, "password_hash", "hashed_password", "password")),
        roles=frozenset(_words(row.get("roles"))),
        is_suspended=flag(row, "suspended", "disabled", "blocked", doubtful=True)
        or not _is_active(row),
        display_name=text(row, "display_name", "full_name") or None,
        locale=text(row, "locale", "language") or None,
        created_at=moment(row, "created_at", "created", "date_joined"),
    )


def django(row: Row) -> Candidate | None:
    """Read `dumpdata` (an object with model and fields) or the columns of its table of users.

    Every model with a password counts as users. Source: Django, "django-admin", dumpdata.
    """
    fields = row.get("fields", row)
    if not isinstance(fields, dict) or "password" not in fields:
        return None
    found = cast("Row", fields)
    full_name = f"{text(found, 'first_name')} {text(found, 'last_name')}".strip()
    groups = found.get("groups")
    names = [each[0] for each in groups if _is_natural(each)] if isinstance(groups, list) else []
    return Candidate(
        name=text(found, "username"),
        email=text(found, "email"),
        is_verified=flag(found, "email_verified", "is_email_verified"),
        password=hashed(text(found, "password")),
        roles=frozenset(names) | ({"admin"} if flag(found, "is_superuser") else set()),
        is_suspended=not _is_active(found),
        display_name=full_name or None,
        created_at=moment(found, "date_joined"),
    )


def fastapi_users(row: Row) -> Candidate:
    """Read the table of fastapi-users: the address is the name.

    Source: fastapi-users, "User model and databases".
    """
    return Candidate(
        name=text(row, "username"),
        email=text(row, "email"),
        is_verified=flag(row, "is_verified"),
        password=hashed(text(row, "hashed_password")),
        roles=frozenset({"admin"}) if flag(row, "is_superuser") else frozenset(),
        is_suspended=not _is_active(row),
    )


def supabase(row: Row) -> Candidate:
    """Read `auth.users` of Supabase. Source: Supabase, "Auth", user objects; GoTrue's schema."""
    return Candidate(
        email=text(row, "email"),
        is_verified=bool(text(row, "email_confirmed_at", "confirmed_at")),
        password=hashed(text(row, "encrypted_password")),
        is_suspended=bool(text(row, "banned_until", "deleted_at")),
        created_at=moment(row, "created_at"),
    )


def keycloak(row: Row) -> Candidate:
    """Read a user of a realm export. Source: Keycloak, "Importing and exporting realms"."""
    found: list[StoredHash | str] = []
    keys: list[bytes] = []
    left_out: list[str] = []
    for credential in _objects(row.get("credentials")):
        match credential.get("type"):
            case "password":
                found.append(_keycloak_password(credential))
            case "otp":
                key = _keycloak_totp(credential)
                keys.extend([] if key is None else [key])
                left_out.extend(["code generator"] if key is None else [])
            case str(kind):
                left_out.append(kind)
            case _:
                pass
    full_name = f"{text(row, 'firstName')} {text(row, 'lastName')}".strip()
    return Candidate(
        name=text(row, "username"),
        email=text(row, "email"),
        is_verified=flag(row, "emailVerified"),
        password=found[0] if found else NO_HASH,
        roles=frozenset(_words(row.get("realmRoles"))),
        is_suspended=not flag(row, "enabled", otherwise=True),
        display_name=full_name or None,
        locale=_first(row.get("attributes"), "locale"),
        created_at=moment(row, "createdTimestamp"),
        totp_keys=tuple(keys),
        left_out=tuple(left_out),
    )


def auth0(row: Row) -> Candidate:
    """Read a user as Auth0 imports and exports them.

    Source: Auth0, "Bulk User Import Database Schema and Examples".
    """
    keys: list[bytes] = []
    left_out: list[str] = []
    for factor in _objects(row.get("mfa_factors")):
        totp = factor.get("totp")
        key = totp_key(text(cast("Row", totp), "secret")) if isinstance(totp, dict) else None
        keys.extend([] if key is None else [key])
        left_out.extend(["second factor"] if key is None else [])
    return Candidate(
        name=text(row, "username"),
        email=text(row, "email"),
        is_verified=flag(row, "email_verified"),
        password=_auth0_password(row),
        is_suspended=flag(row, "blocked", doubtful=True),
        display_name=text(row, "name") or None,
        locale=text(row, "locale") or None,
        created_at=moment(row, "created_at"),
        totp_keys=tuple(keys),
        left_out=tuple(left_out),
    )


def firebase(project: Project | None) -> Reader:
    """Return the reader of `auth:export` for a project.

    Source: Firebase CLI, "auth:import and auth:export".
    """

    def read(row: Row) -> Candidate:
        return Candidate(
            email=text(row, "email"),
            is_verified=flag(row, "emailVerified"),
            password=_firebase_password(row, project),
            is_suspended=flag(row, "disabled", doubtful=True),
            display_name=text(row, "displayName") or None,
            created_at=moment(row, "createdAt"),
        )

    return read


def ldap(row: Row) -> Candidate | None:
    """Read an entry of a directory that has a password or is a person. Source: RFC 4519."""
    if not text(row, "uid", "userpassword", "mail"):
        return None
    return Candidate(
        name=text(row, "uid", "samaccountname"),
        email=text(row, "mail"),
        password=hashed(text(row, "userpassword")),
        display_name=text(row, "displayname", "cn") or None,
        locale=text(row, "preferredlanguage") or None,
    )


def _auth0_password(row: Row) -> StoredHash | str:
    custom = row.get("custom_password_hash")
    if not isinstance(custom, dict):
        return hashed(text(row, "password_hash", "passwordHash"))
    algorithm, made = custom.get("algorithm"), custom.get("hash")
    if not isinstance(made, dict):
        return "an Auth0 custom_password_hash is malformed"
    try:
        if algorithm == "scrypt":
            return _auth0_scrypt(cast("Row", custom), cast("Row", made))
    except HashNotTaken as refused:
        return refused.detail
    if algorithm in {"argon2", "bcrypt", "ldap", "pbkdf2"}:
        return hashed(text(cast("Row", made), "value"))
    return "a digest that can be guessed in no time is not taken over"


def _auth0_scrypt(custom: Row, made: Row) -> StoredHash:
    salt = custom.get("salt")
    numbers = [custom.get(name) for name in ("cost", "blockSize", "parallelization")]
    if not isinstance(salt, dict) or not all(type(number) is int for number in numbers):
        raise HashNotTaken("an Auth0 scrypt hash is malformed")
    n, r, p = cast("list[int]", numbers)
    cost = {"n": power_of_two(n), "r": r, "p": p}
    return take("scrypt", cost, _auth0_bytes(cast("Row", salt)), _auth0_bytes(made))


def _auth0_bytes(part: Row) -> bytes:
    value = text(part, "value")
    match part.get("encoding", "utf8"):
        case "hex":
            return hex_bytes(value)
        case "base64":
            return base64_bytes(value)
        case "utf8":
            return value.encode()
        case _:
            raise HashNotTaken("an Auth0 hash is of an encoding that is not taken over")


def _firebase_password(row: Row, project: Project | None) -> StoredHash | str:
    digest, salt = text(row, "passwordHash"), text(row, "salt")
    if not digest:
        return NO_HASH
    if project is None:
        return "a Firebase hash needs the parameters of its project: --firebase FILE"
    try:
        return read_account(digest, salt=salt, project=project)
    except HashNotTaken as refused:
        return refused.detail


def _keycloak_password(credential: Row) -> StoredHash | str:
    try:
        return keycloak_hashes.read_credential(credential)
    except HashNotTaken as refused:
        return refused.detail


def _keycloak_totp(credential: Row) -> bytes | None:
    """Return the key of a code generator of the kind that everybody has."""
    try:
        secret = keycloak_hashes.json_object(text(credential, "secretData"))
        data = keycloak_hashes.json_object(text(credential, "credentialData"))
    except HashNotTaken:
        return None
    kind = (data.get("subType"), data.get("digits"), data.get("period"), data.get("algorithm"))
    if kind != ("totp", 6, 30, _SHA1_OF_KEYCLOAK):
        return None
    value = text(secret, "value")
    # Keycloak hashes the characters of the secret, unless it says that they are base32.
    return totp_key(value) if data.get("secretEncoding") == "BASE32" else value.encode() or None


def _is_active(row: Row) -> bool:
    return flag(row, "is_active", "active", "enabled", otherwise=True)


def _is_natural(group: object) -> bool:
    """Whether a group is named by its natural key, a list with its name, and not by a number."""
    return isinstance(group, list) and len(group) == 1 and isinstance(group[0], str)


def _words(found: object) -> list[str]:
    if isinstance(found, str):
        return found.replace(",", " ").split()
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _objects(found: object) -> list[Mapping[str, object]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _first(found: object, name: str) -> str | None:
    values = found.get(name) if isinstance(found, dict) else None
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else None
