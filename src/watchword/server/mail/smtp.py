"""The way to the mail server: one connection a mail, in a thread, within a deadline.

What the mail server says reaches no log and no row, since it may repeat the recipient: the codes
and the step at which they came do.

Source: RFC 5321 sections 4.2 and 4.5.3.2; RFC 3207; RFC 8314; RFC 4954.
"""

import asyncio
import re
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from email.message import EmailMessage
from typing import Self

from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.server.mail.checks import PORTS, MailSettings

__all__ = ["DELIVERY_SECONDS_MAX", "Delayed", "Refused", "SMTPTransport", "SendFailed"]

STEP_SECONDS_MAX = 20  # one answer of the mail server
DELIVERY_SECONDS_MAX = 45  # the whole conversation, however slowly it is led
THREADS = 4
_ENHANCED = re.compile(rb"\A[245]\.\d{1,3}\.\d{1,3}(?=\s|\Z)")


class SendFailed(Exception):
    """The mail server did not take the mail; the text says at which step, and its codes."""


class Delayed(SendFailed):
    """It may take it later."""


class Refused(SendFailed):
    """It will not take this mail, however often it is asked."""


@dataclass(frozen=True, slots=True)
class SMTPTransport:
    """Sends messages through one mail server.

    Args:
        host: its name or address.
        port: where it listens.
        tls: "starttls", "implicit" or "none".
        sender: the address in the envelope.
        greeting: what this server calls itself.
        user: its name there, if it has one.
        password: goes with the name.
        context: decides which certificates are believed; the system's, unless given.
    """

    host: str
    port: int
    tls: str
    sender: str
    greeting: str
    user: str | None = None
    password: Secret | None = None
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="watchword-mail"),
        repr=False,
    )

    @classmethod
    def of(cls, settings: MailSettings) -> Self | None:
        """Return the way that the settings describe; None where they name no mail server."""
        if settings.smtp_host is None or settings.mail_from is None:
            return None
        return cls(
            host=settings.smtp_host,
            port=settings.smtp_port or PORTS[settings.smtp_tls],
            tls=settings.smtp_tls,
            sender=settings.mail_from,
            greeting=settings.host_name.partition(":")[0],
            user=settings.smtp_user,
            password=None if settings.smtp_password is None else Secret(settings.smtp_password),
        )

    async def send(self, message: EmailMessage, *, to: str) -> None:
        """Hand the message to the mail server.

        Raises:
            Delayed: unreachable, busy, slow, or set up wrongly.
            Refused: it has no such recipient, or will not have this message.
        """
        conversation = _Conversation(self, message, to)
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, conversation.hold)
        try:
            async with asyncio.timeout(DELIVERY_SECONDS_MAX):
                await asyncio.shield(running)
        except TimeoutError:
            conversation.abort()
            raise Delayed(f"no end within {DELIVERY_SECONDS_MAX} s") from None

    def close(self) -> None:
        """Start nothing more. What is under way ends by its own deadlines."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Conversation:
    """One mail, told to the mail server in a thread."""

    def __init__(self, way: SMTPTransport, message: EmailMessage, to: str) -> None:
        self._way = way
        self._message = message
        self._to = to
        self._client: smtplib.SMTP | None = None

    def hold(self) -> None:
        """Connect, say everything, and hang up.

        Raises:
            Delayed, Refused
        """
        step = "connection"
        try:
            client = self._client = self._connect()
            with client:
                step = "TLS"
                self._protect(client)
                step = "AUTH"
                self._sign_in(client)
                step = "MAIL"
                self._expect(client.mail(self._way.sender))
                step = "RCPT"
                self._expect(client.rcpt(self._to))
                step = "DATA"
                self._expect(client.data(self._message.as_bytes()))
        except smtplib.SMTPResponseException as error:
            raise _judged(step, error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPException as error:
            raise Delayed(f"{step}: {type(error).__name__}") from None
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise Delayed(f"{step}: {type(error).__name__}") from None

    def abort(self) -> None:
        """Cut the connection; the thread then ends with an error that nobody waits for."""
        client = self._client
        if client is not None and client.sock is not None:
            client.close()

    def _connect(self) -> smtplib.SMTP:
        way = self._way
        if way.tls == "implicit":
            return smtplib.SMTP_SSL(
                way.host, way.port, way.greeting, timeout=STEP_SECONDS_MAX, context=way.context
            )
        return smtplib.SMTP(way.host, way.port, way.greeting, timeout=STEP_SECONDS_MAX)

    def _protect(self, client: smtplib.SMTP) -> None:
        client.ehlo_or_helo_if_needed()
        if self._way.tls == "starttls":  # a server that does not offer it gets nothing
            self._expect(client.starttls(context=self._way.context))
            client.ehlo()

    def _sign_in(self, client: smtplib.SMTP) -> None:
        if self._way.user is not None and self._way.password is not None:
            client.login(self._way.user, self._way.password.reveal())

    @staticmethod
    def _expect(answer: tuple[int, bytes]) -> None:
        code, text = answer
        if not 200 <= code <= 299:
            raise smtplib.SMTPResponseException(code, text)


def _judged(step: str, code: int, text: bytes | str) -> SendFailed:
    """Return the failure. Only the answer to a recipient or a message is about this mail."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    enhanced = _ENHANCED.match(raw)
    said = f"{step}: {code}" + (f" {enhanced[0].decode('ascii')}" if enhanced else "")
    if 500 <= code <= 599 and step in {"RCPT", "DATA"}:
        return Refused(said)
    return Delayed(said)
