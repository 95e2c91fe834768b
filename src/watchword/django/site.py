"""What the setting WATCHWORD says of a site that has the server inside.

Source: users.md section 5, U7; security.md rule 98; ARCHITECTURE section 5.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver
from django.utils.module_loading import import_string

from watchword.base.clock import SYSTEM
from watchword.base.secrets import Secret
from watchword.django.databases import refuse_shared
from watchword.django.server import SiteServer
from watchword.django.urls import urlpatterns
from watchword.django.users import DjangoUsers, has_field
from watchword.django.views import serve
from watchword.embedding.parts import Embedded
from watchword.guards.django.routes import is_below_a_language, path_of
from watchword.guards.django.settings import Site, read, refuse_unknown
from watchword.net.loop import Loop
from watchword.server.errors import ConfigurationError
from watchword.server.settings import Settings

__all__ = ["site_with_server"]

# The path is where the site includes the server's URLs.
_OF_SERVER: Final = frozenset(each.name.upper() for each in fields(Settings)) - {"MOUNT_PATH"}
_OF_GUARD: Final = frozenset(
    {"CERTIFICATE_HEADER", "CLOCK", "IDENTIFY", "MODE", "POLICY", "PUBLIC", "SCOPES", "SEEN"}
)
_NO_SIGN_UP: Final = (
    "WATCHWORD['USERS'] and REGISTER exclude one another: Django's table says who exists, so let "
    "people register at the site, and take REGISTER away (WATCHWORD_REGISTER among the variables)"
)
_OF_BOTH: Final = frozenset({"AUDIENCE", "CLIENTS"})


def site_with_server(setting: object) -> Site:
    """Read the setting of a site that has the server inside.

    Args:
        setting: without ISSUER; may be missing where variables say the database.

    Raises:
        ImproperlyConfigured: an unknown key, a value that the server will not start with, no
            database of its own, or no URLs that lead to it.
    """
    said = {} if setting is None else setting
    if not isinstance(said, Mapping):
        return read(setting)
    refuse_unknown(said, (*_OF_SERVER, *_OF_GUARD, *_OF_BOTH, "USERS"))
    audience = said.get("AUDIENCE")
    # Issuer and audience follow from the server's settings, once those are read.
    guard = read(
        {"ISSUER": "-", "AUDIENCE": audience or "-"}
        | {key: value for key, value in said.items() if key in _OF_GUARD}
    )
    loop, users = Loop(), _users(said.get("USERS"))
    try:
        embedded = Embedded(
            {key.lower(): value for key, value in said.items() if key in _OF_SERVER},
            path=_mount_path(),
            audience=audience,
            policy=guard.options.get("policy"),
            scopes=guard.options.get("scopes"),
            clock=guard.options.get("clock", SYSTEM),
            loop=loop,
            directory=users,
        )
        for client_id, members in said.get("CLIENTS", {}).items():
            embedded.server.client(client_id, **_client(client_id, members))
    except ConfigurationError as error:
        raise ImproperlyConfigured(f"WATCHWORD: {error}") from error
    refuse_shared(embedded.database)
    if users is not None and embedded.server.settings.register:
        raise ImproperlyConfigured(_NO_SIGN_UP)
    return Site(
        embedded.server.issuer,
        embedded.audience,
        embedded.options(**guard.options),
        guard.identify,
        SiteServer(embedded, loop, users),
    )


def _users(said: object) -> DjangoUsers | None:
    """Return the table that accounts follow. Raises ImproperlyConfigured."""
    if said is None:
        return None
    try:
        made = DjangoUsers if said == "django" else import_string(str(said))
    except ImportError as problem:
        raise ImproperlyConfigured(f"WATCHWORD['USERS']: {problem}") from problem
    if not (isinstance(made, type) and issubclass(made, DjangoUsers)):
        raise ImproperlyConfigured(
            "WATCHWORD['USERS'] is \"django\", or the path of a class that is a DjangoUsers"
        )
    if not has_field("is_active"):
        raise ImproperlyConfigured(
            "WATCHWORD['USERS']: the model of AUTH_USER_MODEL has no field is_active, by which an "
            "account is closed"
        )
    return made()


def _client(client_id: str, members: Mapping[str, object]) -> dict[str, Any]:
    """Return what is said of a client, whose secret a setting holds as text."""
    said: dict[str, Any] = {"name": client_id, **members}
    if isinstance(said.get("secret"), str):
        said["secret"] = Secret(said["secret"])
    return said


def _mount_path() -> str:
    """Return the path below which the site includes the server. Raises ImproperlyConfigured."""
    resolver = get_resolver()
    found = path_of(resolver, serve)
    if found is None:
        raise ImproperlyConfigured(
            'urlpatterns lacks path("auth/", include("watchword.django.urls")), where the server '
            "answers"
        )
    if is_below_a_language(resolver, serve):
        raise ImproperlyConfigured(
            'include("watchword.django.urls") stands in i18n_patterns(), whose prefix is another '
            "for each language, and the issuer has one address: move it to a list beside that"
        )
    return found.removesuffix(str(urlpatterns[0].pattern)).rstrip("/")
