"""Browsers, as a guard in the server's process asks about them: whose session, whose form.

Source: ARCHITECTURE section 6 (`auth.session`); security.md rules 38 and 47.
"""

from collections.abc import Callable
from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection

from watchword.accounts.sessions import Session, reaches
from watchword.accounts.users import User
from watchword.base.secrets import digest
from watchword.server.cookies import cookie_rules
from watchword.server.csrf import form_token, is_own_form, is_own_origin
from watchword.server.peer import origin_of
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings

__all__ = ["BrowserSessions"]


class BrowserSessions:
    """The sessions and forms of one server's browsers.

    Args:
        settings: known before the start.
        runtime: returns what the started server holds; raises RuntimeError while there is none.
    """

    __slots__ = ("_path", "_rules", "_runtime", "_settings")

    def __init__(self, settings: Settings, runtime: Callable[[], Runtime]) -> None:
        self._rules = cookie_rules(settings.issuer)
        self._settings = settings
        self._path = urlsplit(settings.issuer).path  # on the host that the browser has typed
        self._runtime = runtime

    @property
    def cookie(self) -> str:
        """The name of the session cookie."""
        return self._rules.session

    def has_cookie(self, connection: HTTPConnection) -> bool:
        """Whether the request carries one session cookie of this server's making."""
        return self._rules.read(connection.headers, self._rules.session) is not None

    async def find(self, connection: HTTPConnection) -> Session | User | None:
        """Return the live session of the cookie, or the user of one that has ended.

        A session below the level that every login has to reach is none: the sign-in page leads on.
        """
        cookie = self._rules.read(connection.headers, self._rules.session)
        if cookie is None:
            return None
        runtime = self._runtime()
        origin = origin_of(connection, runtime.proxies)
        found = await runtime.store.find_session(
            digest(cookie), now=runtime.clock.now(), origin=origin
        )
        if found is None:
            return await runtime.store.find_session_owner(digest(cookie))
        return found if reaches(found, runtime.settings.least_level) else None

    def is_own_origin(self, connection: HTTPConnection) -> bool:
        """Whether the request comes from a page of this origin, as far as the browser says."""
        return is_own_origin(connection.headers, self._settings.origin)

    def form_token(self, connection: HTTPConnection) -> str | None:
        """Return the token of this browser's forms in this session; None without its cookies."""
        form = self._rules.read(connection.headers, self._rules.form)
        session = self._rules.read(connection.headers, self._rules.session)
        return None if form is None or session is None else form_token(form, session)

    def owns(self, connection: HTTPConnection, presented: str) -> bool:
        """Whether a form with this token was made for this browser in this session."""
        form = self._rules.read(connection.headers, self._rules.form)
        session = self._rules.read(connection.headers, self._rules.session)
        return session is not None and is_own_form(presented, form, session)

    def sign_in(self, back: str) -> str:
        """Return the address of the sign-in page, which leads back to a path."""
        return f"{self._path}/signin?next={quote(back, safe='')}"

    def confirm(self, back: str, acr: str | None) -> str:
        """Return the address where a person proves as much as `acr` says, and is led back."""
        level = "" if acr is None else f"&acr={quote(acr, safe='')}"
        return f"{self._path}/account/confirm?next={quote(back, safe='')}{level}"
