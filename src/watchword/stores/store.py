"""The store: every protocol of the rooms below, over one driver, for one tenant.

Each method names a verb; what the verb does stands in `verbs/`.
"""

from contextlib import suppress
from functools import partial
from typing import Protocol, Self

from watchword.accounts.credentials import Credential, UpgradeOutcome
from watchword.accounts.links import LinkPurpose, NewLink, RedeemLink
from watchword.accounts.sessions import EndOutcome, NewSession, Session
from watchword.accounts.users import AddOutcome, NewUser, StatusOutcome, User
from watchword.base.clock import SYSTEM, Clock
from watchword.base.database_url import PostgreSQLAddress, parse_address
from watchword.keys.record import SigningKeyRecord
from watchword.oauth.clients import Client, Declared, Resource
from watchword.oauth.families import (
    Facts,
    OpenFamily,
    OpenFamilyInSession,
    Refused,
    RevokeByRefreshToken,
    Rotated,
    RotateRefreshToken,
    Sight,
    TokenState,
)
from watchword.stores.driver import Driver
from watchword.stores.errors import SchemaMissing, SchemaOutdated, StoreBusy, StoreUnavailable
from watchword.stores.schema import REVISION
from watchword.stores.verbs import (
    clients,
    families,
    keys,
    links,
    passwords,
    rotation,
    sessions,
    tenants,
    tokens,
    users,
)

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


