"""How many mails strangers may cause: to one address, and from one network.

The count is kept under what was typed, whether or not an account has it, so that a refusal tells
nothing either.

Source: security.md rules 29, 35 and 36; users.md U47.
"""

from dataclasses import field

from watchword.accounts.errors import AccountError
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.origin import Origin
from watchword.accounts.throttle import Limit, ThrottleStore, bucket, network_of
from watchword.base.records import dataclass

__all__ = ["MAILS_FROM_NETWORK", "MAILS_TO_ADDRESS", "MailDelayed", "MailLimiter"]

_NO_END = 2**31
MAILS_TO_ADDRESS = Limit(burst=3, interval_seconds=600, failures_max=_NO_END, memory_seconds=86_400)
# An office may share one address; a mailing list made of strangers does not come about.
MAILS_FROM_NETWORK = Limit(
    burst=30, interval_seconds=60, failures_max=_NO_END, memory_seconds=86_400
)


class MailDelayed(AccountError):
    """Too many mails in too short a time; the next one has to wait."""

    code = "throttled"
    public = "a mail was sent a short while ago; wait before asking for another one"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the next mail may be sent in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class MailLimiter:
    """Counts mails before they are written.

    Args:
        store: where the counts are.
        key: 32 secret bytes, so that a copy of the database names no address.
    """

    store: ThrottleStore
    key: bytes = field(repr=False)

    async def take_turn(self, address: EmailAddress, origin: Origin, *, now: int) -> None:
        """Count one mail. Raises MailDelayed where it would be one too many."""
        buckets = [bucket("mail to", address.canonical, MAILS_TO_ADDRESS, key=self.key)]
        if (network := network_of(origin)) is not None:
            buckets.insert(0, bucket("mail from", network, MAILS_FROM_NETWORK, key=self.key))
        delayed = await self.store.take_turn(buckets, now=now)
        if delayed is not None:
            raise MailDelayed(delayed.retry_after)
