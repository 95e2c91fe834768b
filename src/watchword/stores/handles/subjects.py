"""Accounts as the subjects of a policy: the protocol `stores.subjects.SubjectStore`."""

from watchword.access.shares import SHARES_MAX
from watchword.stores.handles.handle import Handle
from watchword.stores.subjects import Inherited, SharedUser
from watchword.stores.verbs import subjects

__all__ = ["SubjectVerbs"]


class SubjectVerbs(Handle):
    """Carries out `SubjectStore`."""

    __slots__ = ()

    async def read_subject(
        self, user_id: str, inherited: Inherited, *, now: int, shares_max: int = SHARES_MAX
    ) -> SharedUser | None:
        """Return the user with this id and the shares, as they stand at one moment."""
        return await self._driver.read_together(
            subjects.read_subject(self._tenant, user_id, inherited, now=now, shares_max=shares_max)
        )

    async def page_subjects(
        self,
        inherited: Inherited,
        *,
        after: str,
        limit: int,
        now: int,
        shares_max: int = SHARES_MAX,
    ) -> tuple[SharedUser, ...]:
        """Return users as above, in the database's order of ids, from after one on."""
        return await self._driver.read_together(
            subjects.page_subjects(
                self._tenant, inherited, after=after, limit=limit, now=now, shares_max=shares_max
            )
        )
