"""The authorization server as one ASGI application: alone, or mounted in another.

    auth = AuthServer(Settings(database="sqlite:///app.db"))
    auth.resource("https://api.example", scopes={"notes:read": "Read your notes"})

Run alone it starts and stops with the lifespan; mounted, the application that mounts it calls
`startup()` and `shutdown()` in its own, because mounted applications get no lifespan.

Source: ARCHITECTURE section 1; users.md U7, U13 and U26; RFC 8414 section 3.1.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Unpack
from urllib.parse import urlsplit

from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from watchword.accounts.directory import Directory
from watchword.base import chance as system_chance
from watchword.base import clock as system_clock
from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import Client, ClientOrigin, Resource, TokenFormat
from watchword.oauth.registration.errors import ClientRefused
from watchword.oauth.registration.members import ClientMembers, client_from
from watchword.server.access_log import logged
from watchword.server.administration.scopes import MANAGEMENT, SCOPES
from watchword.server.declarations import Declarations
from watchword.server.dispatch import Endpoint, make_router
from watchword.server.errors import AlreadyStarted, ConfigurationError, NotStarted
from watchword.server.opening import open_runtime
from watchword.server.resource_settings import completed
from watchword.server.route import Route
from watchword.server.routes import (
    DISCOVERY_PATHS,
    discovery_route,
    served_endpoints,
    served_routes,
)
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings

if TYPE_CHECKING:
    from watchword.server.pdp import PolicyDecisionPoint  # whoever makes one has loaded it

__all__ = ["AuthServer"]


class AuthServer:
    """An authorization server over one database.

    Args:
        settings: checked when they were made.
        directory: the table of people elsewhere that accounts follow, if they follow one.
        decisions: what answers AuthZEN's questions, if anything does.
        origins: which place decided each setting, as `load_settings` found them.
        clock: the time; a test moves it.
        chance: randomness; a test marks it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        directory: Directory | None = None,
        decisions: "PolicyDecisionPoint | None" = None,
        origins: Mapping[str, str] | None = None,
        clock: Clock = system_clock.SYSTEM,
        chance: Chance = system_chance.SYSTEM,
    ) -> None:
        self.settings = settings
        self._directory = directory
        self._clock = clock
        self._chance = chance
        self._clients: dict[str, Client] = {}
        self._resources: dict[str, Mapping[str, str]] = {}
        self._resource_secrets: dict[str, bytes] = {}
        self._token_formats: dict[str, TokenFormat] = {}
        self._runtime: Runtime | None = None
        self._issuer_path = urlsplit(settings.issuer).path
        self._is_known_at_the_root = not settings.mount_path
        self._origins = origins or {}
        self._decided = None if decisions is None else decisions.decided
        decided = () if decisions is None else decisions.routes(settings.issuer)
        self._inserted = (
            *_inserted_routes(settings),
            *(() if decisions is None else decisions.routes_at_root(settings.issuer)),
        )
        router = make_router(
            (*served_routes(settings), *_inserted_routes(settings), *decided),
            settings=settings,
            chance=chance,
            runtime=self._require_runtime,
        )
        self._app = logged(router, clock)

    @property
    def issuer(self) -> str:
        """The issuer identifier of every token."""
        return self.settings.issuer

    @property
    def runtime(self) -> Runtime:
        """What the started server holds. Raises NotStarted before `startup()`."""
        return self._require_runtime()

    def resource(
        self,
        identifier: str,
        *,
        scopes: Mapping[str, str],
        secret: Secret | None = None,
        token_format: Literal["jwt", "opaque"] = "jwt",  # noqa: S107  # no secret
    ) -> None:
        """Declare a protected API, beside those of the settings.

        The first one is what a login without `resource` means; code comes before settings.

        Args:
            identifier: the `aud` of its tokens.
            scopes: what may be asked for, each with a sentence for people.
            secret: with which the API introspects tokens; only its hash is kept.
            token_format: "opaque" for random texts that the API has to introspect.

        Raises:
            AlreadyStarted: declarations are written at the start.
        """
        self._require_not_started()
        self._resources[identifier] = scopes
        if secret is not None:
            self._resource_secrets[identifier] = digest(secret)
        self._token_formats[identifier] = TokenFormat(token_format)

    def client(self, client_id: str, *, name: str, **members: Unpack[ClientMembers]) -> None:
        """Declare a client. What code omits at a later start is retired with all it was given.

            auth.client("app", name="Notes", first_party=True)
            auth.client(
                "shop",
                name="Shop",
                secret=Secret(os.environ["SHOP_SECRET"]),
                redirect_uris=["https://shop.example/cb"],
            )

        With more than one first-party client, a login must name its client.

        Args:
            client_id: what it calls itself.
            name: what people call it.
            **members: see `ClientMembers`; whatever is left out is the safe choice.

        Raises:
            ConfigurationError: a member could not be served; names it and the fix.
            AlreadyStarted: declarations are written at the start.

        Source: oauth.md L-4, C-1.
        """
        self._require_not_started()
        try:
            self._clients[client_id] = client_from(
                client_id, name, members, origin=ClientOrigin.DECLARED
            )
        except ClientRefused as error:
            key = f"client {client_id}: {error.member}"
            raise ConfigurationError(key, error.problem, fix=error.fix) from None

    def declares(self, client_id: str) -> bool:
        """Whether code has declared a client."""
        return client_id in self._clients

    async def startup(self) -> None:
        """Open the database, the keys and the hashing threads.

        Raises:
            AlreadyStarted: it runs.
            ConfigurationError, StoreUnavailable, SchemaOutdated: each names the fix.
        """
        self._require_not_started()
        if not self._is_known_at_the_root:
            known = " and ".join(route.path for route in _inserted_routes(self.settings))
            _log.warning(_NOT_AT_THE_ROOT, known)
        declarations = Declarations(
            clients=tuple(self._clients.values()),
            resources=completed(
                (
                    replace(
                        one,
                        secret_hash=self._resource_secrets.get(one.identifier),
                        token_format=self._token_formats.get(one.identifier, TokenFormat.JWT),
                    )
                    for one in _resources(self._resources, self.settings.resources)
                ),
                self.settings,
            ),
            beside=_own_apis(self.settings),
            endpoints=served_endpoints(self.settings),
        )
        opened = await open_runtime(
            self.settings,
            declarations,
            directory=self._directory,
            clock=self._clock,
            chance=self._chance,
        )
        self._runtime = replace(opened, decided=self._decided, origins=self._origins)

    def drain(self) -> None:
        """Send away those who wait for something to happen, because the server is about to stop."""
        if self._runtime is not None:
            self._runtime.drain()

    async def shutdown(self) -> None:
        """Close everything. A server that never started, or is closed, stays so."""
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            await runtime.close()

    def well_known(self) -> list[StarletteRoute]:
        """Return the discovery routes that the application at the root must add.

        For the issuer `https://host/auth` they stand at
        `/.well-known/oauth-authorization-server/auth`, outside of what is mounted.

        Without them a start says so: most clients look there and nowhere else.

        Source: RFC 8414 section 3.1; oauth.md M-2.
        """
        self._is_known_at_the_root = True
        return [
            StarletteRoute(
                route.path,
                Endpoint(
                    route,
                    settings=self.settings,
                    chance=self._chance,
                    runtime=self._require_runtime,
                ),
                name=f"watchword:{route.path}",
            )
            for route in self._inserted
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        match scope["type"]:
            case "lifespan":
                await self._lifespan(receive, send)
            case "http":
                await self._app(_below(self._issuer_path, scope), receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.startup()
        except BaseException:
            # The text goes to whoever catches the exception; a server would print it as it is.
            await send({"type": "lifespan.startup.failed", "message": ""})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.shutdown()
        await send({"type": "lifespan.shutdown.complete"})

    def _require_runtime(self) -> Runtime:
        if self._runtime is None:
            raise NotStarted(
                "the server has not started: await AuthServer.startup() in the lifespan of the "
                "application that mounts it"
            )
        return self._runtime

    def _require_not_started(self) -> None:
        if self._runtime is not None:
            raise AlreadyStarted("the server runs already")


_log = logging.getLogger(__name__)
_NOT_AT_THE_ROOT = (
    "clients that look for this server at %s find nothing there: add the routes of "
    "AuthServer.well_known() to the application at the root"
)


def _resources(*said: Mapping[str, Mapping[str, str]]) -> tuple[Resource, ...]:
    """Return all resources, each as the first source says it; the very first is the default."""
    scopes = {name: texts for source in reversed(said) for name, texts in source.items()}
    names = dict.fromkeys(name for source in said for name in source)
    return tuple(
        Resource(name, tuple(scopes[name].items()), is_default=number == 0)
        for number, name in enumerate(names)
    )


def _own_apis(settings: Settings) -> tuple[Resource, ...]:
    """Return the server's own APIs whose tokens are asked for by a resource of their own."""
    if not settings.management_api:
        return ()
    return (Resource(f"{settings.issuer}{MANAGEMENT}", SCOPES, is_default=False),)


def _inserted_routes(settings: Settings) -> tuple[Route, ...]:
    """Return the path-inserted discovery routes of an issuer that has a path (oauth.md M-2)."""
    path = urlsplit(settings.issuer).path
    return tuple(discovery_route(known + path) for known in DISCOVERY_PATHS) if path else ()


def _below(path: str, scope: Scope) -> Scope:
    """Let a proxy pass the issuer's path on or strip it: both reach the same routes."""
    return scope if not path or scope.get("root_path") else {**scope, "root_path": path}
