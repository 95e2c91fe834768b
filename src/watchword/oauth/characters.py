"""The characters that RFC 6749 and RFC 6750 allow in what a server writes and reads.

Source: RFC 6749 appendix A; RFC 6750 section 3.
"""

import re

__all__ = ["as_description", "is_description", "is_scope_token", "is_uri_text"]

_DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]*")
_OTHER = re.compile(r"[^\x20\x21\x23-\x5B\x5D-\x7E]")
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


def is_description(text: str) -> bool:
    """Tell whether a text may be an error_description: printable ASCII, no quote, no backslash."""
    return _DESCRIPTION.fullmatch(text) is not None


def as_description(text: str) -> str:
    """Return the text in those characters; any other one becomes a question mark."""
    return _OTHER.sub("?", text)


def is_scope_token(text: str) -> bool:
    """Tell whether a text may be one scope: as a description, without a space and not empty."""
    return _SCOPE_TOKEN.fullmatch(text) is not None


def is_uri_text(text: str) -> bool:
    """Tell whether a text has only characters that an error_uri may have."""
    return is_scope_token(text)
