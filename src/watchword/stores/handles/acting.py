"""Acting as a user: the protocol `accounts.acting.ActingStore`."""

from functools import partial

from watchword.accounts.administration.audit import Author
from watchword.accounts.sessions import NewSession, Session
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.logins import acting

__all__ = ["ActingVerbs"]


class ActingVerbs(Handle):
    """Carries out `ActingStore`."""

    __slots__ = ()

    async def begin_acting(
        self, session: NewSession, *, user_id: str, by: Author, now: int
    ) -> Session | None:
        """Open a session of a user for the actor that it names; None where that is refused."""
        return await self._driver.write(
            partial(acting.begin_acting, self._tenant, session, user_id=user_id, by=by, now=now)
        )

    async def find_own_sid(self, cookie_hash: bytes) -> str | None:
        """Return on which session the acting session of a cookie hangs, live or ended."""
        return await self._driver.read(acting.find_own_sid(self._tenant, cookie_hash))
