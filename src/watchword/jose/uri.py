"""An http URI in its one spelling, without query and fragment.

A proof names the URI of a request so, and a token that of its status list.

Source: RFC 9449 sections 4.2 and 4.3; RFC 3986 sections 5.2.4, 6.2.2 and 6.2.3.
"""

import re

__all__ = ["MalformedURI", "normalised"]

URI_CHARACTERS_MAX = 8 * 1024  # as long as a request line that common servers accept

_URI = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]]+)(?::([0-9]*))?")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class MalformedURI(ValueError):
    """The text is not an http or https URI with a host and without user information."""


def normalised(uri: object) -> str:
    """Return the one spelling under which two equivalent URIs are equal.

    Raises:
        MalformedURI: not an absolute http or https URI of at most 8,192 characters.
    """
    if not isinstance(uri, str) or len(uri) > URI_CHARACTERS_MAX:
        raise MalformedURI("a URI is text of a bounded length")
    found = _URI.fullmatch(uri)
    if found is None or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise MalformedURI("not an http or https URI in ASCII")
    scheme = found[1].lower()
    authority = _AUTHORITY.fullmatch(found[2])
    if authority is None:
        raise MalformedURI("the URI has no host, or user information")
    host = _unescaped(authority[1]).lower()
    port = authority[2] or ""
    shown = "" if port in ("", _DEFAULT_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{host}{shown}{_without_dots(_unescaped(found[3]))}"


def _unescaped(text: str) -> str:
    """Decode what needs no escape, and write the other escapes in capitals."""
    return _ESCAPE.sub(_unescape, text)


def _unescape(found: re.Match[str]) -> str:
    if found[1] is None:
        raise MalformedURI("a percent sign is followed by two hexadecimal digits")
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()


def _without_dots(path: str) -> str:
    """Remove the segments "." and "..", as RFC 3986 section 5.2.4 does."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for at, segment in enumerate(segments):
        if segment == ".." and kept:
            kept.pop()
        if segment not in (".", ".."):
            kept.append(segment)
        elif at == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)
