"""Where an address is, as a file says that the operator gives; none comes with watchword.

The file is a database in MaxMind's format (`.mmdb`) of cities or of countries, whoever makes it.
What it says helps a person to know a sign-in again; nothing is decided by it.

Source: users.md U39 and section 13; MaxMind DB File Format Specification 2.0.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from watchword.server.errors import ConfigurationError

__all__ = ["Places", "open_places"]

INSTALL_FIX = 'pip install "watchword[geo]"'
NAME_CHARACTERS_MAX = 60
# Languages that databases of places name otherwise than the pages.
_TAGS: Mapping[str, str] = {"zh-Hans": "zh-CN"}


class _Reader(Protocol):
    def get(self, ip_address: str) -> object: ...


class Places:
    """Looks addresses up in an open file.

    Args:
        reader: of the file.
    """

    __slots__ = ("_reader",)

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    def find(self, address: str | None, language: str) -> str | None:
        """Return the place of an address, such as "Lyon, France"; None where none is known.

        Args:
            address: as an origin holds it.
            language: BCP 47; English stands in for one that the file does not have.
        """
        try:
            found = self._reader.get(str(ip_address(address or "")))
        except ValueError:  # no address, or one of IPv6 in a file of IPv4
            return None
        except RuntimeError:  # the file is damaged here
            return None
        names = [_name(found, part, language) for part in ("city", "country")]
        return ", ".join(name for name in names if name) or None


def open_places(path: str | None) -> Places | None:
    """Open the file of the setting; None where there is none.

    Raises:
        ConfigurationError: the file or the library is missing, or it is no such file.
    """
    if path is None:
        return None
    if find_spec("maxminddb") is None:
        raise _refused(path, "needs the library maxminddb", f"Run: {INSTALL_FIX}")
    library = import_module("maxminddb")
    try:
        reader = library.open_database(Path(path))
    except OSError as error:
        fix = "Restore it, or unset geo_file"
        raise _refused(path, f"cannot be read: {error.strerror}", fix) from None
    except library.InvalidDatabaseError:
        fix = "Take a file of cities or countries in MaxMind's format (.mmdb)"
        raise _refused(path, "is no database of places", fix) from None
    return Places(reader)


def _name(found: object, part: str, language: str) -> str | None:
    """Return the name of the city or country of what was found; the file may hold anything."""
    place = found.get(part) if isinstance(found, dict) else None
    names = place.get("names") if isinstance(place, dict) else None
    if not isinstance(names, dict):
        return None
    name = names.get(_TAGS.get(language, language)) or names.get("en")
    return name[:NAME_CHARACTERS_MAX] if isinstance(name, str) else None


def _refused(path: str, problem: str, fix: str) -> ConfigurationError:
    return ConfigurationError("geo_file", problem, fix=fix, origin=path)
