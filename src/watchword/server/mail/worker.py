"""The worker: takes mails from the outbox to the mail server, on every node, for ever.

A mail is claimed before it is sent and settled afterwards. A process that dies in between leaves
the claim to run out; another one then sends the mail, at most once more than it should have been.

Source: users.md U95; ARCHITECTURE section 3 (nothing of a login lives in a process).
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol

from watchword.accounts.mail.messages import DueMail, MailKind, MailSealer, MailStore
from watchword.base.clock import Clock
from watchword.keys.errors import SealBroken
from watchword.server.mail.letters import write
from watchword.server.mail.message import message_of
from watchword.server.mail.smtp import DELIVERY_SECONDS_MAX, Refused, SendFailed
from watchword.stores.errors import StoreError

__all__ = ["LEASE_SECONDS", "MailWorker", "Transport", "next_attempt"]

LOG = logging.getLogger("watchword.mail")

LEASE_SECONDS = 2 * DELIVERY_SECONDS_MAX  # a conversation and its record fit in
MAILS_AT_ONCE = 4
STOP_SECONDS_MAX = 10.0
IDLE_SECONDS = 2.0  # between looks at an outbox in which nothing is due
# Seconds until the next attempt, by the number of those that failed; then always the last.
WAITS = (10, 30, 60, 120, 300, 600, 1_800)


class Transport(Protocol):
    """What takes messages away."""

    @property
    def sender(self) -> str:
        """The address in the envelope."""
        ...

    async def send(self, message: EmailMessage, *, to: str) -> None:
        """Hand a message on. Raises SendFailed."""
        ...

    def close(self) -> None:
        """Start nothing more."""
        ...


@dataclass(slots=True)
class MailWorker:
    """Sends what waits.

    Args:
        store: the outbox.
        sealer: opens its mails.
        transport: takes them away.
        clock: the time.
        issuer: where links in notices lead.
        host: what people know the server by.
    """

    store: MailStore
    sealer: MailSealer
    transport: Transport
    clock: Clock
    issuer: str
    host: str
    _task: "asyncio.Task[None] | None" = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._task = asyncio.create_task(self._run(), name="watchword-mail")

    async def stop(self) -> None:
        """Let mails that are under way arrive, within a limit, and take no others."""
        task, self._task = self._task, None
        self._stopping.set()
        if task is not None:
            await asyncio.wait((task,), timeout=STOP_SECONDS_MAX)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self.transport.close()

    async def deliver_due(self) -> int:
        """Send what is due, a few at a time; return how many were taken."""
        due = await self.store.claim_mails(
            most=MAILS_AT_ONCE, lease_seconds=LEASE_SECONDS, now=self.clock.now()
        )
        await asyncio.gather(*(self._deliver(one) for one in due))
        return len(due)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                taken = await self._look()
            except StoreError as error:
                LOG.warning("the outbox cannot be read: %s", error)
                taken = 0
            if taken < MAILS_AT_ONCE:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), IDLE_SECONDS)

    async def _look(self) -> int:
        """Reading costs little, and claiming takes the writer's turn: so only where it is worth."""
        if not await self.store.has_due_mail(now=self.clock.now()):
            return 0
        return await self.deliver_due()

    async def _deliver(self, due: DueMail) -> None:
        now = self.clock.now()
        if due.kind is MailKind.DECOY:
            await self.store.mail_sent(due.claim, now=now)
            return
        if due.expires_at <= now:
            await self._give_up(due, "not sent in time")
            return
        try:
            mail = self.sealer.open(due)
        except SealBroken:
            await self._give_up(due, "sealed with another key")
            return
        if mail is None:
            await self._give_up(due, "the account has no verified address")
            return
        letter = write(mail, issuer=self.issuer, host=self.host)
        message = message_of(
            letter,
            sender=self.transport.sender,
            mail_id=due.claim.mail_id,
            created_at=due.created_at,
        )
        try:
            await self.transport.send(message, to=mail.to.written)
        except Refused as refused:
            await self._give_up(due, str(refused))
        except SendFailed as failed:
            await self._delay(due, str(failed))
        else:
            await self.store.mail_sent(due.claim, now=self.clock.now())

    async def _give_up(self, due: DueMail, why: str) -> None:
        LOG.error("%s (%s) is given up: %s", due.claim.mail_id, due.kind.code, why)
        await self.store.mail_given_up(due.claim, error=why, now=self.clock.now())

    async def _delay(self, due: DueMail, why: str) -> None:
        now = self.clock.now()
        due_at = next_attempt(due.claim.attempt, now=now)
        if due_at >= due.expires_at:
            await self._give_up(due, why)
            return
        LOG.warning(
            "%s (%s) is tried again in %d s: %s",
            due.claim.mail_id,
            due.kind.code,
            due_at - now,
            why,
        )
        await self.store.mail_delayed(due.claim, error=why, due_at=due_at, now=now)


def next_attempt(failed: int, *, now: int) -> int:
    """Return when a mail is due again after this many failed attempts."""
    return now + WAITS[min(failed, len(WAITS)) - 1]
