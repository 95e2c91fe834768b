"""Settings of APIs: which of them take opaque tokens, and with which secret they ask about them.

A secret stands in a file of its own, as the key and the peppers do, so that the settings can be
shown to anybody.

Source: oauth.md T-2, T-5 and section 16; security.md rules 98 and 105.
"""

import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import Resource, TokenFormat
from watchword.server.errors import ConfigurationError

__all__ = ["SECRET_CHARACTERS_MAX", "SECRET_CHARACTERS_MIN", "completed"]

SECRET_CHARACTERS_MIN = 32  # as base64url or hex at least 128 bits
SECRET_CHARACTERS_MAX = 256
FILE_BYTES_MAX = 1_024


class _Settings(Protocol):
    """The settings that are looked at."""

    @property
    def opaque_resources(self) -> tuple[str, ...]: ...
    @property
    def resource_secret_files(self) -> Mapping[str, str]: ...


def completed(resources: Iterable[Resource], settings: _Settings) -> tuple[Resource, ...]:
    """Return the resources with what the settings say of them; what code says comes first.

    Raises:
        ConfigurationError: they speak of an API that nobody declares, or a file has no secret.
    """
    declared = tuple(resources)
    names = {one.identifier for one in declared}
    for key, said in (
        ("opaque_resources", settings.opaque_resources),
        ("resource_secret_files", settings.resource_secret_files),
    ):
        unknown = sorted(set(said) - names)
        if unknown:
            raise ConfigurationError(
                key,
                f"speaks of {unknown[0]!r}, which is no resource",
                fix="Write it as it stands in resources, or declare it in code",
            )
    return tuple(_completed(one, settings) for one in declared)


def _completed(resource: Resource, settings: _Settings) -> Resource:
    name, secret_hash = resource.identifier, resource.secret_hash
    if secret_hash is None and name in settings.resource_secret_files:
        secret_hash = digest(_read(settings.resource_secret_files[name]))
    is_opaque = name in settings.opaque_resources
    form = TokenFormat.OPAQUE if is_opaque else resource.token_format
    return replace(resource, secret_hash=secret_hash, token_format=form)


def _read(path: str) -> Secret:
    """Return the one line of a file that nobody else may read."""
    file = Path(path)
    try:
        mode = file.stat().st_mode
        text = file.read_bytes()[:FILE_BYTES_MAX].decode("ascii").strip()
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise _refused(path, problem, "Name a file that this user may read") from None
    except ValueError:
        raise _refused(path, "is not ASCII", "Write one line of random text") from None
    if stat.S_IMODE(mode) & 0o077:
        raise _refused(path, "can be read by other users", f"Run: chmod 600 {path}")
    is_long_enough = SECRET_CHARACTERS_MIN <= len(text) <= SECRET_CHARACTERS_MAX
    if not is_long_enough or not text.isprintable() or " " in text:
        problem = f"is not one line of {SECRET_CHARACTERS_MIN} characters or more, without a space"
        raise _refused(path, problem, f"Run: openssl rand -hex 32 > {path}")
    return Secret(text)


def _refused(path: str, problem: str, fix: str) -> ConfigurationError:
    return ConfigurationError("resource_secret_files", problem, fix=fix, origin=path)
