"""What the pages that cause mails work with, made of what a started server holds.

Source: users.md U8, U47 and U95.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.responses import Response

from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress, parse_email
from watchword.accounts.mail.limits import MailDelayed, MailLimiter
from watchword.accounts.mail.verification import VerificationContext
from watchword.accounts.recovery import RecoveryContext
from watchword.accounts.signup import SignupContext
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.server.languages import N_, Message, ngettext
from watchword.server.pages.render import Site
from watchword.server.runtime import Runtime

__all__ = [
    "AddressFault",
    "delayed",
    "evenly",
    "read_address",
    "recovery_context",
    "signup_context",
    "verification_context",
    "with_retry",
]

NO_ADDRESS = N_("Enter your e-mail address.")
NOT_AN_ADDRESS = N_("This is no e-mail address. It looks like name@example.com.")
EVEN_SECONDS = 0.05  # many times what either takes
_MINUTE = 60

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AddressFault:
    """Why a text is no address, in words."""

    text: str


def read_address(text: str | None) -> EmailAddress | AddressFault:
    """Read an address that somebody typed, or say what is wrong with it."""
    if not text:
        return AddressFault(NO_ADDRESS)
    try:
        return parse_email(text)
    except MalformedAddress:
        return AddressFault(NOT_AN_ADDRESS)


def delayed(error: MailDelayed) -> Message:
    """Say that a mail went out a short while ago. It reads the same for every address."""
    minutes = -(-error.retry_after // _MINUTE)
    return ngettext(
        "Mails were sent to this address, or from this network, a short while ago. Look among "
        "unwanted mail, or try again in a minute.",
        "Mails were sent to this address, or from this network, a short while ago. Look among "
        "unwanted mail, or try again in %(count)s minutes.",
        minutes,
    )


def with_retry(response: Response, error: MailDelayed) -> Response:
    """Say the same to programs."""
    response.headers["retry-after"] = str(error.retry_after)
    return response


async def evenly(work: Awaitable[T], clock: Clock) -> T:
    """Do something and answer at the same moment after the question, whatever was found.

    Writing to an owner takes longer than writing to nobody, by some tenths of a millisecond.

    Source: security.md rule 29; OWASP ASVS 5.0 V6.3.8.
    """
    until = clock.monotonic() + EVEN_SECONDS
    try:
        return await work
    finally:
        await asyncio.sleep(max(0.0, until - clock.monotonic()))


def signup_context(site: Site, runtime: Runtime) -> SignupContext:
    """Return what sign-up works with."""
    return SignupContext(
        store=runtime.store,
        sealer=runtime.mail,
        limiter=_limiter(runtime),
        hasher=runtime.hasher,
        clock=runtime.clock,
        chance=runtime.chance,
        issuer=runtime.settings.issuer,
        service_name=site.name,
        parameters=runtime.credentials.parameters,
        breaches=runtime.breaches,
    )


def recovery_context(runtime: Runtime) -> RecoveryContext:
    """Return what a forgotten password is set again with."""
    return RecoveryContext(
        store=runtime.store,
        sealer=runtime.mail,
        limiter=_limiter(runtime),
        credentials=runtime.credentials,
        clock=runtime.clock,
        chance=runtime.chance,
        issuer=runtime.settings.issuer,
        code_key=runtime.code_key,
    )


def verification_context(runtime: Runtime) -> VerificationContext:
    """Return what addresses are confirmed with."""
    return VerificationContext(
        store=runtime.store,
        sealer=runtime.mail,
        limiter=_limiter(runtime),
        clock=runtime.clock,
        chance=runtime.chance,
        issuer=runtime.settings.issuer,
    )


def _limiter(runtime: Runtime) -> MailLimiter:
    return MailLimiter(runtime.store, runtime.sealing.derive("mail limits"))
