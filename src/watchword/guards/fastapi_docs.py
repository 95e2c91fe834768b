"""FastAPI's documentation page: its Authorize button signs in at the server in this process.

The page opens the sign-in in a window of its own, which calls back when it is done. Browsers part a
window from who opened it where their opener policies differ, so the documentation's pages say what
the pages of the sign-in say.

Source: users.md U2 and U12; RFC 9700 sections 2.1.1 and 2.4; HTML section 7.1.3.1 (cross-origin
opener policies); decisions/0193.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.openapi.models import OAuth2, OAuthFlowAuthorizationCode, OAuthFlows
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.base.records import dataclass

__all__ = ["DOCS_CLIENT_ID", "CodeFlow", "SignIn", "install_docs"]

DOCS_CLIENT_ID = "docs"
OPENER_POLICY = "same-origin"
# Names of this machine that people type for one another.
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where readers of the documentation get an access token."""

    authorization_url: str
    token_url: str


class CodeFlow(SecurityBase):
    """The scheme of the OpenAPI document by which a reader gets a token. It checks nothing.

    Args:
        sign_in: where.
        scopes: returns what may be asked for, with words for people, once all routes are declared.
    """

    def __init__(self, sign_in: SignIn, scopes: Callable[[], Mapping[str, str]]) -> None:
        self.scheme_name = "oauth2"
        self._sign_in = sign_in
        self._scopes = scopes

    @property
    def model(self) -> OAuth2:  # type: ignore[override]  # FastAPI reads it when all is declared
        """The scheme, as the document shows it."""
        flow = OAuthFlowAuthorizationCode(
            authorizationUrl=self._sign_in.authorization_url,
            tokenUrl=self._sign_in.token_url,
            refreshUrl=self._sign_in.token_url,
            scopes=dict(self._scopes()),
        )
        return OAuth2(flows=OAuthFlows(authorizationCode=flow))

    def __call__(self) -> None:
        """Ask for nothing: the guard's own scheme checks the token."""


def install_docs(app: FastAPI, public_url: str) -> str | None:
    """Have the documentation page sign in as the client `docs`, by code and PKCE.

    Args:
        app: what it chose of the button's options stays.
        public_url: where browsers reach the application.

    Returns:
        the one address that answers to the page may go to; None where there is no such page.
    """
    path = app.swagger_ui_oauth2_redirect_url
    if not (app.openapi_url and app.docs_url and path):
        return None
    app.swagger_ui_init_oauth = {
        "clientId": DOCS_CLIENT_ID,
        "usePkceWithAuthorizationCodeGrant": True,
        **(app.swagger_ui_init_oauth or {}),
    }
    app.add_middleware(_Pages, paths=frozenset({app.docs_url, path}), public_url=public_url)
    return public_url + path


class _Pages:
    """Middleware for the documentation's two pages."""

    def __init__(self, app: ASGIApp, paths: frozenset[str], public_url: str) -> None:
        self._app = app
        self._paths = paths
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] != "http" or _path_in(scope) not in self._paths:
            await self._app(scope, receive, send)
            return
        if _is_alias(Headers(scope=scope).get("host", ""), urlsplit(self._public_url).netloc):
            # Only the public URL is registered, and only its origin is that of the sign-in.
            response = RedirectResponse(self._public_url + _path_in(scope), 307)
            await response(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["cross-origin-opener-policy"] = OPENER_POLICY
            await send(message)

        await self._app(scope, receive, send_with_policy)


def _path_in(scope: Scope) -> str:
    """Return the path of a request below the application."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _is_alias(host: str, public: str) -> bool:
    """Whether a host is another name of this machine, at the same port as the public one."""
    name, _, port = host.rpartition(":")
    public_name, _, public_port = public.rpartition(":")
    names = {name, public_name}
    return len(names) > 1 and names <= LOOPBACK_HOSTS and port == public_port
