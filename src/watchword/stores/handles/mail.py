"""The outbox: the protocol `accounts.mail.MailStore`."""

from functools import partial

from watchword.accounts.mail.messages import Claim, DueMail, SealedMail, SettleOutcome
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import outbox

__all__ = ["MailVerbs"]


class MailVerbs(Handle):
    """Carries out `MailStore`."""

    __slots__ = ()

    async def queue_mail(self, mail: SealedMail) -> None:
        """Insert a mail that no other change belongs to."""
        await self._driver.write(partial(outbox.enqueue, self._tenant, mail))

    async def has_due_mail(self, *, now: int) -> bool:
        """Read whether there is a mail to be claimed."""
        return await self._driver.read(outbox.has_due_mail(self._tenant, now=now))

    async def claim_mails(self, *, most: int, lease_seconds: int, now: int) -> tuple[DueMail, ...]:
        """Take due mails and keep everybody else from them until the lease ends."""
        return await self._driver.write(
            partial(
                outbox.claim_mails, self._tenant, most=most, lease_seconds=lease_seconds, now=now
            )
        )

    async def mail_sent(self, claim: Claim, *, now: int) -> SettleOutcome:
        """Record that the mail was accepted, and forget its text."""
        return await self._driver.write(partial(outbox.mail_sent, self._tenant, claim, now=now))

    async def mail_delayed(
        self, claim: Claim, *, error: str, due_at: int, now: int
    ) -> SettleOutcome:
        """Record a failed attempt and when the next one is due."""
        return await self._driver.write(
            partial(outbox.mail_delayed, self._tenant, claim, error=error, due_at=due_at, now=now)
        )

    async def mail_given_up(self, claim: Claim, *, error: str, now: int) -> SettleOutcome:
        """Record that the mail will not be sent, and forget its text."""
        return await self._driver.write(
            partial(outbox.mail_given_up, self._tenant, claim, error=error, now=now)
        )

    async def list_mails(self, *, most: int, now: int) -> tuple[DueMail, ...]:
        """Return the mails that wait, the latest first."""
        return await self._driver.read(outbox.list_mails(self._tenant, most=most, now=now))
