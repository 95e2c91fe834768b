"""An application with the server in its process, and a browser that signs in to it."""

import re
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from watchword.access import Policy
from watchword.accounts.passwords.hashing import PARAMETERS, hash_password
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.fastapi import Auth, Subject, User

ORIGIN = "http://127.0.0.1:8000"
PASSWORD = "alice walks seven brown dogs"
HTML = {"accept": "text/html,application/xhtml+xml"}
FIELD = re.compile(r'name="form_token" value="([^"]+)"')


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_800_000_000

    def now(self) -> int:
        return self.seconds

    def monotonic(self) -> float:
        return float(self.seconds)


def application(directory: Any) -> tuple[FastAPI, Auth, Clock]:
    """Return an application with routes for browsers and one for programs."""
    clock, app = Clock(), FastAPI()
    policy = Policy(roles={"admin": ["user"]})
    auth = Auth(f"sqlite:///{directory}/app.db", policy=policy, clock=clock).mount(app)

    @app.get("/profile", response_class=HTMLResponse)
    def profile(
        user: Annotated[User, auth.session.user], token: Annotated[str, auth.session.form_token]
    ) -> str:
        return f'{user.name}<input name="form_token" value="{token}">'

    @app.post("/profile")
    def change(user: Annotated[User, auth.session.user]) -> dict[str, object]:
        return {"name": user.name, "scopes": sorted(user.scopes), "client": user.client_id}

    @app.get("/subject")
    def subject(subject: Annotated[Subject, auth.session.subject]) -> dict[str, object]:
        return {"id": subject.id, "scopes": subject.scopes, "roles": sorted(subject.roles)}

    @app.get("/hello")
    def hello(user: Annotated[User | None, auth.session.optional]) -> str | None:
        return user and user.name

    @app.get("/vault")
    def vault(user: Annotated[User, auth.session.require(acr="aal2", max_age="5m")]) -> str:
        return user.name

    @app.get("/recent")
    def recent(user: Annotated[User, auth.session.require(fresh="5m")]) -> str:
        return user.name

    @app.get("/notes")
    def notes(user: Annotated[User, auth.user]) -> str:
        return user.name

    return app, auth, clock


class Browser:
    """A browser of one person. `client` runs the application."""

    def __init__(self, client: TestClient, auth: Auth, name: str = "alice") -> None:
        self.client, self.auth, self.name = client, auth, name

    def sign_in(self) -> None:
        page = self.client.get("/auth/signin", headers=HTML)
        form = {
            "username": self.name,
            "password": PASSWORD,
            "form_token": FIELD.findall(page.text)[0],
        }
        answer = self.client.post("/auth/signin", data=form, follow_redirects=False)
        assert answer.status_code == 303, answer.text

    def token(self) -> str:
        page = self.client.get("/profile", headers=HTML)
        assert page.status_code == 200, page.text
        found: str = FIELD.findall(page.text)[0]
        return found

    def store(self, verb: str, *arguments: Any, **named: Any) -> Any:
        method = getattr(self.auth.server.runtime.store, verb)
        return self.client.portal.call(partial(method, *arguments, **named))


def add_user(browser: Browser, *roles: str) -> str:
    hashed = hash_password(Secret(PASSWORD), PARAMETERS, chance=chance.SYSTEM)
    user_id = chance.new_id(chance.SYSTEM, "user")
    browser.store("add_user", NewUser(user_id, browser.name, hashed, frozenset(roles), 1))
    return user_id