class Store:
    """A handle bound to one tenant. It is safe to share between event loops and threads."""

    __slots__ = ("_driver", "_tenant")

    def __init__(self, driver: Driver, tenant: str) -> None:
        self._driver = driver
        self._tenant = tenant

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def release(self) -> None:
        """Let go of what the running event loop holds, before that loop ends and others go on."""
        await self._driver.release()

    async def close(self) -> None:
        """Finish what is queued and let go of the database."""
        await self._driver.close()

    async def bump_epoch(self, *, now: int) -> int:
        """Begin an epoch, as after a restore: earlier sessions, families and links are dead."""
        return await self._driver.write(partial(tenants.bump_epoch, self._tenant, now=now))

    async def mark_demo(self) -> None:
        """Mark the store as a demonstration's.

        Raises:
            LiveStore: it has users and no mark.
        """
        await self._driver.write(partial(tenants.mark_demo, self._tenant))

    async def is_demo(self) -> bool:
        """Read whether the store is a demonstration's."""
        return await self._driver.read(tenants.is_demo(self._tenant))

    # keys.record.KeyStore

    async def list_signing_keys(self) -> tuple[SigningKeyRecord, ...]:
        """Return every key that is not deleted, oldest first."""
        return await self._driver.read(keys.list_signing_keys(self._tenant))

    async def add_first_signing_key(self, record: SigningKeyRecord) -> SigningKeyRecord:
        """Insert the key unless its algorithm has an active one; return the one that stands."""
        return await self._driver.write(partial(keys.add_first_signing_key, self._tenant, record))

    # accounts.users.UserStore

    async def add_user(self, user: NewUser) -> AddOutcome:
        """Insert the user, or say that the canonical name is taken."""
        return await self._driver.write(partial(users.add_user, self._tenant, user))

    async def find_user(self, name: str) -> User | None:
        """Return the user with this canonical name."""
        return await self._driver.read(users.find_user(self._tenant, name))

    async def list_users(self) -> tuple[User, ...]:
        """Return all users, by name."""
        return await self._driver.read(users.list_users(self._tenant))

    async def suspend_user(self, user_id: str, *, now: int) -> StatusOutcome:
        """Suspend, end every session and family, grow the version: all or nothing."""
        return await self._driver.write(partial(users.suspend_user, self._tenant, user_id, now=now))

    async def restore_user(self, user_id: str, *, now: int) -> StatusOutcome:  # noqa: ARG002  # the protocol dates every change
        """Make the account active again. Ended sessions stay ended."""
        return await self._driver.write(partial(users.restore_user, self._tenant, user_id))

    async def assign_role(self, user_id: str, role: str, *, now: int) -> StatusOutcome:  # noqa: ARG002  # as above
        """Give the role and grow the version.

        Raises:
            ValueError: the role is empty or holds a space.
        """
        return await self._driver.write(partial(users.assign_role, self._tenant, user_id, role))

    async def remove_role(self, user_id: str, role: str, *, now: int) -> StatusOutcome:
        """Take the role away, grow the version and revoke the user's families."""
        return await self._driver.write(
            partial(users.remove_role, self._tenant, user_id, role, now=now)
        )

    # accounts.credentials.CredentialStore

    async def find_credential(self, name: str) -> Credential | None:
        """Return the account with this canonical name and its hash, whatever its status."""
        return await self._driver.read(passwords.find_credential(self._tenant, name))

    async def hash_histogram(self) -> tuple[tuple[str, int], ...]:
        """Count the stored hashes by their parameters, in the order of these."""
        return await self._driver.read(passwords.hash_histogram(self._tenant))

    async def upgrade_password_hash(self, user_id: str, *, old: str, new: str) -> UpgradeOutcome:
        """Replace the hash where it is still `old`."""
        return await self._driver.write(
            partial(passwords.upgrade_password_hash, self._tenant, user_id, old=old, new=new)
        )

    # accounts.sessions.SessionStore

    async def open_session(
        self, session: NewSession, *, user_id: str, password_hash: str, now: int
    ) -> Session | None:
        """Insert the session if the user is active and still has this password hash."""
        return await self._driver.write(
            partial(
                sessions.open_session,
                self._tenant,
                session,
                user_id=user_id,
                password_hash=password_hash,
                now=now,
            )
        )

    async def find_session(self, cookie_hash: bytes, *, now: int) -> Session | None:
        """Return the session if it is live, of this epoch, and its user active.

        Use moves the idle limit, written at most once a minute.
        """
        found = await self._driver.read(sessions.find_session(self._tenant, cookie_hash, now=now))
        if found is None:
            return None
        if found.is_due:
            # A mark that cannot be written costs a minute of idle time, not the page.
            with suppress(StoreBusy, StoreUnavailable):
                await self._driver.write(
                    partial(
                        sessions.touch_session,
                        self._tenant,
                        found.session.sid,
                        idle_expires_at=found.session.idle_expires_at,
                        now=now,
                    )
                )
        return found.session

    async def end_session(self, sid: str, *, now: int) -> EndOutcome:
        """End the session and revoke its families, all or nothing."""
        return await self._driver.write(partial(sessions.end_session, self._tenant, sid, now=now))

    # accounts.links.LinkStore

    async def add_link(self, link: NewLink) -> None:
        """Store the link; earlier unused links of the same user and purpose die."""
        await self._driver.write(partial(links.add_link, self._tenant, link))

    async def find_link(self, token_hash: bytes, purpose: LinkPurpose, *, now: int) -> User | None:
        """Return the user of a live link without spending it."""
        return await self._driver.read(links.find_link(self._tenant, token_hash, purpose, now=now))

    async def redeem_link(self, command: RedeemLink) -> User | None:
        """Spend the link, set the password, end sessions and families; one caller gets the user."""
        return await self._driver.write(partial(links.redeem_link, self._tenant, command))

    # oauth.clients.ClientStore

    async def find_client(self, client_id: str) -> Client | None:
        """Return the client if it is registered and active."""
        return await self._driver.read(clients.find_client(self._tenant, client_id))

    async def default_client(self) -> Client | None:
        """Return the one default first-party client, if there is one."""
        return await self._driver.read(clients.default_client(self._tenant))

    async def list_resources(self) -> tuple[Resource, ...]:
        """Return the active resources, the default first."""
        return await self._driver.read(clients.list_resources(self._tenant))

    async def register_client(self, client: Client) -> None:
        """Insert or replace a client; a default one takes that place from any other."""
        await self._driver.write(partial(clients.register_client, self._tenant, client))

    async def register_resource(self, resource: Resource) -> None:
        """Insert or replace a resource; a default one takes that place from any other."""
        await self._driver.write(partial(clients.register_resource, self._tenant, resource))

    async def declare(self, said: Declared) -> None:
        """Write what code declares and retire what it omits: all or nothing, and in turns."""
        await self._driver.write(partial(clients.declare, self._tenant, said))

    # oauth.families.FamilyStore

    async def open_family(self, command: OpenFamily) -> Facts | Refused:
        """Open session and family if user, client and resource are active."""
        return await self._driver.write(partial(families.open_family, self._tenant, command))

    async def open_family_in_session(self, command: OpenFamilyInSession) -> Facts | Refused:
        """Open a family on a live session."""
        return await self._driver.write(
            partial(families.open_family_in_session, self._tenant, command)
        )

    async def rotate_refresh_token(self, command: RotateRefreshToken) -> Rotated | Refused:
        """Apply the refresh rule; the presentations of one family follow one another."""
        return await self._driver.write(
            partial(rotation.rotate_refresh_token, self._tenant, command)
        )

    async def revoke_by_refresh_token(self, command: RevokeByRefreshToken) -> User | None:
        """End the family and its session; return the user, or None where nothing was found."""
        return await self._driver.write(
            partial(tokens.revoke_by_refresh_token, self._tenant, command)
        )

    async def read_token_state(
        self, *, user_id: str, sid: str, family_id: str, generation_id: str, now: int
    ) -> TokenState:
        """Read what stands behind an access token."""
        return await self._driver.read(
            tokens.read_token_state(
                self._tenant,
                user_id=user_id,
                sid=sid,
                family_id=family_id,
                generation_id=generation_id,
                now=now,
            )
        )

    async def mark_access_seen(self, generation_id: str, *, now: int) -> Sight:
        """Record the first sight of an access token; every later one only reads."""
        known = await self._driver.read(tokens.read_sight(self._tenant, generation_id))
        if known is not None:
            return known
        return await self._driver.write(
            partial(tokens.mark_access_seen, self._tenant, generation_id, now=now)
        )


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
