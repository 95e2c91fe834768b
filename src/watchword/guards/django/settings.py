"""The setting WATCHWORD: what a site says of its guard.

Source: access.md section 4.3; ARCHITECTURE section 5 (a bad setting stops the start).
"""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol, cast, runtime_checkable

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from watchword.access import Subject
from watchword.access.values import nearest
from watchword.base.records import dataclass
from watchword.guards.core import Options
from watchword.guards.django.served import Served

__all__ = ["INSTALL", "KEYS", "BringsServer", "Identify", "Site", "read", "refuse_unknown"]

Identify = Callable[[Any], Subject | None]
"""What makes the subject of one of Django's own users; None for one who may do nothing."""

_REQUIRED: Final = ("ISSUER", "AUDIENCE")
INSTALL: Final = (
    "WATCHWORD names no 'ISSUER', and no application brings a server: add 'watchword.django' to "
    "INSTALLED_APPS for a server inside this site, or name the ISSUER of one elsewhere"
)
_PLAIN: Final = frozenset({"CERTIFICATE_HEADER", "MODE", "SECRET", "URL"})  # texts, not imports

# Rows come from the model's own database, and no thread of Django awaits a store elsewhere.
# Models and permissions are asked without a request, so none is told of.
_NOT_HERE: Final = frozenset({"circumstances", "db", "loop"})

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {name.upper(): name for name in Options.__annotations__ if name not in _NOT_HERE}
)
"""The keys of the setting beside ISSUER, AUDIENCE and IDENTIFY, with the options that they are."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the setting says.

    Attributes:
        identify: the key IDENTIFY; None takes id and groups of Django's user.
        served: the server in the process of the site, if its issuer is there.
    """

    issuer: str
    audience: str
    options: Options
    identify: Identify | None
    served: Served | None = None


@runtime_checkable
class BringsServer(Protocol):
    """An installed application of Django that brings a server."""

    def site(self, setting: object) -> Site:
        """Return what the setting WATCHWORD says, with the server where it asks for one."""
        ...


def read(setting: object) -> Site:
    """Read the setting.

    A text for a part that is an object is the path to import it from: "notes.policy.policy".

    Raises:
        ImproperlyConfigured: an unknown key, a missing one, or a path that leads nowhere.
    """
    if not isinstance(setting, Mapping):
        raise ImproperlyConfigured(
            'WATCHWORD = {"ISSUER": "https://id.example.com", "AUDIENCE": "notes"} is missing; '
            "with the server inside the site, add 'watchword.django' to INSTALLED_APPS"
        )
    if "DATABASE" in setting and "ISSUER" not in setting:
        raise ImproperlyConfigured(INSTALL)
    refuse_unknown(setting, (*_REQUIRED, "IDENTIFY", *KEYS))
    for key in _REQUIRED:
        if not isinstance(setting.get(key), str) or not setting[key]:
            raise ImproperlyConfigured(f"WATCHWORD[{key!r}] is a text, and missing")
    if isinstance(setting.get("PUBLIC"), str):
        raise ImproperlyConfigured("WATCHWORD['PUBLIC'] is a list of paths and names of routes")
    options = {KEYS[key]: _part(key, value) for key, value in setting.items() if key in KEYS}
    return Site(
        setting["ISSUER"],
        setting["AUDIENCE"],
        cast("Options", options),
        cast("Identify | None", _part("IDENTIFY", setting.get("IDENTIFY"))),
    )


def refuse_unknown(setting: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse a key that nothing reads. Raises ImproperlyConfigured, which names the nearest."""
    for key in setting:
        if key not in known:
            raise ImproperlyConfigured(f"WATCHWORD has no {key!r}{nearest(str(key), known)}")


def _part(key: str, value: object) -> object:
    if not isinstance(value, str) or key in _PLAIN:
        return value
    try:
        return import_string(value)
    except ImportError as problem:
        raise ImproperlyConfigured(f"WATCHWORD[{key!r}]: {problem}") from problem
