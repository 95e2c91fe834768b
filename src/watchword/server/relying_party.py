"""Whom passkeys are made for: a domain, and the pages that may ask for them.

Both come from configuration. A passkey made for one domain is worth nothing on another, so the
domain is chosen once; a browser lets a page ask only for its own domain or for one above it.

Source: Web Authentication Level 3 sections 5.1.3 and 13.4.9; users.md U27; security.md rule 97.
"""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from watchword.accounts.factors.ceremonies import RelyingParty
from watchword.server.errors import ConfigurationError

__all__ = ["relying_party"]

LOCALHOST = "localhost"
ANDROID = "android:apk-key-hash:"  # how an app of Android names itself


def relying_party(
    public_url: str, *, domain: str | None, origins: Iterable[str] = ()
) -> RelyingParty:
    """Return whom the server's passkeys are made for.

    Browsers make no passkey for an address of numbers. On loopback the pages answer as localhost
    too, so the passkeys are made there.

    Args:
        public_url: of the server; its page is the first that may ask.
        domain: of the passkeys, where it is not the host of the URL: one above it.
        origins: further pages and apps that may ask, such as that of a first-party application.

    Raises:
        ConfigurationError: a page could never ask, or would do so without TLS.
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if parts.scheme == "http" and not _is_local(host):
        host = LOCALHOST
        parts = parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}")
    party = RelyingParty(domain or host, host, (_origin(parts), *origins))
    if domain is not None and not _covers(domain, host):
        raise ConfigurationError(
            "passkey_domain",
            f"is neither {host} nor a domain above it, so no page here could ask for a passkey",
            fix="Name the host of the URL, or a domain that it belongs to",
        )
    for origin in party.origins[1:]:
        _check(origin, party)
    return party


def _check(origin: str, party: RelyingParty) -> None:
    if origin.startswith(ANDROID):
        return
    parts = urlsplit(origin)
    host = parts.hostname or ""
    is_plain = origin == _origin(parts) and "@" not in parts.netloc and origin == origin.lower()
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_local(host))
    if not (is_plain and is_safe and _covers(party.id, host)):
        raise ConfigurationError(
            "passkey_origins",
            f"{origin!r} is no origin that may ask for passkeys of {party.id}",
            fix=f'Write "https://" and {party.id} or a host below it, without a path',
        )


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _covers(domain: str, host: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_local(host: str) -> bool:
    return _covers(LOCALHOST, host)
