"""Sessions: the protocol `accounts.sessions.SessionStore`."""

from contextlib import suppress
from functools import partial

from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.sessions import (
    SESSIONS_MAX,
    EndOutcome,
    NewSession,
    OwnedSession,
    RaiseSession,
    Session,
    SessionList,
)
from watchword.accounts.users import User
from watchword.stores.errors import StoreBusy, StoreUnavailable
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.logins import all_sessions, own_sessions, sessions

__all__ = ["SessionVerbs"]


class SessionVerbs(Handle):
    """Carries out `SessionStore`."""

    __slots__ = ()

    async def open_session(
        self, session: NewSession, *, user_id: str, password_hash: str | None, now: int
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

    async def find_session(
        self, cookie_hash: bytes, *, now: int, origin: Origin = NOWHERE
    ) -> Session | None:
        """Return the session if it is live, of this epoch, and its user active.

        Use moves the idle limit, written at most once a minute, with where it came from.
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
                        # From where somebody acts as the user is not kept for the user.
                        origin=origin if found.session.actor is None else NOWHERE,
                        now=now,
                    )
                )
        return found.session

    async def glance_session(self, cookie_hash: bytes, *, now: int) -> Session | None:
        """Return the same without counting it as use: for what a script asks by itself."""
        found = await self._driver.read(sessions.find_session(self._tenant, cookie_hash, now=now))
        return None if found is None else found.session

    async def find_session_owner(self, cookie_hash: bytes) -> User | None:
        """Return whose session a cookie was of, live or ended; None where nobody knows."""
        return await self._driver.read(sessions.find_session_owner(self._tenant, cookie_hash))

    async def raise_session(self, command: RaiseSession) -> Session | None:
        """Add the proofs and replace the cookie; None where the session does not stand."""
        return await self._driver.write(partial(sessions.raise_session, self._tenant, command))

    async def list_sessions(self, user_id: str, *, now: int) -> SessionList:
        """Return the live sessions of a user, the one used last first."""
        return await self._driver.read_together(
            own_sessions.list_sessions(self._tenant, user_id, now=now)
        )

    async def page_sessions(
        self, *, before: tuple[int, str] | None = None, limit: int = SESSIONS_MAX, now: int
    ) -> tuple[OwnedSession, ...]:
        """Return the live sessions of everybody, the one that began last first."""
        return await self._driver.read_together(
            all_sessions.page_sessions(self._tenant, before=before, limit=limit, now=now)
        )

    async def find_owned_session(self, sid: str, *, now: int) -> OwnedSession | None:
        """Return a live session, whosever it is."""
        return await self._driver.read_together(
            all_sessions.find_owned_session(self._tenant, sid, now=now)
        )

    async def end_session(self, sid: str, *, now: int, origin: Origin = NOWHERE) -> EndOutcome:
        """End the session of whoever asks and revoke its families, all or nothing."""
        return await self._driver.write(
            partial(sessions.end_session, self._tenant, sid, now=now, origin=origin)
        )

    async def end_own_session(
        self, user_id: str, sid: str, *, now: int, origin: Origin = NOWHERE
    ) -> EndOutcome:
        """End a live session of this user, with its families; another's is UNKNOWN."""
        return await self._driver.write(
            partial(
                own_sessions.end_own_session, self._tenant, user_id, sid, now=now, origin=origin
            )
        )

    async def end_sessions(
        self, user_id: str, *, keep: str | None, now: int, origin: Origin = NOWHERE
    ) -> int:
        """End every session of a user but `keep`, with their families; return how many."""
        return await self._driver.write(
            partial(
                own_sessions.end_sessions, self._tenant, user_id, keep=keep, now=now, origin=origin
            )
        )
