"""A running server for programs that others wrote, and a person who signs in to it."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from tests.flows.authorization import Browser, forms_of
from tests.flows.notes_services import SCOPES, Administration, bind, running, sqlite_url

from watchword.accounts.mail.addresses import EmailAddress
from watchword.base.clock import SYSTEM
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin
from watchword.server.app import AuthServer
from watchword.server.settings import Settings
from watchword.testing.store_conformance.emails import answering, claiming

# Of the form in which a server makes them: most libraries put a secret into a Basic header without
# encoding it (RFC 6749 section 2.3.1), which only such a one survives.
SECRET = "Zk3h-0cC_7jv9Qm2RkWqXn5sT8bLpYdE1uAfGiHoJ4M"
CALLBACK = "https://app.example/callback"
API = "https://api.example/notes"


@dataclass
class Provider:
    """A server of the default settings, on a socket and with the machine's own clock."""

    issuer: str
    server: AuthServer
    people: Administration

    def register(self, client_id: str, **members: Any) -> Client:
        """Register a confidential client of somebody else, unless told otherwise."""
        made: dict[str, Any] = {
            "name": client_id.title(),
            "is_first_party": False,
            "is_default": False,
            "scopes": None,
            "origin": ClientOrigin.ADMINISTRATOR,
            "auth_methods": frozenset(
                {AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST}
            ),
            "secret_hash": digest(Secret(SECRET)),
            "redirect_uris": (CALLBACK,),
            **members,
        }
        client = Client(client_id, **made)
        run(self.server.runtime.store.register_client(client))
        return client

    def give_email(self, name: str, address: str) -> None:
        """Give somebody an address, and verify it."""
        run(self._give_email(name, address))

    async def _give_email(self, name: str, address: str) -> None:
        store, now = self.server.runtime.store, SYSTEM.now()
        user = await store.find_user(name)
        assert user is not None
        claim = claiming(user.id, EmailAddress(address), now=now)
        await store.claim_address(claim)
        await store.confirm_address(answering(claim, now=now))

    @contextlib.contextmanager
    def person(self, name: str = "alice") -> Iterator["Person"]:
        with contextlib.closing(Browser(self.issuer)) as browser:
            yield Person(browser, name, self.people.passwords[name])


def run(work: Coroutine[Any, Any, None]) -> None:
    """Do something in a thread of its own: Playwright keeps an event loop in that of the test."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


@dataclass
class Person:
    """Somebody with a browser, who signs in where asked and allows what is asked."""

    browser: Browser
    name: str
    password: str
    sign_ins: int = 0
    consents: int = 0

    def answer(self, url: str) -> str:
        """Follow a program's link to the address with its answer."""
        page = self.browser.follow(self.browser.http.get(url))
        for _ in range(4):
            if page.is_redirect:
                location: str = page.headers["location"]
                return location
            page = self._go_on(page)
        raise AssertionError("the pages have no end")

    def sign_in(self) -> None:
        """Sign in where nothing is asked yet."""
        self.browser.sign_in(self.browser.http.get("/signin"), self.name, self.password)

    def _go_on(self, page: httpx2.Response) -> httpx2.Response:
        actions = [form.action for form in forms_of(page)]
        if any("/signin" in action for action in actions):
            self.sign_ins += 1
            return self.browser.sign_in(page, self.name, self.password)
        assert any("/interaction/" in action for action in actions), page.text
        self.consents += 1
        return self.browser.decide(page, "allow")


@contextlib.contextmanager
def provider_in(directory: Path, **settings: Any) -> Iterator[Provider]:
    """Run a server over a database in a directory."""
    people = Administration(sqlite_url(directory / "server.db"))
    people.add_people()
    listening, issuer = bind()
    with listening:
        chosen = Settings(
            **{"database": people.database, "port": int(issuer.rpartition(":")[2]), **settings}
        )
        server = AuthServer(chosen)
        server.resource(API, scopes=SCOPES)
        with running(server, listening):
            yield Provider(issuer, server, people)
