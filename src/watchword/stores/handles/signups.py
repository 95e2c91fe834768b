"""Sign-ups: the protocol `accounts.signup.SignupStore`, with whom an address belongs to."""

from functools import partial

from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.signup import AskSignup, RedeemSignup, SignedUp
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.accounts import signups

__all__ = ["SignupVerbs"]


class SignupVerbs(Handle):
    """Carries out `SignupStore`, except for what recovery reads as well."""

    __slots__ = ()

    async def ask_signup(self, command: AskSignup) -> None:
        """Store the sign-up and queue the mail."""
        await self._driver.write(partial(signups.ask_signup, self._tenant, command))

    async def find_signup(self, token_hash: bytes, *, now: int) -> EmailAddress | None:
        """Return the address of a live sign-up that no account has, without spending it."""
        return await self._driver.read(signups.find_signup(self._tenant, token_hash, now=now))

    async def redeem_signup(self, command: RedeemSignup) -> SignedUp:
        """Spend the sign-up on an account, its address and a session; one caller is SIGNED_UP."""
        return await self._driver.write(partial(signups.redeem_signup, self._tenant, command))
