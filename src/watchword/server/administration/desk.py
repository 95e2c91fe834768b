"""Who administers, and what becomes of it: one call each, for the API and the admin pages.

Source: security.md rules 95 and 100; access.md P8.
"""

from typing import assert_never

from watchword.access.subject import Subject
from watchword.accounts.administration.audit import Author, Deed
from watchword.accounts.administration.roles import InheritOutcome, RoleOutcome
from watchword.accounts.administration.shares import ShareOutcome
from watchword.accounts.origin import Origin
from watchword.accounts.person.deletion import DeletionOutcome
from watchword.accounts.users import StatusOutcome
from watchword.base.records import dataclass
from watchword.oauth.registration.administration import ClientChange
from watchword.server.administration.keys import KeyChanges
from watchword.server.administration.scopes import Action, Thing
from watchword.server.errors import NotHere, NotPossible
from watchword.server.runtime import Runtime
from watchword.stores import Store

__all__ = [
    "Desk",
    "settle_client",
    "settle_deletion",
    "settle_inheritance",
    "settle_role",
    "settle_share",
    "settle_status",
]


@dataclass(frozen=True, slots=True)
class Desk:
    """One administrator at one request."""

    me: Subject
    origin: Origin
    runtime: Runtime

    @property
    def store(self) -> Store:
        """The store, bound to the tenant that the rules are asked about."""
        return self.runtime.store

    @property
    def now(self) -> int:
        """The moment of the request."""
        return self.runtime.clock.now()

    @property
    def keys(self) -> KeyChanges:
        """What is done about the signing keys by hand."""
        runtime = self.runtime
        sealing = runtime.caretaker.sealing
        return KeyChanges(self.store, runtime.settings, sealing, runtime.clock, runtime.chance)

    def permit(self, action: Action, thing: Thing) -> None:
        """Go on only if the rules allow it. Raises InsufficientScope, NotPermitted."""
        from watchword.server.administration.policy import permit  # noqa: PLC0415  # sqlalchemy.orm

        permit(self.me, action, thing, tenant=self.store.tenant)

    def may(self, action: Action, thing: Thing) -> bool:
        """Whether the rules allow it, for what a page offers."""
        from watchword.server.administration.policy import may  # noqa: PLC0415  # as above

        return may(self.me, action, thing, tenant=self.store.tenant)

    def by(self, reason: str) -> Author:
        """Return the author of a change."""
        return Author(self.me.id, reason, self.origin)

    def audited(self, deed: Deed, reason: str) -> Store:
        """Return a handle whose next write has its entry in the audit log."""
        return self.store.with_deed(deed, by=self.by(reason), now=self.now)


def settle_status(outcome: StatusOutcome) -> None:
    """Raise what a change of a user's status or roles came to, unless it is made or was before."""
    match outcome:
        case StatusOutcome.CHANGED | StatusOutcome.UNCHANGED:
            return
        case StatusOutcome.UNKNOWN_USER:
            raise NotHere
        case StatusOutcome.LAST_ADMINISTRATOR:
            raise _last_administrator()
        case never:
            assert_never(never)


def settle_deletion(outcome: DeletionOutcome) -> None:
    """Raise what a deletion came to, unless it is made."""
    match outcome:
        case DeletionOutcome.DELETED:
            return
        case DeletionOutcome.UNKNOWN_USER:
            raise NotHere
        case DeletionOutcome.LAST_ADMINISTRATOR:
            raise _last_administrator()
        case never:
            assert_never(never)


def settle_role(outcome: RoleOutcome) -> None:
    """Raise what a change of a role came to, unless it is made or was before."""
    match outcome:
        case RoleOutcome.DONE | RoleOutcome.UNCHANGED:
            return
        case RoleOutcome.IN_USE:
            raise NotPossible("role_in_use", "the role is in use")
        case RoleOutcome.TOO_MANY:
            raise NotPossible("too_many_roles", "there are too many roles")
        case never:
            assert_never(never)


def settle_inheritance(outcome: InheritOutcome) -> None:
    """Raise what a change of inheritance came to, unless it is made or was before."""
    match outcome:
        case InheritOutcome.CHANGED | InheritOutcome.UNCHANGED:
            return
        case InheritOutcome.UNKNOWN_ROLE:
            raise NotHere
        case InheritOutcome.CYCLE:
            raise NotPossible("role_cycle", "a role would include itself")
        case InheritOutcome.LAST_ADMINISTRATOR:
            raise _last_administrator()
        case never:
            assert_never(never)


def settle_share(outcome: ShareOutcome) -> None:
    """Raise what a change of a share came to, unless it is made or was before."""
    if outcome is ShareOutcome.UNKNOWN_HOLDER:
        raise NotPossible("unknown_holder", "there is nobody to share with")


def settle_client(outcome: ClientChange) -> None:
    """Raise what a change of an application came to, unless it is made or was before."""
    if outcome is ClientChange.UNKNOWN:
        raise NotHere


def _last_administrator() -> NotPossible:
    return NotPossible("last_administrator", "nobody could administer the server any more")
