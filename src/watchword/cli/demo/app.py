"""The demonstration as one application: server, start page and notes API on one loopback address.

Source: users.md U22; ARCHITECTURE section 6 (the demo).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from watchword.base.chance import SYSTEM as SYSTEM_CHANCE
from watchword.base.chance import Chance
from watchword.base.clock import SYSTEM as SYSTEM_CLOCK
from watchword.base.clock import Clock
from watchword.cli.demo.explaining import PolicyExplainer
from watchword.cli.demo.notes import NotesAPI, create_notes_app
from watchword.cli.demo.notes.models import Note
from watchword.cli.demo.notes.policy import policy
from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.pages.routes import start_routes
from watchword.cli.demo.pages.start import StartPage
from watchword.cli.demo.seeds import NOTES, plant
from watchword.cli.demo.users import ROLES, Person, make_people
from watchword.guards.embedded import RingKeys, StoreSubjects
from watchword.guards.fastapi import Guard
from watchword.guards.world import open_tables
from watchword.server.access_log import logged
from watchword.server.app import AuthServer
from watchword.server.pdp import PolicyDecisionPoint
from watchword.server.settings import Settings
from watchword.stores import SchemaOutdated, migrate

__all__ = ["SCOPES", "Announce", "make_app", "make_settings"]

HOST = "127.0.0.1"  # never another: users.md U22
SCOPES = {
    "notes:read": "Read your notes and those shared with you",
    "notes:write": "Write, change and delete your notes",
}

Announce = Callable[[Sequence[Person], Notes], None]


class Below(BaseRoute):
    """Hands everything at and below a path to an application that knows its own whole paths."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        self._path = path
        self._app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether the path is this one or below it."""
        path: str = scope.get("path", "")
        is_below = path == self._path or path.startswith(f"{self._path}/")
        return (Match.FULL if is_below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        await self._app(scope, receive, send)


def make_settings(directory: Path, port: int) -> Settings:
    """Return the settings of a demonstration in a directory, which is made.

    Raises:
        OSError: the directory cannot be made.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Settings(
        host=HOST,
        port=port,
        database=f"sqlite:///{quote(str(directory / 'watchword.db'))}",
        key_file=str(directory / "watchword.key"),
    )


def make_app(
    settings: Settings,
    *,
    announce: Announce,
    clock: Clock = SYSTEM_CLOCK,
    chance: Chance = SYSTEM_CHANCE,
) -> Starlette:
    """Return the application. Its lifespan makes users and notes.

    Args:
        settings: of `make_settings`.
        announce: is told the users with their passphrases, once, when everything answers.
        clock: the time; a test moves it.
        chance: randomness; a test marks it.
    """
    tables = open_tables(lambda: notes.sessions())  # noqa: PLW0108  # made when the server is
    point = PolicyDecisionPoint(policy, {"note": Note}, tables)
    auth = AuthServer(settings, decisions=point, clock=clock, chance=chance)
    audience = f"{auth.issuer}/notes"
    auth.resource(audience, scopes=SCOPES)
    notes = _make_notes(auth, audience, Path(settings.key_path).parent, clock)
    start = StartPage(tuple(ROLES), NOTES, explain=PolicyExplainer(notes))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await _start(auth)
        try:
            people = await make_people(auth.runtime)
            plant(notes, {person.user.name: person.user.id for person in people})
            announce(people, NOTES)
            yield
        finally:
            await auth.shutdown()
            notes.close()

    routes = [
        *start_routes(start, auth, chance=chance),
        Below("/notes", logged(notes.app, clock)),
        Mount("/", auth),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _start(auth: AuthServer) -> None:
    """Start the server; nobody has to migrate the database of a demonstration by hand."""
    try:
        await auth.startup()
    except SchemaOutdated:
        await migrate(auth.settings.database)
        await auth.startup()


def _make_notes(auth: AuthServer, audience: str, directory: Path, clock: Clock) -> NotesAPI:
    guard = partial(
        Guard,
        auth.issuer,
        audience=audience,
        keys=RingKeys(lambda: auth.runtime.ring, alg=auth.settings.signing_alg),
        subjects=StoreSubjects(lambda: auth.runtime.store),
        mode="development",
        clock=clock,
    )
    return create_notes_app(guard, database_url=f"sqlite:///{directory / 'notes.db'}")
