"""Forms that only this server's own pages can send.

Two independent checks stand before every POST of a form, sign-in included: where the request comes
from, by headers that no page can forge; and a token in the form that only a page of this server,
shown to this browser in this session, contains.

Source: security.md rule 47; OWASP ASVS 5.0 V3.5.1 to V3.5.3; Fetch Metadata Request Headers.
"""

from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from watchword.base.secrets import Secret, digest, same
from watchword.server.settings import is_loopback

__all__ = ["FORM_TOKEN", "form_token", "is_own_form", "is_own_origin"]

FORM_TOKEN = "form_token"  # noqa: S105  # the name of the field, not a token

# "none" is the person at work: a restored tab, a reload.
OWN_SITES = frozenset({"same-origin", "none"})


def is_own_origin(headers: Headers, origin: str) -> bool:
    """Whether the request comes from a page of this origin, as far as the browser says.

    The pages send no referrer, so a browser names the origin of their own forms "null" (Fetch
    section 3.2): then Sec-Fetch-Site must say that they are ours. A request with neither header
    comes from no browser of the last years, and is left to the token.

    Args:
        headers: of the request.
        origin: scheme, host and port of the public URL.
    """
    sites = headers.getlist("sec-fetch-site")
    if sites and (len(sites) > 1 or sites[0] not in OWN_SITES):
        return False
    match headers.getlist("origin"):
        case []:
            return True
        case ["null"]:
            return bool(sites)
        case [one]:
            return one == origin or _are_one_machine(one, origin)
        case _:
            return False


def form_token(form_cookie: Secret, session_cookie: Secret | None) -> str:
    """Return the token of the forms of one browser in one session.

    Both cookies are secrets of 256 bits and fixed length, so their hash tells nothing of either,
    and a token from before the sign-in is worth nothing after it.
    """
    session = "" if session_cookie is None else session_cookie.reveal()
    hashed = digest(Secret(f"form {form_cookie.reveal()} {session}"))
    return urlsafe_b64encode(hashed).rstrip(b"=").decode("ascii")


def is_own_form(presented: str, form_cookie: Secret | None, session_cookie: Secret | None) -> bool:
    """Whether the form was shown by this server to this browser in this session."""
    return form_cookie is not None and same(presented, form_token(form_cookie, session_cookie))


def _are_one_machine(left: str, right: str) -> bool:
    """Whether two http origins are names of this machine, such as localhost and 127.0.0.1.

    On loopback the public URL may be a default whose host or port the developer does not type.
    """
    return all(
        parts.scheme == "http" and is_loopback(parts.hostname or "")
        for parts in (urlsplit(left), urlsplit(right))
    )
