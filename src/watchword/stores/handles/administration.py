"""Roles, shares and the audit log, each verb one method."""

from functools import partial

from watchword.access import shares as access
from watchword.accounts.administration.audit import (
    AUDIT_ENTRIES_MAX,
    PROGRAM,
    Author,
    Deed,
    Entry,
)
from watchword.accounts.administration.chain import Stretch
from watchword.accounts.administration.figures import Figures, SignIns
from watchword.accounts.administration.roles import (
    Assignment,
    InheritOutcome,
    Role,
    RoleOutcome,
    Suspension,
)
from watchword.accounts.administration.shares import SHARES_MAX, Share, ShareOutcome, StoredShare
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.administration import (
    administrators,
    audit,
    figures,
    roles,
    shares,
)

__all__ = ["AdministrationVerbs"]


class AdministrationVerbs(Handle):
    """Carries out the protocols of `accounts.administration`, and `ShareReader` of `access`."""

    __slots__ = ()

    async def list_role_records(self) -> tuple[Role, ...]:
        """Return every role that is written down or held, by name."""
        return await self._driver.read_together(roles.list_role_records(self._tenant))

    async def add_role(
        self, name: str, meaning: str, *, by: Author = PROGRAM, now: int
    ) -> RoleOutcome:
        """Write a role down, or change what it says it is for."""
        return await self._driver.write(
            partial(roles.add_role, self._tenant, name, meaning, by=by, now=now)
        )

    async def forget_role(self, name: str, *, by: Author = PROGRAM, now: int) -> RoleOutcome:
        """Strike a role out that nobody holds and no other role inherits."""
        return await self._driver.write(
            partial(roles.forget_role, self._tenant, name, by=by, now=now)
        )

    async def add_inheritance(
        self, role: str, inherits: str, *, by: Author = PROGRAM, now: int
    ) -> InheritOutcome:
        """Have `role` include `inherits`, unless that closes a circle; grow versions."""
        return await self._driver.write(
            partial(roles.add_inheritance, self._tenant, role, inherits, by=by, now=now)
        )

    async def remove_inheritance(
        self, role: str, inherits: str, *, by: Author = PROGRAM, now: int
    ) -> InheritOutcome:
        """End an inheritance, grow versions, and revoke the families of whoever loses a role."""
        return await self._driver.write(
            partial(roles.remove_inheritance, self._tenant, role, inherits, by=by, now=now)
        )

    async def list_assignments(self, user_id: str) -> tuple[Assignment, ...]:
        """Return the roles that a user was given, by name."""
        return await self._driver.read(roles.list_assignments(self._tenant, user_id))

    async def find_suspension(self, user_id: str) -> Suspension | None:
        """Return the suspension of a user who is suspended."""
        return await self._driver.read(roles.find_suspension(self._tenant, user_id))

    async def add_share(
        self, share: Share, *, expires_at: int | None, by: Author = PROGRAM, now: int
    ) -> ShareOutcome:
        """Share, or change when a share ends. A subject has to be a user."""
        return await self._driver.write(
            partial(shares.add_share, self._tenant, share, expires_at=expires_at, by=by, now=now)
        )

    async def remove_share(self, share: Share, *, by: Author = PROGRAM, now: int) -> ShareOutcome:
        """End a share, from the next request on."""
        return await self._driver.write(
            partial(shares.remove_share, self._tenant, share, by=by, now=now)
        )

    async def list_shares(
        self,
        resource_type: str | None = None,
        resource_id: str | None = None,
        *,
        holder: str | None = None,
        after: Share | None = None,
        limit: int = SHARES_MAX,
    ) -> tuple[StoredShare, ...]:
        """Return shares in the order of their words, expired ones too, from after one on.

        Raises:
            ValueError: a resource is named without its type.
        """
        of = (resource_type, resource_id, holder)
        return await self._driver.read(
            shares.list_shares(self._tenant, of=of, after=after, limit=limit)
        )

    async def shares_of(
        self, subject_id: str, roles: frozenset[str], *, now: int, at_most: int
    ) -> tuple[access.Share, ...]:
        """Return every live share that names the subject or one of the roles.

        When there are more than `at_most`, one more than this is returned.
        """
        return await self._driver.read_together(
            shares.shares_of(self._tenant, subject_id, roles, now=now, at_most=at_most)
        )

    async def list_audit(
        self,
        *,
        target: str | None = None,
        before: int | None = None,
        limit: int = AUDIT_ENTRIES_MAX,
    ) -> tuple[Entry, ...]:
        """Return entries, the newest first; of one target, or from before a position on."""
        return await self._driver.read(
            audit.list_audit(self._tenant, target=target, before=before, limit=limit)
        )

    async def walk_audit(self, *, after: int, limit: int) -> Stretch:
        """Return entries from after a position on, the oldest first, and the head."""
        return await self._driver.read_together(
            audit.walk_audit(self._tenant, after=after, limit=limit)
        )

    async def record_deed(self, deed: Deed, *, by: Author, now: int) -> int:
        """Write an entry about a change that was made outside the store; return its position."""
        return await self._driver.write(partial(audit.append, self._tenant, deed, by=by, now=now))

    async def read_figures(self, *, now: int) -> Figures:
        """Return how much there is of everything."""
        return await self._driver.read_together(figures.read_figures(self._tenant, now=now))

    async def count_administrators(self) -> int:
        """Return how many administrators may act."""
        return await self._driver.read(administrators.count_administrators(self._tenant))

    async def count_sign_ins(self, *, since: int, stretch_seconds: int) -> tuple[SignIns, ...]:
        """Return the sign-ins since a moment, by stretch, kind and client."""
        return await self._driver.read(
            figures.count_sign_ins(self._tenant, since=since, stretch_seconds=stretch_seconds)
        )
