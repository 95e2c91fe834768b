"""The store: every protocol of the rooms below, over one driver, for one tenant.

The methods stand in `handles/`, one file a protocol; what they do stands in `verbs/`.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol, Self

from watchword.accounts.administration.audit import AuditEntry, Author, Deed
from watchword.base.clock import SYSTEM, Clock
from watchword.base.database_url import PostgreSQLAddress, parse_address
from watchword.stores.announcing import Announcing
from watchword.stores.auditing import Auditing
from watchword.stores.driver import Driver
from watchword.stores.errors import SchemaMissing, SchemaOutdated
from watchword.stores.handles.accounts import AccountVerbs
from watchword.stores.handles.acting import ActingVerbs
from watchword.stores.handles.administration import AdministrationVerbs
from watchword.stores.handles.client_changes import ClientChangeVerbs
from watchword.stores.handles.clients import ClientVerbs
from watchword.stores.handles.codes import CodeVerbs
from watchword.stores.handles.credentials import CredentialVerbs
from watchword.stores.handles.device_codes import DeviceCodeVerbs
from watchword.stores.handles.documents import DocumentVerbs
from watchword.stores.handles.emails import EmailVerbs
from watchword.stores.handles.events import EventVerbs
from watchword.stores.handles.factors import FactorVerbs
from watchword.stores.handles.families import FamilyVerbs
from watchword.stores.handles.feed import FeedVerbs
from watchword.stores.handles.flows import FlowVerbs
from watchword.stores.handles.identities import IdentityVerbs
from watchword.stores.handles.imports import ImportVerbs
from watchword.stores.handles.interactions import InteractionVerbs
from watchword.stores.handles.keys import KeyVerbs
from watchword.stores.handles.links import LinkVerbs
from watchword.stores.handles.mail import MailVerbs
from watchword.stores.handles.passkeys import PasskeyVerbs
from watchword.stores.handles.recovery import RecoveryVerbs
from watchword.stores.handles.recovery_codes import RecoveryCodeVerbs
from watchword.stores.handles.registrations import RegistrationVerbs
from watchword.stores.handles.replays import ReplayVerbs
from watchword.stores.handles.search import SearchVerbs
from watchword.stores.handles.sessions import SessionVerbs
from watchword.stores.handles.signups import SignupVerbs
from watchword.stores.handles.subjects import SubjectVerbs
from watchword.stores.handles.throttles import ThrottleVerbs
from watchword.stores.handles.tokens import TokenVerbs
from watchword.stores.handles.totps import TOTPVerbs
from watchword.stores.handles.traces import TraceVerbs
from watchword.stores.handles.users import UserVerbs
from watchword.stores.schema import REVISION
from watchword.stores.undoing import Undoing
from watchword.stores.verbs.administration.audit import append
from watchword.stores.verbs.upkeep import tenants
from watchword.stores.verbs.upkeep.sweep import sweep_all

__all__ = ["DEFAULT_TENANT", "Store", "open_store"]

DEFAULT_TENANT = "default"


class _Versioned(Driver, Protocol):
    """A driver that also knows which revision its tables have."""

    async def revision(self) -> str | None: ...


async def open_store(url: str, *, clock: Clock = SYSTEM, tenant: str = DEFAULT_TENANT) -> "Store":
    """Open a database that has been migrated.

    Args:
        url: see `watchword.base.database_url`.
        clock: dates the tenant, where this is the first time that it is opened.
        tenant: whose rows the store sees; made where it does not exist.

    Raises:
        MalformedDatabaseURL: the URL names no database.
        SchemaOutdated: the tables are missing (SchemaMissing) or of another revision; names the
                command to run.
        StoreUnavailable: names the cause and the remedy.
    """
    driver = _driver(url)
    try:
        found = await driver.revision()
        if found != REVISION:
            raise _outdated(url, found)
        if not await driver.read(tenants.has_tenant(tenant)):
            await driver.write(partial(tenants.add_tenant, tenant, now=clock.now()))
    except BaseException:
        await driver.close()
        raise
    return Store(driver, tenant)


class Store(
    AccountVerbs,
    ActingVerbs,
    AdministrationVerbs,
    SearchVerbs,
    KeyVerbs,
    UserVerbs,
    SubjectVerbs,
    IdentityVerbs,
    ImportVerbs,
    CredentialVerbs,
    SessionVerbs,
    LinkVerbs,
    ClientVerbs,
    ClientChangeVerbs,
    RegistrationVerbs,
    DocumentVerbs,
    FamilyVerbs,
    FeedVerbs,
    ReplayVerbs,
    TokenVerbs,
    EventVerbs,
    ThrottleVerbs,
    FlowVerbs,
    CodeVerbs,
    DeviceCodeVerbs,
    InteractionVerbs,
    MailVerbs,
    EmailVerbs,
    RecoveryVerbs,
    SignupVerbs,
    FactorVerbs,
    TOTPVerbs,
    TraceVerbs,
    RecoveryCodeVerbs,
    PasskeyVerbs,
):
    """A handle bound to one tenant. It is safe to share between event loops and threads."""

    __slots__ = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    @property
    def tenant(self) -> str:
        """Whose rows the handle sees."""
        return self._tenant

    async def release(self) -> None:
        """Let go of what the running event loop holds, before that loop ends and others go on."""
        await self._driver.release()

    async def close(self) -> None:
        """Finish what is queued and let go of the database."""
        await self._driver.close()

    def with_deed(self, deed: Deed, *, by: Author, now: int) -> "Store":
        """Return a handle for one write that an administrator makes.

        Where the write changes something, its entry is in the audit log with it.
        """
        entry = partial(append, self._tenant, deed, by=by, now=now)
        return Store(Auditing(self._driver, entry), self._tenant)

    def undoing(self, entry: AuditEntry) -> "Store":
        """Return a handle for one write that undoes an act of the audit log.

        It raises ChangedSince, and changes nothing, unless the act is the last word about its
        matter.
        """
        return Store(Undoing(self._driver, self._tenant, entry), self._tenant)

    def when_published(self, announce: Callable[[], None]) -> None:
        """Have `announce` called after each write to the feed, by whatever loop asked for it."""
        self._driver = Announcing(self._driver, announce)

    async def bump_epoch(self, *, now: int) -> int:
        """Begin an epoch, as after a restore: earlier sessions, families and links are dead.

        The feed tells guards that every token issued before is dead as well.
        """
        return await self._driver.write(partial(tenants.bump_epoch, self._tenant, now=now))

    async def sweep(self, *, now: int) -> bool:
        """Delete at most twenty dead rows of every table; false where none had any."""
        return await self._driver.write(partial(sweep_all, self._tenant, now=now))

    async def mark_demo(self) -> None:
        """Mark the store as a demonstration's.

        Raises:
            LiveStore: it has users and no mark.
        """
        await self._driver.write(partial(tenants.mark_demo, self._tenant))

    async def is_demo(self) -> bool:
        """Read whether the store is a demonstration's."""
        return await self._driver.read(tenants.is_demo(self._tenant))


def _driver(url: str) -> _Versioned:
    address = parse_address(url)
    if isinstance(address, PostgreSQLAddress):
        from watchword.stores.postgresql import PostgreSQLDriver  # noqa: PLC0415  # asyncpg is an extra

        return PostgreSQLDriver(address)
    from watchword.stores.sqlite.driver import SQLiteDriver  # noqa: PLC0415  # as above, the other way

    return SQLiteDriver(address.path)


def _outdated(url: str, found: str | None) -> SchemaOutdated:
    where = parse_address(url)
    if found is None:
        return SchemaMissing(f"{where} holds no tables", fix="run `watchword migrate`")
    if found > REVISION:
        return SchemaOutdated(
            f"{where} has revision {found}, this program knows {REVISION}",
            fix="run the newer version of watchword that migrated it",
        )
    return SchemaOutdated(
        f"{where} has revision {found}, this program needs {REVISION}",
        fix="run `watchword migrate`",
    )
