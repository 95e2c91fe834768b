"""An account in its person's hands: overview, profile, export, deletion, connected applications."""

from functools import partial

from watchword.accounts.password_change import ChangePassword, PasswordChange
from watchword.accounts.person.card import Card
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.accounts.person.export import Holding
from watchword.accounts.person.overview import Overview
from watchword.accounts.person.profile import Profile, ProfileOutcome, UpdateProfile
from watchword.accounts.person.rename import ChangeName, NameChange
from watchword.oauth.connections import ConnectedFamily, Disconnect, Disconnection
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import names
from watchword.stores.verbs.accounts import (
    card,
    deletion,
    export,
    first_steps,
    overview,
    password_change,
    profile,
)
from watchword.stores.verbs.tokens import connections

__all__ = ["AccountVerbs"]


class AccountVerbs(Handle):
    """Carries out `OverviewStore`, `ProfileStore`, `ExportStore` and others of an account."""

    __slots__ = ()

    async def read_overview(self, user_id: str, *, now: int) -> Overview | None:
        """Return the numbers of an account; None where there is none."""
        return await self._driver.read(overview.read_overview(self._tenant, user_id, now=now))

    async def read_card(self, user_id: str) -> Card | None:
        """Return the card of a user; None where there is none."""
        return await self._driver.read(card.read_card(self._tenant, user_id))

    async def read_profile(self, user_id: str) -> Profile | None:
        """Return the profile of a user, whatever its status."""
        return await self._driver.read(profile.read_profile(self._tenant, user_id))

    async def update_profile(self, command: UpdateProfile) -> ProfileOutcome:
        """Write the profile where it says something else."""
        return await self._driver.write(partial(profile.update_profile, self._tenant, command))

    async def has_dismissed_first_steps(self, user_id: str) -> bool:
        """Tell whether a user sees the list of first steps no more."""
        return await self._driver.read(first_steps.has_dismissed_first_steps(self._tenant, user_id))

    async def dismiss_first_steps(self, user_id: str, *, now: int) -> None:
        """Show the list to this user no more."""
        await self._driver.write(
            partial(first_steps.dismiss_first_steps, self._tenant, user_id, now=now)
        )

    async def recall_first_steps(self, user_id: str) -> None:
        """Show the list to this user again."""
        await self._driver.write(partial(first_steps.recall_first_steps, self._tenant, user_id))

    async def change_password(self, command: ChangePassword) -> PasswordChange:
        """Set the hash, replace the session's cookie, end what hangs on the old one."""
        return await self._driver.write(
            partial(password_change.change_password, self._tenant, command)
        )

    async def change_name(self, command: ChangeName) -> NameChange:
        """Give the user the name, keep the earlier one, and tell its owner: all or nothing."""
        return await self._driver.write(partial(names.change_name, self._tenant, command))

    async def read_holdings(self, user_id: str) -> tuple[Holding, ...]:
        """Return all that is held about a user, section by section."""
        return await self._driver.read_together(export.read_holdings(self._tenant, user_id))

    async def delete_account(self, command: DeleteAccount) -> DeletionOutcome:
        """Delete the user with every row that hangs on it, and blank the events of it."""
        return await self._driver.write(partial(deletion.delete_account, self._tenant, command))

    async def list_connections(self, user_id: str, *, now: int) -> tuple[ConnectedFamily, ...]:
        """Return the live families of a user, the one used last first."""
        return await self._driver.read(connections.list_connections(self._tenant, user_id, now=now))

    async def disconnect(self, command: Disconnect) -> Disconnection:
        """Revoke every family of this user and client."""
        return await self._driver.write(partial(connections.disconnect, self._tenant, command))
