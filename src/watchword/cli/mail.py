"""`watchword mail`: whether mails reach anybody.

Source: users.md U95.
"""

import asyncio
from pathlib import Path

import click

from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress, parse_email
from watchword.accounts.mail.messages import Mail, MailKind
from watchword.base import chance, clock
from watchword.base.chance import new_id
from watchword.cli.exits import Misconfigured, Refused, Unavailable
from watchword.cli.failures import reported
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, print_json
from watchword.server.mail import smtp
from watchword.server.mail.letters import write
from watchword.server.mail.message import message_of
from watchword.server.mail.smtp import SMTPTransport
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings

__all__ = ["mail"]

EXAMPLES = """\b
Examples:
  watchword mail test you@example.com
  WATCHWORD_SMTP_HOST=localhost WATCHWORD_SMTP_TLS=none \\
    WATCHWORD_MAIL_FROM=id@example.com watchword mail test you@example.com
"""


class _Address(click.ParamType[EmailAddress]):
    """An e-mail address."""

    name = "address"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> EmailAddress:
        """Return the address, or refuse the word."""
        try:
            return parse_email(value)
        except MalformedAddress as error:
            self.fail(str(error), param, ctx)


@click.group(epilog=EXAMPLES)
def mail() -> None:
    """Try whether the mail server takes a mail."""


@mail.command(
    short_help="Send one mail at once.", epilog=examples("watchword mail test you@example.com")
)
@click.argument("address", type=_Address())
@settings_option
@json_option
def test(address: EmailAddress, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Send one mail at once, without the outbox, and say what the mail server said."""
    with reported():
        loaded = load_settings(settings).settings
    way = SMTPTransport.of(loaded)
    if way is None:
        raise Misconfigured(
            "No mail server is set", fix="Set smtp_host and mail_from, then try again"
        )
    try:
        asyncio.run(_send(way, loaded, address))
    except smtp.Refused as refused:
        raise Refused(
            f"{way.host} refuses this mail ({refused})", fix="Try another address"
        ) from None
    except smtp.SendFailed as failed:
        raise Unavailable(
            f"{way.host}, port {way.port}, did not take the mail ({failed})",
            fix="Check smtp_host, smtp_port, smtp_tls, smtp_user and smtp_password",
        ) from None
    finally:
        way.close()
    if is_json:
        print_json({"taken_by": way.host, "port": way.port, "to": address.written})
    else:
        click.echo(f"{way.host} took the mail to {address}.")


async def _send(way: SMTPTransport, settings: Settings, address: EmailAddress) -> None:
    text = Mail(MailKind.TEST, address, None, {"service": settings.issuer})
    letter = write(text, issuer=settings.issuer, host=settings.host_name)
    message = message_of(
        letter,
        sender=way.sender,
        mail_id=new_id(chance.SYSTEM, "mail"),
        created_at=clock.SYSTEM.now(),
    )
    await way.send(message, to=address.written)
