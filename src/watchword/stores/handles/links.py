"""One-time links: the protocol `accounts.links.LinkStore`."""

from functools import partial

from watchword.accounts.links import LinkPurpose, NewLink, RedeemLink
from watchword.accounts.users import User
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.accounts import links

__all__ = ["LinkVerbs"]


class LinkVerbs(Handle):
    """Carries out `LinkStore`."""

    __slots__ = ()

    async def add_link(self, link: NewLink) -> None:
        """Store the link; earlier unused links of the same user and purpose die."""
        await self._driver.write(partial(links.add_link, self._tenant, link))

    async def find_link(self, token_hash: bytes, purpose: LinkPurpose, *, now: int) -> User | None:
        """Return the user of a live link without spending it."""
        return await self._driver.read(links.find_link(self._tenant, token_hash, purpose, now=now))

    async def redeem_link(self, command: RedeemLink) -> User | None:
        """Spend the link, set the password, end sessions and families; one caller gets the user."""
        return await self._driver.write(partial(links.redeem_link, self._tenant, command))
