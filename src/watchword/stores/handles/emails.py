"""The addresses of accounts: the protocol `accounts.verification.EmailStore`."""

from functools import partial

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.verification import (
    ClaimAddress,
    ClaimOutcome,
    ConfirmAddress,
    Confirmed,
    OwnedAddress,
    PrimaryOutcome,
    RemoveAddress,
    RemoveOutcome,
    SetPrimary,
)
from watchword.accounts.users import User
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.accounts import emails

__all__ = ["EmailVerbs"]


class EmailVerbs(Handle):
    """Carries out `EmailStore`."""

    __slots__ = ()

    async def list_emails(self, user_id: str) -> tuple[OwnedAddress, ...]:
        """Return the addresses of a user, the primary one first, then by age."""
        return await self._driver.read(emails.list_emails(self._tenant, user_id))

    async def claim_address(self, command: ClaimAddress) -> ClaimOutcome:
        """Add the address unless it is there, replace its earlier link, and queue the mail."""
        return await self._driver.write(partial(emails.claim_address, self._tenant, command))

    async def find_claim(self, token_hash: bytes, *, now: int) -> tuple[User, EmailAddress] | None:
        """Return what a live link would confirm, without spending it."""
        return await self._driver.read(emails.find_claim(self._tenant, token_hash, now=now))

    async def confirm_address(self, command: ConfirmAddress) -> Confirmed:
        """Spend the link and mark the address as verified; one caller is told CONFIRMED."""
        return await self._driver.write(partial(emails.confirm_address, self._tenant, command))

    async def set_primary(self, command: SetPrimary) -> PrimaryOutcome:
        """Let another verified address be the primary one, and tell the address that was."""
        return await self._driver.write(partial(emails.set_primary, self._tenant, command))

    async def remove_address(self, command: RemoveAddress) -> RemoveOutcome:
        """Give an address up, with the links that went to it. The primary one stays."""
        return await self._driver.write(partial(emails.remove_address, self._tenant, command))
