"""What a WSGI request presents to a guard.

A server joins fields of one name by commas, so two tokens arrive as one value that is refused.

Source: PEP 3333 (environ); security.md rule 82.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from watchword.guards.core import Core
from watchword.guards.presented import Presented
from watchword.oauth.certificates import certificate_of

__all__ = ["presented"]

_PATH_CHARACTERS = "/:@!$&'()*+,;=-._~"
_FIELD = "HTTP_"


def presented(core: Core, environ: Mapping[str, Any]) -> Presented:
    """Return what one request presents."""
    headers = {
        name.removeprefix(_FIELD).replace("_", "-").lower(): (value,)
        for name, value in environ.items()
        if name.startswith(_FIELD)
    }
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    direct = environ.get("SSL_CLIENT_CERT")  # as mod_ssl and its like hand it on
    return core.presented(
        headers,
        method=environ["REQUEST_METHOD"],
        path=quote(path.encode("latin-1"), safe=_PATH_CHARACTERS),
        query=environ.get("QUERY_STRING", "").encode("latin-1"),
        certificate=None if direct is None else certificate_of((direct,)),
    )
