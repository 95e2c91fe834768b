"""What a started server checks and hashes passwords with.

Source: security.md rules 32, 33, 101 and 105; users.md U111.
"""

import stat
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from watchword.accounts.credentials import CredentialStore
from watchword.accounts.passwords.commonest import is_common
from watchword.accounts.passwords.hashing import Argon2Parameters
from watchword.accounts.passwords.schemes.argon2 import OWN
from watchword.accounts.passwords.schemes.bcrypt import INSTALL_FIX, is_installed
from watchword.accounts.passwords.stored_hash import Peppers, pepper_id
from watchword.base import base64url
from watchword.base.base64url import MalformedBase64url
from watchword.base.records import dataclass
from watchword.server.breaches import BreachService
from watchword.server.errors import ConfigurationError
from watchword.server.password_settings import parameters_of
from watchword.server.settings import Settings

__all__ = ["Passwords", "open_passwords", "read_peppers"]

PEPPER_BYTES = 32
PEPPER_FILE_BYTES_MAX = 16 * 1024


@dataclass(frozen=True, slots=True)
class Passwords:
    """The cost of a hash, what goes into it, and who is asked about stolen passwords."""

    parameters: Argon2Parameters
    peppers: Peppers = field(repr=False)
    breaches: BreachService | None


async def open_passwords(settings: Settings, store: CredentialStore) -> Passwords:
    """Read the peppers, and see that what is stored can be checked.

    Raises:
        ConfigurationError: a pepper or the library bcrypt is missing, or the file of peppers is
            not as it must be.
    """
    peppers = read_peppers(settings.pepper_file)
    labels = [label for label, _ in await store.hash_histogram()]
    _check_stored(labels, peppers)
    if any(not label.startswith(OWN.name) for label in labels):
        # Imported passwords are judged at the login that proves them: the list is read before.
        is_common("")
    return Passwords(parameters_of(settings, peppers), peppers, _breaches(settings))


def _breaches(settings: Settings) -> BreachService | None:
    url = settings.breached_passwords_url
    if url is None:
        return None
    # Its HTTP library is for servers that are told to ask.
    from watchword.net.fetcher import fetcher_for  # noqa: PLC0415

    return BreachService(url, fetcher_for(url, accept="text/plain"))


def read_peppers(path: str | None) -> Peppers:
    """Read the peppers: one a line, the first for hashes to be made, all for those that exist.

    Raises:
        ConfigurationError: unreadable, readable by others, or not of lines of 256 bits.
    """
    if path is None:
        return MappingProxyType({})
    file = Path(path)
    try:
        mode = file.stat().st_mode
        text = file.read_bytes()[:PEPPER_FILE_BYTES_MAX].decode("ascii")
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", "Restore it") from None
    except ValueError:
        raise _refused(path, "holds no peppers", "Restore it from its backup") from None
    if stat.S_IMODE(mode) & 0o077:
        raise _refused(path, "can be read by other users", f"Run: chmod 600 {path}")
    try:
        peppers = [base64url.decode(line) for line in text.split()]
    except MalformedBase64url:
        peppers = []
    if not peppers or any(len(pepper) != PEPPER_BYTES for pepper in peppers):
        raise _refused(
            path,
            "is not made of lines of 43 characters",
            "Write 32 random bytes as base64url on each line, the one for hashes to be made first",
        )
    return MappingProxyType({pepper_id(pepper): pepper for pepper in peppers})


def _check_stored(labels: list[str], peppers: Peppers) -> None:
    if any(label.startswith("bcrypt") for label in labels) and not is_installed():
        raise ConfigurationError(
            "database",
            "holds imported bcrypt hashes, and the library bcrypt is missing",
            fix=f"Run: {INSTALL_FIX}",
        )
    used = {label.partition(",keyid=")[2] for label in labels} - {""}
    if used - peppers.keys():
        raise ConfigurationError(
            "pepper_file",
            "lacks a pepper that stored hashes were made with",
            fix="Restore it from its backup; each pepper stays until no hash is made with it",
        )


def _refused(path: str, problem: str, fix: str) -> ConfigurationError:
    return ConfigurationError("pepper_file", problem, fix=fix, origin=path)
