"""The application of Django that brings the server into a site.

    INSTALLED_APPS += ["watchword.django"]

Source: users.md section 5.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Doubt
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from watchword.guards.django.settings import Site

__all__ = ["WatchwordConfig"]


class WatchwordConfig(AppConfig):
    """Brings the server, and lets `manage.py check` look at what the settings say of it."""

    name = "watchword.django"
    label = "watchword"
    verbose_name = "watchword"

    def ready(self) -> None:
        """Add the check, and listen to what Django tells of its users."""
        register(_look)
        register(_look_at_users)
        # Its errors are those of a store, and a site elsewhere needs none of it.
        from watchword.django.signals import listen  # noqa: PLC0415

        listen()

    def site(self, setting: object) -> "Site":
        """Return what the setting WATCHWORD says, with the server where it names no ISSUER.

        Raises:
            ImproperlyConfigured: the setting is at fault.
        """
        # As below.
        from watchword.guards.django.settings import read  # noqa: PLC0415

        if isinstance(setting, Mapping) and "ISSUER" in setting:
            return read(setting)  # a guard alone, with nothing of the server installed
        # A command of Django that asks for no guard loads no server.
        from watchword.django.site import site_with_server  # noqa: PLC0415

        return site_with_server(setting)


def _look(**_: Any) -> Iterable[CheckMessage]:
    from watchword.guards.django.guard import current  # noqa: PLC0415  # as above
    from watchword.guards.errors import UnguardedViews  # noqa: PLC0415  # as above

    try:
        undeclared = current().survey.undeclared()
    except ImproperlyConfigured as fault:
        return [Error(str(fault), id="watchword.E001")]
    return [Error(str(UnguardedViews(undeclared)), id="watchword.E002")] if undeclared else []


def _look_at_users(**_: Any) -> Iterable[CheckMessage]:
    from watchword.guards.django.guard import current  # noqa: PLC0415  # as above

    try:
        served = current().served
    except ImproperlyConfigured:
        return []  # the other check tells of it
    if served is None or not served.has_accounts:
        return []
    from watchword.django.users import doubts  # noqa: PLC0415  # as above

    return [Doubt(said, id=f"watchword.W00{number}") for number, said in doubts()]
