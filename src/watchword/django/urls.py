"""The URLs of the server, for a site to include.

    urlpatterns += [path("auth/", include("watchword.django.urls"))]

The issuer is the public URL with the path of the include. At the root, `path("", ...)` comes last.

Source: users.md section 5, U9 and U13.
"""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error
from django.urls import URLPattern
from django.urls.resolvers import RegexPattern

from watchword.django.views import serve
from watchword.guards.django.settings import INSTALL, BringsServer

app_name = "watchword"


class _Place(URLPattern):
    """Where the server answers. A site that leaves the application out has no other check."""

    def check(self) -> list[Any]:
        """Return what Django finds wrong, and that nothing brings the server."""
        found = list(super().check())
        setting = getattr(settings, "WATCHWORD", None)
        is_elsewhere = isinstance(setting, Mapping) and "ISSUER" in setting
        if is_elsewhere or any(isinstance(each, BringsServer) for each in apps.get_app_configs()):
            return found
        return [*found, Error(INSTALL, id="watchword.E003")]


urlpatterns = [
    _Place(RegexPattern(r"^(?P<path>.*)$", name="server", is_endpoint=True), serve, name="server")
]
