"""A server, and what a guard beside it is given.

Source: users.md section 5, U7 and U13; ARCHITECTURE section 6 (scopes, public routes).
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Unpack
from urllib.parse import urlsplit

from watchword.access import Policy
from watchword.accounts.directory import Directory
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.guards.core import Options
from watchword.guards.embedded import KeptRecords, RingKeys, StoreSubjects
from watchword.net.loop import Loop
from watchword.server.app import AuthServer
from watchword.server.browsers import BrowserSessions
from watchword.server.settings_sources import load_settings

__all__ = ["MOUNT_PATH", "Embedded", "Place", "said_in_code"]

MOUNT_PATH = "/auth"


def said_in_code(database: str, url: str | None) -> dict[str, object]:
    """Return the settings that every door takes as arguments."""
    given: dict[str, object] = {"database": database}
    return given if url is None else given | {"url": url}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server keeps what it knows.

    Attributes:
        url: may hold a password.
        origin: which place decided it, as `load_settings` says.
    """

    url: str = field(repr=False)
    origin: str


class Embedded:
    """An authorization server for one application, whose guard has its keys and its store.

    Args:
        given: settings from code; they win over variables and `watchword.toml`.
        path: below which the server answers, such as "/auth"; empty for the root.
        audience: the API beside the server, as `aud` names it; the public URL where left out.
        policy: its scopes are offered.
        scopes: what scopes mean, in words for people.
        clock: the time; a test moves it.
        loop: where the server runs, unless in the loop that asks.
        directory: the table of people that accounts follow, if they follow one.

    Raises:
        ConfigurationError: a setting that the server will not start with.
    """

    def __init__(  # noqa: PLR0913  # one keyword a part
        self,
        given: Mapping[str, object],
        *,
        path: str = MOUNT_PATH,
        audience: str | None = None,
        policy: Policy | None = None,
        scopes: Mapping[str, str] | None = None,
        clock: Clock,
        loop: Loop | None = None,
        directory: Directory | None = None,
    ) -> None:
        self.given: dict[str, object] = {**given, "mount_path": path} if path else {**given}
        """What the application says of the server in code."""
        loaded = load_settings(given=self.given)
        self._settings = loaded.settings
        self.database = Place(loaded.settings.database, loaded.origins["database"])
        self.server = server = AuthServer(
            self._settings, directory=directory, clock=clock, origins=loaded.origins
        )
        self.audience = audience or self._settings.public_url
        self._policy = policy
        self._words = dict(scopes or {})
        self.inserted = server.well_known()
        """The routes that the application at the root adds (RFC 8414 section 3.1)."""
        self.browsers = BrowserSessions(self._settings, lambda: server.runtime)
        self._loop = loop

    @property
    def issuer_path(self) -> str:
        """The path of the issuer, as clients see it."""
        return urlsplit(self.server.issuer).path

    @property
    def places(self) -> tuple[str, ...]:
        """The paths that the server answers itself: its mount, and what it has at the root."""
        return (self._settings.mount_path, *(route.path for route in self.inserted))

    def options(self, **own: Unpack[Options]) -> Options:
        """Return what a guard beside the server is given, with options of the door's own."""
        server = self.server
        subjects = StoreSubjects(lambda: server.runtime.store, loop=self._loop)
        options: Options = {
            "policy": self._policy,
            "keys": RingKeys(lambda: server.runtime.ring, alg=self._settings.signing_alg),
            "subjects": subjects,
            "shares": subjects,
            "records": KeptRecords(lambda: server.runtime.tracer),
            "scopes": self._words,
        }
        if self._loop is not None:
            options["loop"] = self._loop
        return {**own, **options}

    def declare(self, asked: Iterable[str]) -> dict[str, str]:
        """Declare the API beside the server, and return its scopes with their words.

        What the policy maps is asked for like what a route requires: a resource that declared none
        would be open to whomever a person lets in.

        Args:
            asked: the scopes of the routes, which are offered first (users.md U2).
        """
        mapped = () if self._policy is None else self._policy.words.scopes
        catalogue = {scope: f"Use {scope}" for scope in (*asked, *mapped)} | self._words
        self.server.resource(self.audience, scopes=catalogue)
        return catalogue
