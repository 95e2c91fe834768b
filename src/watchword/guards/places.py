"""Addresses that a framework builds from the Host header, which anybody writes.

Source: RFC 9110 section 10.2.2; RFC 3986 section 4.2; security.md rule 97.
"""

__all__ = ["relative"]


def relative(location: bytes, prefixes: tuple[bytes, ...]) -> bytes:
    """Return an address without a host that the request itself has named.

    Args:
        location: the value of the field.
        prefixes: scheme and host as the request writes them, in lower case.
    """
    for prefix in prefixes:
        rest = location[len(prefix) :]
        if location.lower().startswith(prefix) and rest[:1] in {b"/", b"?", b"#", b""}:
            # Two slashes at the front would name a host (RFC 3986 section 4.2).
            return b"/." + rest if rest.startswith(b"//") else rest or b"/"
    return location
