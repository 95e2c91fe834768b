"""What Django's report of a failure shows of a request: nothing that would let its reader in.

Django mails the variables of every frame and the cookies of the request to the site's
administrators. Frames of this library hold bodies, tokens and settings, also those that ran in the
server's own thread, where Django's decorators do not reach.

Source: security.md rule 99; Django, "How to manage error reporting".
"""

import re
from collections.abc import Iterable
from types import FrameType
from typing import Any, Final

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter, get_exception_reporter_filter

__all__ = ["Discreet", "report_discreetly"]

_PACKAGE: Final = f"{__name__.partition('.')[0]}."
_OWN_COOKIE: Final = f"{_PACKAGE[:-1]}-"  # what is between the prefix and the purpose of a cookie
_PASSWORD: Final = re.compile(r"(?<=://)[^/?#\s]*@")  # and the name, of a URL
_STARS: Final = SafeExceptionReporterFilter.cleansed_substitute


class Discreet:
    """A filter of a site, and what this library has to hide beside it.

    Args:
        inner: the site's own filter.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        """Do as the site's filter does."""
        if name == "_inner":  # of a copy that is only being made
            raise AttributeError(name)
        return getattr(self._inner, name)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Iterable[tuple[str, Any]]:
        """Return what a frame held; of one of this library the names alone, as in production."""
        found: Iterable[tuple[str, Any]] = self._inner.get_traceback_frame_variables(
            request, tb_frame
        )
        is_ours = str(tb_frame.f_globals.get("__name__", "")).startswith(_PACKAGE)
        if not is_ours or not self._inner.is_active(request):
            return found
        return [(name, _STARS) for name, _ in found]

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        """Return the cookies of a request without what signs somebody in."""
        cookies: dict[str, Any] = self._inner.get_safe_cookies(request)
        return {name: _STARS if _OWN_COOKIE in name else cookies[name] for name in cookies}

    def get_safe_settings(self) -> dict[str, Any]:
        """Return the settings of the site without the passwords in addresses of `WATCHWORD`."""
        found: dict[str, Any] = self._inner.get_safe_settings()
        said = found.get("WATCHWORD")
        if not isinstance(said, dict):
            return found
        return found | {"WATCHWORD": {key: _without_password(said[key]) for key in said}}


def report_discreetly(request: Any) -> None:
    """Have whatever goes wrong with a request be reported by a `Discreet` filter."""
    request.exception_reporter_filter = Discreet(get_exception_reporter_filter(request))


def _without_password(value: object) -> object:
    return _PASSWORD.sub(f"{_STARS}@", value) if isinstance(value, str) else value
