"""Where settings come from: code, then WATCHWORD_ variables, then watchword.toml, then defaults.

An unknown key is refused with its origin and the nearest key, because a setting that is spelt wrong
and silently ignored is the usual way to run without it.

Source: security.md rule 98; users.md U65.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from watchword.base.database_url import parse_address
from watchword.base.duration import seconds
from watchword.base.records import dataclass
from watchword.server.errors import ConfigurationError
from watchword.server.settings import Settings

__all__ = [
    "DEFAULT",
    "DEFAULT_FILE",
    "PREFIX",
    "LoadedSettings",
    "load_settings",
    "origins_in_code",
    "settings_of_application",
    "shown",
]

PREFIX = "WATCHWORD_"
DEFAULT_FILE = Path("watchword.toml")
FILE_BYTES_MAX = 65_536
DEFAULT = "default"
GIVEN = "given in code"
MASK = "***"  # as in database URLs
_KEYS = tuple(s.name for s in fields(Settings))
_NUMBERS = frozenset(s.name for s in fields(Settings) if s.type is int)
_FLAGS = frozenset(s.name for s in fields(Settings) if s.type is bool)
_LISTS = frozenset(s.name for s in fields(Settings) if s.type == tuple[str, ...])
# May be, or hold, a secret: a variable with this ending names a file instead (users.md U65).
_SECRETS = ("database", "smtp_password")
_OF_A_FILE = "_file"
# Read by other programs of this project, never a setting of the server.
_OTHER_VARIABLES = frozenset({"WATCHWORD_VECTORS"})


# A command that an application runs on its own server is given no settings by hand.
_OF_APPLICATION: ContextVar[Mapping[str, object]] = ContextVar(
    "settings_of_application", default=MappingProxyType({})
)


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and for each key the place that decided it."""

    settings: Settings
    origins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Found:
    value: object
    origin: str


