"""Imported accounts: the protocol `accounts.imports.plan.ImportStore`."""

from functools import partial

from watchword.accounts.imports.plan import ImportedUser, Importer, ImportOutcome
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.accounts import imports

__all__ = ["ImportVerbs"]


class ImportVerbs(Handle):
    """Carries out `ImportStore`."""

    __slots__ = ()

    async def import_users(
        self, users: tuple[ImportedUser, ...], *, by: Importer | None = None, now: int
    ) -> tuple[ImportOutcome, ...]:
        """Add the users whose names are free, with everything that they have: all or nothing."""
        return await self._driver.write(
            partial(imports.import_users, self._tenant, users, by=by, now=now)
        )

    async def taken_names(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return which of these canonical names some user has."""
        return await self._driver.read(imports.taken_names(self._tenant, names))
