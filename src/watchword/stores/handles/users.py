"""Users and their roles: the protocol `accounts.users.UserStore`."""

from functools import partial

from watchword.accounts.administration.audit import PROGRAM, Author
from watchword.accounts.users import (
    USERS_MAX,
    AddOutcome,
    NewUser,
    RoleHolder,
    StatusOutcome,
    User,
)
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import users
from watchword.stores.verbs.administration import people

__all__ = ["UserVerbs"]


class UserVerbs(Handle):
    """Carries out `UserStore`."""

    __slots__ = ()

    async def add_user(self, user: NewUser, *, by: Author | None = None) -> AddOutcome:
        """Insert the user, or say that the canonical name is taken."""
        return await self._driver.write(partial(users.add_user, self._tenant, user, by=by))

    async def find_user(self, name: str) -> User | None:
        """Return the user with this canonical name."""
        return await self._driver.read(users.find_user(self._tenant, name))

    async def read_user(self, user_id: str) -> User | None:
        """Return the user with this id."""
        return await self._driver.read(users.read_user(self._tenant, user_id))

    async def page_users(
        self, part: str = "", *, after: str = "", limit: int = USERS_MAX
    ) -> tuple[User, ...]:
        """Return users whose name holds `part`, in the database's order, from after a name on."""
        return await self._driver.read(
            people.page_users(self._tenant, part=part, after=after, limit=limit)
        )

    async def page_holders(
        self, role: str, *, after: str = "", limit: int = USERS_MAX
    ) -> tuple[RoleHolder, ...]:
        """Return who holds a role, given or inherited, in the database's order of names."""
        return await self._driver.read(
            people.page_holders(self._tenant, role, after=after, limit=limit)
        )

    async def list_users(self) -> tuple[User, ...]:
        """Return all users, by name."""
        return await self._driver.read(users.list_users(self._tenant))

    async def suspend_user(self, user_id: str, *, by: Author = PROGRAM, now: int) -> StatusOutcome:
        """Suspend, end every session and family, grow the version: all or nothing."""
        return await self._driver.write(
            partial(users.suspend_user, self._tenant, user_id, by=by, now=now)
        )

    async def restore_user(self, user_id: str, *, by: Author = PROGRAM, now: int) -> StatusOutcome:
        """Make the account active again. Ended sessions stay ended."""
        return await self._driver.write(
            partial(users.restore_user, self._tenant, user_id, by=by, now=now)
        )

    async def assign_role(
        self, user_id: str, role: str, *, by: Author = PROGRAM, now: int
    ) -> StatusOutcome:
        """Give the role and grow the version.

        Raises:
            ValueError: the role is empty or holds a space.
        """
        return await self._driver.write(
            partial(users.assign_role, self._tenant, user_id, role, by=by, now=now)
        )

    async def list_roles(self) -> tuple[tuple[str, int], ...]:
        """Return every role that somebody holds, by name, and by how many it is held."""
        return await self._driver.read(users.list_roles(self._tenant))

    async def remove_role(
        self, user_id: str, role: str, *, by: Author = PROGRAM, now: int
    ) -> StatusOutcome:
        """Take the role away, grow the version and revoke the user's families."""
        return await self._driver.write(
            partial(users.remove_role, self._tenant, user_id, role, by=by, now=now)
        )
