"""Any WSGI application: every path needs a good token, but for those that are named public.

    application = Guard(application, "https://id.example.com", audience="notes", public=["/health"])

The application finds who sends a request in `environ["watchword.user"]` and
`environ["watchword.subject"]`, and in `environ["watchword.circumstances"]` what its policy is to be
told. What a guard of this kind cannot know is which route a path leads to, so it opens a path only
where it is spelled exactly as it was named.

Source: PEP 3333; security.md rules 80 to 83 and 93; users.md U11.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Unpack

from watchword.access import Subject
from watchword.guards.answers import REFUSALS, Answer
from watchword.guards.core import Core, Options
from watchword.guards.declarations import Access, Declaration
from watchword.guards.document import METHODS
from watchword.guards.routes import RouteAccess
from watchword.guards.user import Authenticated, User
from watchword.guards.wsgi_environ import presented

__all__ = ["CIRCUMSTANCES", "SUBJECT", "USER", "Guard", "Subject", "User"]

USER, SUBJECT = "watchword.user", "watchword.subject"
CIRCUMSTANCES = "watchword.circumstances"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Guard:
    """Middleware around a WSGI application.

    Args:
        app: the application.
        issuer: the exact issuer identifier.
        audience: this API, as `aud` names it.
        require: the scopes that every request needs.
        options: see `Options`; `public` are exact paths.

    Raises:
        ValueError: a scope is a word that no token can have.
    """

    def __init__(
        self,
        app: Application,
        issuer: str,
        *,
        audience: str,
        require: Iterable[str] = (),
        **options: Unpack[Options],
    ) -> None:
        self._app = app
        self._core = Core(issuer, audience, options)
        self._core.seal()
        self._declared = Declaration(self, Access.REQUIRED, tuple(require))
        self._core.ask(self._declared.scopes)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass one request on, or answer it."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        for name in (USER, SUBJECT, CIRCUMSTANCES):  # an outer middleware's word is not the guard's
            environ.pop(name, None)
        if path in self._core.document.paths and method in METHODS:
            return _send(self._core.document.answer(method), start_response)
        if path in self._core.public:
            return self._app(environ, start_response)
        found: Authenticated | None = None
        try:
            found = self._core.authenticator.authenticate_blocking(presented(self._core, environ))
            self._declared.check_scopes(found)
            environ[USER], environ[SUBJECT] = found.user, self._core.subject(found)
            environ[CIRCUMSTANCES] = self._core.circumstances.of(environ)
        except REFUSALS as refusal:
            return _send(self._answer(refusal, f"{method} {path}", found), start_response)
        try:
            return self._app(environ, start_response)
        except REFUSALS as refusal:  # of the policy, before the application has answered
            return _send(self._answer(refusal, f"{method} {path}", found), start_response)

    def _answer(self, refusal: Exception, endpoint: str, found: Authenticated | None) -> Answer:
        scopes = self._declared.scopes
        return self._core.answer(refusal, scopes=scopes, endpoint=endpoint, found=found)

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return what is public, and what everything else needs."""
        return self._core.paths(self._declared)


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    start_response(status, [*answer.headers, ("Content-Length", str(len(answer.body)))])
    return [answer.body]
