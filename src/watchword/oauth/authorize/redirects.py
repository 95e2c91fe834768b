"""Redirect addresses: where a request may be answered.

`ValidatedRedirect` is the only type that answers are sent to, and `validate_redirect` is the only
function that makes one: whole strings are compared, and nothing is normalised.

Source: RFC 6749 section 3.1.2; RFC 9700 sections 2.1 and 4.1.3; RFC 8252 sections 7.1 and 7.3;
oauth.md A-1 and A-2; security.md rules 51, 52 and 68, class C5.
"""

import re
from collections.abc import Iterable
from dataclasses import InitVar
from urllib.parse import quote, urlencode, urlsplit

from watchword.base.records import dataclass
from watchword.oauth.authorize.errors import RedirectMismatch
from watchword.oauth.authorize.redirect_rules import (
    LOOPBACK_HOSTS,
    RedirectRefused,
    check_redirect_uri,
)
from watchword.oauth.clients import Client

__all__ = [
    "ValidatedRedirect",
    "form_target_of",
    "host_of",
    "is_loopback_redirect",
    "validate_redirect",
    "with_parameters",
]

# An http address of this machine: its host, its port, and what follows. The rules for registration
# have held everything else against it.
_LOOPBACK = re.compile(r"http://([^/?:\[]+|\[::1\])(:[0-9]+)?([/?].*)?", re.ASCII)
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.-]+(?::[0-9]+)?)(?:[/?].*)?", re.ASCII)
_MAKER = object()


@dataclass(frozen=True, slots=True)
class ValidatedRedirect:
    """An address of a client that was compared. Made by `validate_redirect` and nothing else.

    Args:
        uri: as it was compared, byte for byte; the port of a loopback address is the request's.
        form_target: what a Content-Security-Policy has to allow, so that a browser follows the
            redirect after a form: the origin, or the scheme where there is no web origin.
        maker: what this module alone has; `dataclasses.replace` cannot hand it on.

    Raises:
        TypeError: somebody else makes one.
    """

    uri: str
    form_target: str
    maker: InitVar[object]

    @property
    def host(self) -> str:
        """What people know it by: host and port, or the scheme of a native application."""
        return host_of(self.uri)

    def __post_init__(self, maker: object) -> None:
        if maker is not _MAKER:
            raise TypeError("validate_redirect() alone makes a ValidatedRedirect")


def host_of(uri: str) -> str:
    """Return what people know a registered address by: host and port, or a native scheme."""
    parts = urlsplit(uri)
    return parts.netloc or parts.scheme


def form_target_of(uri: str) -> str:
    """Return the source expression of a registered address.

    An address of IPv6 has no source expression, so its scheme stands for it (CSP section 2.3.1).
    """
    parts = _ORIGIN.fullmatch(uri)
    return f"{parts[1]}://{parts[2]}" if parts else uri.partition(":")[0] + ":"


def with_parameters(uri: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return a registered address with parameters; what it has of its own stays first.

    Source: RFC 6749 section 3.1.2.
    """
    added = urlencode(tuple(parameters), quote_via=quote)
    if not added:
        return uri
    joint = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return uri + joint + added


def is_loopback_redirect(uri: str) -> bool:
    """Whether an address leads to a program on the person's own machine."""
    return _split_loopback(uri) is not None


def validate_redirect(client: Client, asked: str | None, *, is_openid: bool) -> ValidatedRedirect:
    """Return where a request of the client is answered.

    Args:
        client: with its registered addresses.
        asked: the `redirect_uri` of the request; None where it has none.
        is_openid: whether the request is one of OpenID Connect, which has to say it.

    Raises:
        RedirectMismatch: it is not registered, or missing where it is needed; nothing may be
            redirected.
    """
    if asked is None:
        if is_openid or len(client.redirect_uris) != 1:
            raise RedirectMismatch(detail=f"{client.client_id} sent no redirect_uri")
        asked = client.redirect_uris[0]
    if not any(_is_same(asked, registered) for registered in client.redirect_uris):
        raise RedirectMismatch(detail=f"{asked!r} is not registered for {client.client_id}")
    try:
        check_redirect_uri(asked)  # a second fence: whoever wrote the row may have skipped it
    except RedirectRefused as refused:
        raise RedirectMismatch(detail=f"{asked!r}: {refused}") from None
    return ValidatedRedirect(asked, form_target_of(asked), _MAKER)


def _is_same(asked: str, registered: str) -> bool:
    """Compare whole strings; the ports of two loopback addresses make no difference."""
    if asked == registered:
        return True
    ours = _split_loopback(registered)
    return ours is not None and ours == _split_loopback(asked)


def _split_loopback(uri: str) -> tuple[str, str] | None:
    """Return host and what follows the port of a loopback address; None for any other."""
    parts = _LOOPBACK.fullmatch(uri)
    if parts is None or parts[1] not in LOOPBACK_HOSTS:
        return None
    return parts[1], parts[3] or ""
