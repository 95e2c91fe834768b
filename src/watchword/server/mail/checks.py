"""What settings of mail a server starts with.

Source: security.md rules 98 and 105; RFC 8314 section 3.
"""

from typing import Protocol

from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress
from watchword.server.errors import ConfigurationError
from watchword.server.loopback import is_loopback

__all__ = ["PORTS", "MailSettings", "check_mail"]

PORTS = {"starttls": 587, "implicit": 465, "none": 25}  # RFC 8314 section 3.3; RFC 5321 4.5.4.2


class MailSettings(Protocol):
    """As much of the settings as mail needs."""

    @property
    def register(self) -> bool:
        """Whether strangers may make accounts."""
        ...

    @property
    def smtp_host(self) -> str | None:
        """The mail server."""
        ...

    @property
    def smtp_port(self) -> int:
        """Its port; 0: the usual one."""
        ...

    @property
    def smtp_tls(self) -> str:
        """How the way to it is protected."""
        ...

    @property
    def smtp_user(self) -> str | None:
        """Its name for this server."""
        ...

    @property
    def smtp_password(self) -> str | None:
        """And the password."""
        ...

    @property
    def mail_from(self) -> str | None:
        """The address that mails come from."""
        ...

    @property
    def host_name(self) -> str:
        """What this server is known by."""
        ...

    @property
    def has_mail(self) -> bool:
        """Whether a mail reaches anybody."""
        ...


def check_mail(settings: MailSettings) -> None:
    """Refuse settings under which mail would not work, or would travel in clear text.

    Raises:
        ConfigurationError: names the key and the fix.
    """
    if settings.register and not settings.has_mail:
        raise ConfigurationError(
            "register",
            "needs mail: an account begins with an address that its owner can read",
            fix="Set smtp_host and mail_from, or leave register at false",
        )
    if settings.smtp_tls not in PORTS:
        raise ConfigurationError(
            "smtp_tls",
            "is no way to protect the connection",
            fix=f"Choose one of {', '.join(PORTS)}",
        )
    if settings.smtp_host is None:
        _refuse_ignored(settings)
    else:
        _check_server(settings, settings.smtp_host)


def _refuse_ignored(settings: MailSettings) -> None:
    """A setting without effect is a mistake that nobody would see."""
    for key in ("smtp_user", "smtp_password", "mail_from"):
        if getattr(settings, key) is not None:
            raise ConfigurationError(
                key, "has no effect without smtp_host", fix="Set smtp_host, or remove it"
            )


def _check_server(settings: MailSettings, host: str) -> None:
    if settings.smtp_tls == "none" and not is_loopback(host):
        raise ConfigurationError(
            "smtp_tls",
            "is none, and the mail server is another machine: links that open accounts would "
            "travel in clear text",
            fix="Choose starttls or implicit",
        )
    if (settings.smtp_user is None) != (settings.smtp_password is None):
        missing = "smtp_user" if settings.smtp_user is None else "smtp_password"
        raise ConfigurationError(
            missing, "is missing: name and password go together", fix="Set both, or neither"
        )
    if settings.mail_from is None:
        raise ConfigurationError(
            "mail_from",
            "is missing: every mail comes from somebody",
            fix='Set it to an address of yours, such as "id@example.com"',
        )
    try:
        EmailAddress(settings.mail_from)
    except MalformedAddress as error:
        raise ConfigurationError(
            "mail_from", f"is {error}", fix="Write the address alone, without a name"
        ) from None
