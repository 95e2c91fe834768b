"""What a redirect URI must be before it is registered, whoever registers it.

A registered string is compared byte for byte for ever after, so whatever two parsers read
differently is refused here, once.

Source: RFC 6749 section 3.1.2; RFC 8252 section 7; RFC 9700 section 4.1.3; oauth.md A-2;
security.md rules 51 and 68.
"""

import re
from ipaddress import IPv6Address
from urllib.parse import parse_qsl, urlsplit

__all__ = [
    "LOOPBACK_HOSTS",
    "REDIRECT_CHARACTERS_MAX",
    "RedirectRefused",
    "check_redirect_uri",
    "is_loopback_uri",
]

REDIRECT_CHARACTERS_MAX = 2_048
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})  # oauth.md A-2

# RFC 3986 without a fragment, a quote and an asterisk, which registrations elsewhere expand.
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&()+,;=]|%[0-9A-Fa-f]{2})+")
_SCHEME = re.compile(r"[a-z][a-z0-9+\-.]*:")
_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]]+)(?::([0-9]{1,5}))?")
_DOT_SEGMENT = re.compile(r"(?:\.|%2[Ee]){1,2}(?:;.*)?")  # also as some servers read "..;"
_PRIVATE_PATH = re.compile(r"/(?:[^/].*)?|//[^/].*")
# What the answer of this server says; a second one of the registration's own could be taken for it.
_ANSWERED = frozenset({
    "access_token", "code", "error", "error_description", "error_uri", "id_token", "iss",
    "response", "session_state", "state",
})  # fmt: skip


class RedirectRefused(ValueError):
    """The text is no redirect URI that may be registered. The message never holds it."""


def check_redirect_uri(uri: str) -> None:
    """Refuse what may not be registered.

    Allowed are https, http on the machine itself, and schemes of a native application's own, which
    have a period (RFC 8252 section 7.1).

    Raises:
        RedirectRefused: says what is wrong, without the text itself.
    """
    if len(uri) > REDIRECT_CHARACTERS_MAX:
        raise RedirectRefused(f"is longer than {REDIRECT_CHARACTERS_MAX} characters")
    if "#" in uri:
        raise RedirectRefused("has a fragment")
    if "*" in uri:
        raise RedirectRefused("has a wildcard")
    scheme = _SCHEME.match(uri)
    if scheme is None or _CHARACTERS.fullmatch(uri) is None:
        raise RedirectRefused("is no absolute URI, or holds a character that a URI does not")
    match scheme[0]:
        case "https:" | "http:":
            _check_web(uri)
        case name if "." in name:
            _check_private(uri.removeprefix(name))
        case _:
            text = "has a scheme that is neither https nor, with a period, an application's own"
            raise RedirectRefused(text)
    _check_query(uri)


def is_loopback_uri(uri: str) -> bool:
    """Whether a registered URI leads to the machine itself, at a port that requests may choose."""
    return uri.startswith("http:")


def _check_web(uri: str) -> None:
    scheme, _, rest = uri.partition(":")
    if not rest.startswith("//"):
        raise RedirectRefused("has no host")
    authority, path = _split(rest)
    if "@" in authority:
        raise RedirectRefused("holds user information")
    found = _AUTHORITY.fullmatch(authority)
    if found is None or not _is_host(found[1]) or int(found[2] or 1) not in range(1, 65_536):
        raise RedirectRefused("has a malformed host or port")
    if scheme == "http" and found[1] not in LOOPBACK_HOSTS:
        raise RedirectRefused("is http off the machine itself; use https")
    if any(_DOT_SEGMENT.fullmatch(segment) for segment in path.split("/")):
        raise RedirectRefused("has a segment of dots")


def _split(rest: str) -> tuple[str, str]:
    """Return authority and path of what follows the scheme."""
    before_query = rest.removeprefix("//").partition("?")[0]
    authority, slash, path = before_query.partition("/")
    return authority, slash + path


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return _NAME.fullmatch(host) is not None
    try:
        IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def _check_private(rest: str) -> None:
    if _PRIVATE_PATH.fullmatch(rest) is None:
        raise RedirectRefused("names nothing behind its scheme")


def _check_query(uri: str) -> None:
    names = {name for name, _ in parse_qsl(urlsplit(uri).query, keep_blank_values=True)}
    if names & _ANSWERED:
        raise RedirectRefused("has a parameter in its query that only the answer may have")
