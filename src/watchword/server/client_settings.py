"""Settings of clients that bring themselves: what the server will not start with.

Source: oauth.md C-6, D-2, D-6; security.md rule 98.
"""

import re
from typing import Protocol
from urllib.parse import urlsplit

from watchword.server.errors import ConfigurationError
from watchword.server.loopback import is_loopback

__all__ = ["DOCUMENTS", "REGISTRATIONS", "check_clients"]

REGISTRATIONS = ("off", "token", "open")
DOCUMENTS = ("off", "listed", "open")
_HOST = re.compile(r"[a-z0-9.-]+(?::[0-9]{1,5})?")


class _Settings(Protocol):
    """The settings that are looked at."""

    @property
    def public_url(self) -> str: ...
    @property
    def client_registration(self) -> str: ...
    @property
    def client_documents(self) -> str: ...
    @property
    def client_document_hosts(self) -> tuple[str, ...]: ...
    @property
    def client_documents_on_loopback(self) -> bool: ...


def check_clients(settings: _Settings) -> None:
    """Refuse words that do not exist, and a setting that another makes pointless.

    Raises:
        ConfigurationError: names the setting and the fix.
    """
    for key, said, words in (
        ("client_registration", settings.client_registration, REGISTRATIONS),
        ("client_documents", settings.client_documents, DOCUMENTS),
    ):
        if said not in words:
            problem = "is not a way in which clients come"
            raise ConfigurationError(key, problem, fix=f"Choose one of {', '.join(words)}")
    hosts = settings.client_document_hosts
    if (settings.client_documents == "listed") != bool(hosts):
        raise ConfigurationError(
            "client_document_hosts",
            "goes with client_documents = listed, and with that alone",
            fix="List the hosts of the programs that you let in, or choose another policy",
        )
    if not all(map(_HOST.fullmatch, hosts)):
        raise ConfigurationError(
            "client_document_hosts",
            "holds what is no host",
            fix="Write hosts in small letters, such as claude.ai",
        )
    if settings.client_documents_on_loopback:
        _check_loopback(settings)


def _check_loopback(settings: _Settings) -> None:
    if settings.client_documents == "off":
        raise ConfigurationError(
            "client_documents_on_loopback",
            "is set, and client_documents is off",
            fix="Set client_documents as well, or leave this one out",
        )
    if not is_loopback(urlsplit(settings.public_url).hostname or ""):
        raise ConfigurationError(
            "client_documents_on_loopback",
            "is for development, and this server is reached from other machines",
            fix="Leave it out: strangers would have this machine ask itself",
        )
