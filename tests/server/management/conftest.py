"""A server with the management API, and somebody who calls it."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.server.conftest import RESOURCE, MovedClock, Started

from watchword.server.app import AuthServer
from watchword.server.settings import Settings

BASE = "/admin/api/v1"
WHY = {"reason": "ticket 7"}
ISSUER = "http://127.0.0.1:8000"


class Caller:
    """Somebody with an access token for the API."""

    def __init__(self, server: Started, token: str) -> None:
        self.server = server
        self.headers = {"authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return self.server.request(method, f"{BASE}{path}", headers=self.headers, **options)


def caller(server: Started, name: str, scope: str | None = None) -> Caller:
    members = {} if scope is None else {"scope": scope}
    answer = server.log_in(name, resource=f"{ISSUER}{BASE}", **members)
    assert answer.status_code == 200, answer.text
    return Caller(server, answer.json()["access_token"])


@pytest.fixture
def managed(database: str, clock: MovedClock) -> Iterator[Started]:
    settings = Settings(database=database, signing_alg="ES256", management_api=True)
    auth = AuthServer(settings, clock=clock)
    auth.resource(RESOURCE, scopes={"notes:read": "Read"})
    started = Started(auth, clock)
    started.run(auth.startup())
    started.add_user("boss", "admin")
    yield started
    started.close()


@pytest.fixture
def unmanaged(database: str, clock: MovedClock) -> Iterator[Started]:
    """A server without the setting."""
    started = Started(
        AuthServer(Settings(database=database, signing_alg="ES256"), clock=clock), clock
    )
    started.run(started.auth.startup())
    started.add_user("alice")
    yield started
    started.close()


@pytest.fixture
def boss(managed: Started) -> Caller:
    return caller(managed, "boss")