def load_settings(
    file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    given: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Read and check the settings.

    Args:
        file: a TOML file that must exist; None reads `watchword.toml` here if there is one.
        environ: variables; None means those of the process.
        given: values from code or from command line options, which win.

    Raises:
        ConfigurationError: names the key, where it came from and the fix.
    """
    found = _from_file(file)
    found |= _from_environ(os.environ if environ is None else environ)
    in_code = {**_OF_APPLICATION.get(), **(given or {})}
    found |= {key: _Found(value, GIVEN) for key, value in in_code.items()}
    values = {key: _read(key, item) for key, item in found.items()}
    origins = {s.name: DEFAULT for s in fields(Settings)}
    origins |= {key: item.origin for key, item in found.items()}
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # _read made each of its own type
    except ConfigurationError as error:
        raise error.at(origins[error.key]) from None
    return LoadedSettings(settings, origins)


@contextmanager
def settings_of_application(given: Mapping[str, object]) -> Iterator[None]:
    """Have every `load_settings` inside read the server that an application has inside.

    Args:
        given: what the application says in code, which wins over variables and the file.
    """
    token = _OF_APPLICATION.set(given)
    try:
        yield
    finally:
        _OF_APPLICATION.reset(token)


def origins_in_code(settings: Settings) -> dict[str, str]:
    """Return for each key of settings that code made whether it was given or is the default."""
    plain = Settings()
    return {
        key: DEFAULT if getattr(settings, key) == getattr(plain, key) else GIVEN for key in _KEYS
    }


def shown(settings: Settings) -> dict[str, str]:
    """Return every setting as text that may be printed: what may be secret in a URL is masked."""
    values = {s.name: _plain(getattr(settings, s.name)) for s in fields(Settings)}
    values["passkey_domain"] = settings.relying_party.id
    values["database"] = parse_address(settings.database).masked
    values["url"] = settings.public_url
    values["key_file"] = str(settings.key_path)
    if settings.smtp_password is not None:
        values["smtp_password"] = MASK
    return values


def _plain(value: object) -> str:
    """Write a value as a variable would hold it; what is not set is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


def _from_file(file: Path | None) -> dict[str, _Found]:
    if file is None and not DEFAULT_FILE.exists():
        return {}
    path = DEFAULT_FILE if file is None else file
    try:
        data = path.read_bytes()[: FILE_BYTES_MAX + 1]
        if len(data) > FILE_BYTES_MAX:
            raise ConfigurationError(
                "file",
                f"is larger than {FILE_BYTES_MAX} bytes",
                fix="Name another",
                origin=str(path),
            )
        text = data.decode("utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(
            "file",
            f"cannot be read: {error.strerror}",
            fix="Name a file that this user may read",
            origin=str(path),
        ) from None
    except ValueError as error:  # not UTF-8, or not TOML
        raise ConfigurationError(
            "file", f"is not TOML: {error}", fix="Correct that line", origin=str(path)
        ) from None
    found = {key: _Found(value, f"{path} line {_line(text, key)}") for key, value in values.items()}
    for key, item in found.items():
        _refuse_unknown(key, item.origin, shown=key)
    return found


def _from_environ(environ: Mapping[str, str]) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in _OTHER_VARIABLES:
            continue
        key = name.removeprefix(PREFIX).lower()
        secret = key.removesuffix(_OF_A_FILE)
        if key.endswith(_OF_A_FILE) and secret in _SECRETS:
            found[secret] = _Found(_from_secret_file(name, environ[name], secret), name)
            continue
        _refuse_unknown(key, f"variable {name}", shown=name)
        found[key] = _Found(environ[name], f"variable {name}")
    return found


def _from_secret_file(name: str, path: str, key: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, ValueError):
        raise ConfigurationError(
            key,
            "the file that should hold it cannot be read",
            fix="Name a file that this user may read",
            origin=f"variable {name}",
        ) from None


def _refuse_unknown(key: str, origin: str, *, shown: str) -> None:
    if key in _KEYS:
        return
    near = get_close_matches(key, _KEYS, n=1)
    advice = f"Did you mean {near[0]}? Otherwise remove it" if near else "Remove it"
    raise ConfigurationError(
        shown, "is not a setting", fix=f"{advice}; `watchword config` lists them", origin=origin
    )


def _read(key: str, found: _Found) -> object:
    """Turn one raw value into the type of its field."""
    reader: Callable[[object], object]
    if key.endswith("_seconds"):
        reader = _duration
    elif key in _NUMBERS:
        reader = _number
    elif key in _FLAGS:
        reader = _flag
    elif key == "resources":
        reader = _resources
    elif key == "resource_secret_files":
        reader = _files
    elif key in _LISTS:
        reader = _list
    else:
        reader = _text
    try:
        return reader(found.value)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(key, str(error), fix="Correct it", origin=found.origin) from None


def _duration(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    if isinstance(value, str | int):
        return seconds(value)
    raise TypeError('is not a duration such as "15m" or a number of seconds')


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError("is not a whole number")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return value == "true"
    raise TypeError("is neither true nor false")


def _text(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    raise TypeError("is not text")


def _list(value: object) -> tuple[str, ...]:
    """Read a list of the file, or a variable whose values are separated by commas."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        raise TypeError("is not a list of texts")
    return tuple(each.strip() for each in found if each.strip())


def _resources(value: object) -> Mapping[str, Mapping[str, str]]:
    """Read `[resources."https://api.example"]`, whose lines are scopes with their texts."""
    if not isinstance(value, Mapping):
        raise TypeError('is not a table: write [resources."https://api.example"] in the file')
    for scopes in value.values():
        if not isinstance(scopes, Mapping) or not all(isinstance(t, str) for t in scopes.values()):
            raise TypeError('holds something else than lines such as "notes:read" = "Read notes"')
    return value


def _files(value: object) -> Mapping[str, str]:
    """Read `[resource_secret_files]`, whose lines are APIs with the paths of files."""
    if not isinstance(value, Mapping) or not all(isinstance(path, str) for path in value.values()):
        raise TypeError('is not a table of lines such as "https://api.example" = "/etc/api.secret"')
    return value


def _line(text: str, key: str) -> int:
    name = re.escape(key)
    found = re.search(rf'^[ \t]*(?:"?{name}"?[ \t]*=|\[+{name})', text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
