"""FastMCP: a provider that verifies tokens of one issuer, and says on the wire why it refuses.

    auth = Guard("https://id.example.com", url="https://mcp.example.com")
    mcp = FastMCP("Notes", auth=auth)

    @mcp.tool(auth=auth.require("notes:write"))
    def write(text: str, user: User = current_user) -> str: ...

FastMCP decides who gets in; the words of a refusal are written over its own where it leaves.

Source: Model Context Protocol 2026-07-28, Authorization; RFC 9728; oauth.md section 11.
"""

from collections.abc import Iterable
from typing import Any, Literal

from fastmcp.dependencies import Depends
from fastmcp.server.auth import AccessToken, AuthContext, AuthProvider
from fastmcp.server.dependencies import get_access_token
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.routing import Route

from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.clock import SYSTEM, Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.guards.answers import REFUSALS, Answer, Answers, Disclosure
from watchword.guards.authenticator import Authenticator, Sources
from watchword.guards.errors import ScopeMissing
from watchword.guards.fastmcp_door import Door, noted_scopes
from watchword.guards.feed import follower_of
from watchword.guards.mcp import members_of
from watchword.guards.presented import Presented
from watchword.guards.user import User
from watchword.guards.well_known import resource_routes
from watchword.jose.jwk.keyset import KeySource
from watchword.oauth.characters import is_scope_token
from watchword.oauth.protected_resource import address

__all__ = ["Guard", "User", "current_user"]


class Guarded(AccessToken):
    """FastMCP's access token, with the person behind it."""

    user: User


class Guard(AuthProvider):
    """Guards a FastMCP server with the tokens of one issuer.

    Its audience is the URL of the MCP endpoint: `url` and the path that FastMCP serves it at.

    Args:
        issuer: the exact issuer identifier.
        url: where the MCP server is reached, without the path of its endpoint.
        scopes: what every request needs.
        offers: further scopes that a client may ask, such as those of single tools.
        name: of the server, for people.
        keys: where the keys are; None fetches them from the issuer's metadata.
        secret: of this server at the issuer, with which it follows the revocation feed.
        mode: "development" adds details to refusals.
        clock: the time; a test moves it.

    Raises:
        ValueError: `url` is neither https nor on this machine, or a word is no scope.
    """

    def __init__(  # noqa: PLR0913  # one keyword a part, all but two with a usual value
        self,
        issuer: str,
        *,
        url: str,
        scopes: Iterable[str] = (),
        offers: Iterable[str] = (),
        name: str = "",
        keys: KeySource | None = None,
        secret: Secret | str | None = None,
        mode: Literal["production", "development"] = "production",
        clock: Clock = SYSTEM,
    ) -> None:
        needed = list(dict.fromkeys(scopes))
        super().__init__(base_url=url, required_scopes=needed)
        self._url = url.rstrip("/")
        self._name = name
        self._offered: dict[str, None] = {}
        self._offer([*needed, *offers])
        self._disclosure = Disclosure(mode)
        self._issuer, self._keys, self._clock = issuer, keys, clock
        self._secret = secret
        self._at("")

    def set_mcp_path(self, mcp_path: str | None) -> None:
        """Learn where the endpoint is, and so which audience its tokens have."""
        super().set_mcp_path(mcp_path)
        if (mcp_path or "") != self.path:
            self._at(mcp_path or "")

    def _at(self, path: str) -> None:
        self.path = path
        self.audience = self._url + path.removesuffix("/")
        place = address(self.audience)
        if place is None:
            raise ValueError(f"{self._url!r} is no https URL, nor one on this machine")
        self._follower = follower_of(
            self._issuer, name=self.audience, secret=self._secret, clock=self._clock
        )
        self._authenticator = Authenticator(
            self._issuer,
            audience=self.audience,
            sources=Sources(keys=self._keys, revocations=self._follower),
            clock=self._clock,
        )
        self._answers = Answers(
            self._issuer,
            self.audience,
            self._disclosure,
            SYSTEM_CHANCE,
            resource_metadata=place,
            scopes=tuple(self.required_scopes),
        )

    def _offer(self, scopes: Iterable[str]) -> None:
        for scope in scopes:
            if not is_scope_token(scope):
                raise ValueError(f"{scope!r} is no scope (RFC 6749 section 3.3)")
            self._offered[scope] = None

    @property
    def scopes_supported(self) -> list[str]:
        """What a client may ask."""
        return list(self._offered)

    def require(self, *scopes: str) -> "Needed":
        """Return the check of a tool, prompt or resource: `@mcp.tool(auth=auth.require(...))`.

        The scopes are offered to clients from then on. A call without them is answered with 403
        and all that it needs, so that the client can ask the person for more.

        Raises:
            ValueError: a word that is no scope.
        """
        self._offer(scopes)
        return Needed(frozenset(scopes))

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what a token says, or None where it is refused."""
        try:
            return await self._verified([f"Bearer {token}"], b"", token)
        except REFUSALS:
            return None

    async def authenticate(self, connection: HTTPConnection) -> Guarded:
        """Prove who sends a request, and that the token has the scopes that every request needs.

        Raises one of `REFUSALS`.
        """
        sent = connection.headers.getlist("authorization")
        token = sent[0].partition(" ")[2].strip() if sent else ""
        found = await self._verified(sent, connection.scope.get("query_string", b""), token)
        self.check_scopes(found, self.required_scopes)
        return found

    def check_scopes(self, found: AccessToken, needed: Iterable[str]) -> None:
        """Refuse a token that lacks a scope, naming all that the operation needs."""
        wanted = tuple(dict.fromkeys([*self.required_scopes, *needed]))
        missing = [scope for scope in wanted if scope not in found.scopes]
        if missing:
            raise ScopeMissing(wanted, detail=f"missing {' '.join(missing)}")

    def answer(self, refusal: Exception) -> Answer:
        """Return the answer to one of `REFUSALS`."""
        return self._answers.answer(refusal)

    def close(self) -> None:
        """Follow the feed no more, until the next request."""
        if self._follower is not None:
            self._follower.close()

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return the route of the resource's metadata (RFC 9728)."""
        self.set_mcp_path(mcp_path)
        return resource_routes(
            self.audience,
            issuer=self._issuer,
            scopes=lambda: dict.fromkeys(self._offered, ""),
            name=self._name,
        )

    def get_middleware(self) -> list[Any]:
        """Return what authenticates a request before FastMCP asks who sent it."""
        return [Middleware(Door, guard=self), Middleware(AuthContextMiddleware)]

    async def _verified(self, sent: list[str], query: bytes, token: str) -> Guarded:
        found = await self._authenticator.authenticate(Presented(sent, query))
        members = members_of(found, token, self.audience)
        return Guarded.model_validate({**members, "user": found.user})


@dataclass(frozen=True, slots=True)
class Needed:
    """A check of FastMCP's: the token has all of the scopes."""

    scopes: frozenset[str]

    def __call__(self, context: AuthContext) -> bool:
        """Return whether the component may be used."""
        noted_scopes(sorted(self.scopes))
        return context.token is not None and self.scopes.issubset(context.token.scopes)


def _user() -> User:
    token = get_access_token()
    if not isinstance(token, Guarded):
        raise RuntimeError("nobody is known here: no request that a watchword Guard let in")
    return token.user


current_user: Any = Depends(_user)
"""The person who calls a tool, as the default of one of its parameters."""
