"""Accounts that follow a directory: the protocol `accounts.directory.IdentityStore`."""

from functools import partial

from watchword.accounts.directory import Follow, Followed, Identity, NoteMark
from watchword.accounts.links import RedeemLink
from watchword.accounts.password_change import ChangePassword, PasswordChange
from watchword.accounts.users import User
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.accounts import identities

__all__ = ["IdentityVerbs"]


class IdentityVerbs(Handle):
    """Carries out what `IdentityStore` adds to passwords and links."""

    __slots__ = ()

    async def find_identity(self, issuer: str, key: str) -> Identity | None:
        """Return the account that follows a row."""
        return await self._driver.read(identities.find_identity(self._tenant, issuer, key))

    async def find_identity_of(self, issuer: str, user_id: str) -> Identity | None:
        """Return which row an account follows; None for one that follows none."""
        return await self._driver.read(identities.find_identity_of(self._tenant, issuer, user_id))

    async def follow_entry(self, wanted: Follow) -> Followed:
        """Bring an account to what its row says: all or nothing."""
        return await self._driver.write(partial(identities.follow, self._tenant, wanted))

    async def forget_identity(self, issuer: str, key: str, *, now: int) -> Followed:
        """Delete the account of a row that is gone."""
        return await self._driver.write(
            partial(identities.forget_identity, self._tenant, issuer, key, now=now)
        )

    async def change_password_there(
        self, command: ChangePassword, note: NoteMark
    ) -> PasswordChange:
        """Do as `change_password`, and note what the directory keeps from then on."""
        return await self._driver.write(
            partial(identities.change_password_there, self._tenant, command, note)
        )

    async def redeem_link_there(self, command: RedeemLink, note: NoteMark) -> User | None:
        """Do as `redeem_link`, and note what the directory keeps from then on."""
        return await self._driver.write(
            partial(identities.redeem_link_there, self._tenant, command, note)
        )
