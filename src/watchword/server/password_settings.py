"""What settings of password hashes a server starts with.

Source: security.md rules 33 and 98; OWASP ASVS 5.0 V11.4.2.
"""

from typing import Protocol
from urllib.parse import urlsplit

from watchword.accounts.passwords.hashing import Argon2Parameters, is_enough
from watchword.accounts.passwords.schemes.argon2 import OWN
from watchword.accounts.passwords.stored_hash import Peppers
from watchword.server.errors import ConfigurationError

__all__ = ["PasswordSettings", "check_passwords", "parameters_of"]


class PasswordSettings(Protocol):
    """As much of the settings as password hashes need."""

    @property
    def argon2_memory_kib(self) -> int:
        """Memory of one hash."""
        ...

    @property
    def argon2_time_cost(self) -> int:
        """Passes over it."""
        ...

    @property
    def argon2_lanes(self) -> int:
        """Lanes of it."""
        ...

    @property
    def breached_passwords_url(self) -> str | None:
        """Where stolen passwords are asked about."""
        ...


def parameters_of(settings: PasswordSettings, peppers: Peppers) -> Argon2Parameters:
    """Return the cost of a hash, and the pepper that goes into it: the first of the file."""
    return Argon2Parameters(
        time_cost=settings.argon2_time_cost,
        memory_kib=settings.argon2_memory_kib,
        lanes=settings.argon2_lanes,
        key_id=next(iter(peppers), None),
    )


def check_passwords(settings: PasswordSettings) -> None:
    """Refuse a cost below what is safe or above what a row may have, and an odd address.

    Raises:
        ConfigurationError: names the setting and the fix.
    """
    parameters = parameters_of(settings, {})
    if not is_enough(parameters):
        raise ConfigurationError(
            "argon2_memory_kib",
            "is less than OWASP asks for with so many passes",
            fix="Leave it away, or take what `watchword hash calibrate` suggests",
        )
    if not OWN.accepts(parameters.cost):
        raise ConfigurationError(
            "argon2_memory_kib",
            "costs more with so many passes and lanes than a stored hash may",
            fix="Take what `watchword hash calibrate` suggests",
        )
    url = settings.breached_passwords_url
    if url is not None:
        _check_url(url)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme == "https" and bool(parts.hostname) and url.endswith("/")
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigurationError(
            "breached_passwords_url",
            "is no https URL that ends with a slash",
            fix="Write the address of the ranges, to which five digits are added",
        )
