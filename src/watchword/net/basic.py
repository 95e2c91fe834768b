"""Credentials of a client or a resource in the field that HTTP has for them.

Source: RFC 6749 section 2.3.1; RFC 7617 section 2.
"""

from base64 import b64encode
from urllib.parse import quote_plus

from watchword.base.secrets import Secret

__all__ = ["basic"]


def basic(name: str, secret: Secret) -> Secret:
    """Return the value of the Authorization field.

    Args:
        name: as the server knows it.
        secret: with which whoever sends it proves that it is.
    """
    credentials = f"{quote_plus(name)}:{quote_plus(secret.reveal())}".encode("ascii")
    return Secret(f"Basic {b64encode(credentials).decode('ascii')}")
