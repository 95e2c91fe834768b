"""The token that comes with a form, or with what a script sends.

Source: security.md rule 47; OWASP ASVS 5.0 V3.5.1 to V3.5.3.
"""

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

__all__ = ["FORM_FIELD", "FORM_HEADER", "presented"]

FORM_FIELD = "form_token"
FORM_HEADER = "X-Form-Token"  # for scripts; a page of another site cannot send it
FORM_BYTES_MAX = 65_536  # of a form that is read for its token alone
FORM_FIELDS_MAX = 100
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_READS_FORMS = find_spec("python_multipart") is not None  # what Starlette reads forms with


async def presented(request: Request) -> str | None:
    """Return the token of the form or of the header; a repeated one is none."""
    sent = request.headers.getlist(FORM_HEADER)
    if sent:
        return sent[0] if len(sent) == 1 else None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _FORMS:
        return None
    if _READS_FORMS:  # what was read for the route is kept, and read no second time
        found = (await request.form()).getlist(FORM_FIELD)
    elif media_type == _FORMS[0]:
        found = _fields(await request.body())
    else:
        return None
    return found[0] if len(found) == 1 and isinstance(found[0], str) else None


def _fields(body: bytes) -> list[Any]:
    """Return the values of the field in an urlencoded form."""
    if len(body) > FORM_BYTES_MAX:
        return []
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=FORM_FIELDS_MAX)
    except ValueError:
        return []
    return [value for name, value in pairs if name == FORM_FIELD]
